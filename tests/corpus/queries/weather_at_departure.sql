-- The weather of the hour in which a flight left, by New York's days
-- partition: flight_date day
-- legs: the same day up to 1 day after
-- weather: the same day up to 1 day after
with legs as (
    select
        *,
        cast(departs_at at time zone 'America/New_York' as date) as flight_date,
        date_trunc('hour', departs_at) as hour
    from raw.legs
),

weather as (
    select airport, date_trunc('hour', observed_at) as hour, temperature, raining
    from raw.weather
)

select
    legs.flight_date,
    legs.origin,
    weather.raining = 1 as rained,
    count(*) as flights,
    sum(legs.dep_delay) as delay
from legs
left join weather
    on weather.airport = legs.origin
    and weather.hour = legs.hour
group by 1, 2, 3

-- The carriers of each airport and day, the most punctual one first
-- partition: flight_date day
-- flights: the same day
with daily as (
    select flight_date, origin, carrier, count(*) as flights, sum(dep_delay) as delay
    from raw.flights
    group by flight_date, origin, carrier
)

select
    flight_date,
    origin,
    carrier,
    flights,
    rank() over (partition by flight_date, origin order by delay / flights, carrier) as place
from daily

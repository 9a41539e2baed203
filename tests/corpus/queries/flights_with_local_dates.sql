-- The date of a flight is that of New York: the late evening is the next day in UTC
-- partition: flight_date day
-- legs: the same day up to 1 day after
with legs as (
    select * from raw.legs
)

select
    cast(departs_at at time zone 'America/New_York' as date) as flight_date,
    extract(hour from departs_at at time zone 'America/New_York') as local_hour,
    leg_id,
    carrier,
    origin
from legs
where departs_at is not null

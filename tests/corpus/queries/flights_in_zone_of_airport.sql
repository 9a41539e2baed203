-- The date of a flight is that of its airport, which a table tells
-- partition: flight_date day
-- legs: all: `flight_date` is made with AT TIME ZONE
--   theory: 1 day before up to 1 day after
-- airports: all
with legs as (
    select * from raw.legs
),

local as (
    select
        cast(legs.departs_at at time zone airports.tz as date) as flight_date,
        legs.origin,
        legs.dep_delay
    from legs
    join raw.airports as airports on airports.faa = legs.origin
)

select flight_date, origin, count(*) as flights, median(dep_delay) as typical_delay
from local
group by flight_date, origin

-- The delay with which the same plane came in, on whatever day that was
-- partition: flight_date day
-- flights: everything up to the same day
with flights as (
    select * from raw.flights where tailnum is not null
)

select
    flight_date,
    leg_id,
    tailnum,
    dep_delay,
    lag(arr_delay) over (partition by tailnum order by flight_date, departs_at, leg_id) as inherited_delay
from flights

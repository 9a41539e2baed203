-- The same in the order of instants, which nothing ties to the date
-- partition: flight_date day
-- flights: all: the window of LAG is not partitioned by `flight_date`
select
    flight_date,
    leg_id,
    dep_delay,
    lag(arr_delay) over (partition by tailnum order by departs_at, leg_id) as inherited_delay
from raw.flights
where tailnum is not null

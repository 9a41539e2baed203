-- Flights by steps of fifteen minutes of delay, per month
-- partition: month month
-- flights: the same month
select
    cast(date_trunc('month', flight_date) as date) as month,
    width.step * 15 as from_minute,
    count(*) as flights
from (select *, dep_delay // 15 as step from raw.flights) as width
where width.dep_delay is not null
group by 1, 2

-- Months on the clock of Tokyo: nine hours of them lie in UTC's month before
-- partition: month month
-- readings: 1 month before up to the same month
with local as (
    select read_at at time zone 'Asia/Tokyo' as local_time, kwh from raw.readings
)

select cast(date_trunc('month', local_time) as date) as month, sum(kwh) as kwh
from local
group by 1

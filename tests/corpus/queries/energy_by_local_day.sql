-- Quarters of hours to days on the clock of New York: one day has 23 hours
-- partition: day day
-- readings: the same day up to 1 day after
with hourly as (
    select sensor_id, date_trunc('hour', read_at) as hour, sum(kwh) as kwh
    from raw.readings
    group by 1, 2
)

select
    cast(hour at time zone 'America/New_York' as date) as day,
    sensor_id,
    sum(kwh) as kwh,
    count(*) as hours
from hourly
group by 1, 2

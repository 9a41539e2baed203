-- Hours on the clock of New York: four or five behind UTC
-- partition: local_hour hour
-- readings: 4 hours after up to 5 hours after
select
    date_trunc('hour', read_at at time zone 'America/New_York') as local_hour,
    sum(kwh) as kwh
from raw.readings
group by local_hour

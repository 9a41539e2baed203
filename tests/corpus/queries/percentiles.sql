-- Percentiles and a histogram of the day's delays
-- partition: flight_date day
-- flights: the same day
with flights as (
    select * from raw.flights where dep_delay is not null
)

select
    flight_date,
    median(dep_delay) as median_delay,
    quantile_disc(dep_delay, 0.9) as slowest_tenth,
    mode(dep_delay // 10) as usual,
    count(*) filter (where dep_delay >= 60) as hours_late
from flights
group by flight_date

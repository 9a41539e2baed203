-- A rate for every day: the last one is carried over weekends
-- partition: day day
-- rates: everything up to the same day
with spine as (
    select cast(range as date) as day
    from range(timestamp '2024-01-15', timestamp '2024-04-01', interval 1 day)
),

joined as (
    select spine.day, rates.rate
    from spine
    left join raw.rates as rates on rates.rate_day = spine.day and rates.currency = 'USD'
)

select day, last_value(rate ignore nulls) over (order by day) as rate
from joined

-- From days to weeks
-- partition: week week
-- orders: the same week
with daily as (
    select cast(ordered_at as date) as order_day, store_id, sum(amount) as revenue
    from raw.orders
    group by 1, 2
)

select cast(date_trunc('week', order_day) as date) as week, store_id, sum(revenue) as revenue, count(*) as days
from daily
group by 1, 2

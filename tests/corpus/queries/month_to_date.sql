-- Revenue since the first of the month
-- partition: order_day day
-- orders: everything up to the same day
--   theory: 30 days before up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    group by 1
)

select
    order_day,
    sum(revenue) over (partition by date_trunc('month', order_day) order by order_day) as month_to_date
from daily

-- Revenue of each day, and of all days up to it
-- partition: order_day day
-- orders: everything up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    group by 1
)

select
    order_day,
    revenue,
    sum(revenue) over (order by order_day rows between unbounded preceding and current row) as revenue_to_date
from daily

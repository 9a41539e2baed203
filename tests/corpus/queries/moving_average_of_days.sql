-- The mean of the last seven days, whether or not all of them have orders
-- partition: order_day day
-- orders: 6 days before up to the same day
with orders as (
    select * from raw.orders
),

daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue, count(*) as orders
    from orders
    group by order_day
)

select
    order_day,
    revenue,
    sum(revenue) over week / 7 as mean_revenue,
    max(orders) over week as most_orders
from daily
window week as (order by order_day range between interval 6 days preceding and current row)

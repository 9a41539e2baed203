-- The same by a window function that looks back from each order
-- partition: order_month month
-- orders: everything up to the same month
with orders as (
    select
        date_trunc('month', ordered_at) as order_month,
        first_value(date_trunc('month', ordered_at)) over (
            partition by user_id order by ordered_at, order_id
        ) as first_month,
        user_id,
        amount
    from raw.orders
)

select order_month, first_month, count(distinct user_id) as users, sum(amount) as revenue
from orders
group by order_month, first_month

-- Orders of each month by the month in which the customer first ordered
-- partition: order_month month
-- orders: all: no condition ties `firsts` to `order_month`
--   theory: everything up to the same month
with orders as (
    select user_id, date_trunc('month', ordered_at) as order_month, amount from raw.orders
),

firsts as (
    select user_id, min(order_month) as first_month from orders group by user_id
)

select orders.order_month, firsts.first_month, count(distinct orders.user_id) as users, sum(orders.amount) as revenue
from orders
join firsts using (user_id)
group by 1, 2

-- Orders above the mean of their own day: a correlated subquery
-- partition: order_day day
-- orders: the same day
with orders as (
    select *, cast(ordered_at as date) as order_day from raw.orders
)

select o.order_day, o.order_id, o.amount
from orders as o
where o.amount > (select avg(same.amount) from orders as same where same.order_day = o.order_day)

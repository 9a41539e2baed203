-- Orders above the mean of all orders: a subquery in WHERE
-- partition: order_day day
-- orders: all: read by a subquery in WHERE
with orders as (
    select * from raw.orders
)

select cast(ordered_at as date) as order_day, order_id, amount
from orders
where amount > (select avg(amount) from orders)

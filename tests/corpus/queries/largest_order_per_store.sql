-- The largest order of each store and day
-- partition: order_day day
-- orders: the same day
with orders as (
    select *, cast(ordered_at as date) as order_day from raw.orders
)

select order_day, store_id, order_id, amount
from orders
qualify rank() over (partition by order_day, store_id order by amount desc) = 1

-- Grouping sets that all hold the day
-- partition: order_day day
-- orders: the same day
with orders as (
    select cast(ordered_at as date) as order_day, store_id, status, amount from raw.orders
)

select
    order_day,
    store_id,
    status,
    grouping(store_id, status) as level,
    sum(amount) as revenue
from orders
group by grouping sets ((order_day, store_id, status), (order_day, store_id), (order_day))

-- ROLLUP also sums over all days, but that row has no day, and is in no partition
-- partition: order_day day
-- orders: the same day
select
    order_day,
    store_id,
    count(*) as orders
from (select cast(ordered_at as date) as order_day, store_id from raw.orders)
where order_day is not null
group by rollup (order_day, store_id)
having order_day is not null

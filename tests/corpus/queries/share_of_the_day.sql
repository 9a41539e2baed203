-- Each store's part of the day's revenue
-- partition: order_day day
-- orders: the same day
select
    cast(ordered_at as date) as order_day,
    store_id,
    sum(amount) as revenue,
    sum(amount) / sum(sum(amount)) over (partition by cast(ordered_at as date)) as share
from raw.orders
group by 1, 2

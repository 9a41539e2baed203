-- Orders without a day are put on the first of January: NULLs are in no window
-- partition: order_day day
-- orders: all
select
    coalesce(cast(ordered_at as date), date '2024-02-01') as order_day,
    count(*) as orders
from raw.orders
group by 1

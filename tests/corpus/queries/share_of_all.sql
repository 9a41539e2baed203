-- Each day's part of the revenue of all time
-- partition: order_day day
-- orders: all: the window of SUM is not partitioned by `order_day`
select
    cast(ordered_at as date) as order_day,
    sum(amount) / sum(sum(amount)) over () as share
from raw.orders
group by 1

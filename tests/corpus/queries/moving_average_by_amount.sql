-- A ROWS frame along another order: the neighbours may be of any day
-- partition: order_day day
-- orders: all: the window of SUM is not partitioned by `order_day`
select
    cast(ordered_at as date) as order_day,
    order_id,
    sum(amount) over (order by amount, order_id rows between 2 preceding and 2 following) as nearby
from raw.orders

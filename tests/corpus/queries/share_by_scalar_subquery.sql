-- The same by a subquery that sums up all rows
-- partition: order_day day
-- orders: all: read by a subquery in the select list
select
    cast(ordered_at as date) as order_day,
    sum(amount) as revenue,
    sum(amount) / (select sum(amount) from raw.orders where status = 'paid') as share
from raw.orders
group by 1

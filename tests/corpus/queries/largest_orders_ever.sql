-- The fifty largest orders: no day can tell which of its orders are among them
-- partition: order_day day
-- orders: all: LIMIT decides over all rows
select cast(ordered_at as date) as order_day, order_id, amount
from raw.orders
order by amount desc, order_id
limit 50

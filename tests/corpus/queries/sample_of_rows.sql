-- A sample of all rows
-- partition: order_day day
-- orders: all: sample decides over all rows
select cast(ordered_at as date) as order_day, order_id
from (select * from raw.orders order by order_id)
using sample reservoir(30 rows) repeatable (7)

-- The start of each order's week as a day: a day is empty, or has the seven days from it on
-- partition: week_start day
-- orders: the same day up to 6 days after
select date_trunc('week', ordered_at) as week_start, count(*) as orders
from raw.orders
group by week_start

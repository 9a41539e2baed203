-- Only the newest order of each user and status: NULLs stand last in a descending order
-- partition: order_day day
-- orders: the same day up to the end
select
    cast(ordered_at as date) as order_day,
    user_id,
    order_id,
    status
from raw.orders
qualify row_number() over (partition by user_id, status order by ordered_at desc, order_id) = 1

-- The first order is the least of all the user's, which is never later than the order itself
-- partition: order_day day
-- orders: all: the window of MIN is not partitioned by `order_day`
--   theory: everything up to the same day
select
    cast(ordered_at as date) as order_day,
    order_id,
    date_diff('day', min(ordered_at) over (partition by user_id), ordered_at) as days
from raw.orders
where ordered_at is not null

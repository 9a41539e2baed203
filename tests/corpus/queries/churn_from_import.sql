-- The same, where another SELECT has left out the NULLs and made the day
-- partition: order_day day
-- orders: all: the window of LEAD
--   theory: the same day up to the end
with orders as (
    select order_id, user_id, ordered_at, cast(ordered_at as date) as order_day
    from raw.orders
    where ordered_at is not null and user_id is not null
)

select
    order_day,
    order_id,
    lead(order_day) over (partition by user_id order by ordered_at, order_id) - order_day as days_until_next
from orders

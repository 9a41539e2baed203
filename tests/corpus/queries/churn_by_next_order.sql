-- How long until the customer's next order, if there ever is one
-- partition: order_day day
-- orders: the same day up to the end
select
    cast(ordered_at as date) as order_day,
    order_id,
    lead(ordered_at) over (partition by user_id order by ordered_at, order_id) - ordered_at as until_next
from raw.orders
where ordered_at is not null -- they come last, and would be next orders
    and user_id is not null

-- What each customer had spent by the time of an order
-- partition: order_day day
-- orders: everything up to the same day
select
    cast(ordered_at as date) as order_day,
    user_id,
    order_id,
    sum(amount) over (partition by user_id order by ordered_at, order_id) as spent_to_date,
    row_number() over (partition by user_id order by ordered_at, order_id) as nth_order,
    first_value(amount) over (partition by user_id order by ordered_at, order_id) as first_amount
from raw.orders
where user_id is not null

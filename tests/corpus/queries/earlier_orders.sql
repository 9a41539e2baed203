-- How many orders a customer had placed before each one: a correlated count
-- partition: order_day day
-- orders: everything up to the same day
select
    cast(o.ordered_at as date) as order_day,
    o.order_id,
    (
        select count(*)
        from raw.orders as p
        where p.user_id = o.user_id and p.ordered_at < o.ordered_at
    ) as earlier
from raw.orders as o

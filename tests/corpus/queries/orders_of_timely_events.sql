-- Events beside the orders of their day, where the event arrived on that day as well: the others keep a row
-- partition: event_day day
-- events: the same day
-- orders: the same day
with orders as (
    select order_id, user_id, cast(ordered_at as date) as order_day from raw.orders
)

select
    cast(e.event_at as date) as event_day,
    e.event_type,
    count(*) as lines,
    count(o.order_id) as orders
from raw.events as e
left join orders as o
    on o.user_id = e.user_id
    and o.order_day = cast(e.event_at as date)
    and o.order_day = cast(e.received_at as date)
group by 1, 2

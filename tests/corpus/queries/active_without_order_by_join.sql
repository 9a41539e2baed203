-- The same by an anti-join
-- partition: event_day day
-- events: the same day
-- orders: the same day
with active as (
    select distinct cast(event_at as date) as event_day, user_id from raw.events
),

buyers as (
    select cast(ordered_at as date) as order_day, user_id from raw.orders
)

select active.event_day, count(*) as users
from active
anti join buyers on buyers.user_id = active.user_id and buyers.order_day = active.event_day
group by active.event_day

-- View, cart, purchase: users who did each on the same day
-- partition: event_day day
-- events: the same day
with events as (
    select * from raw.events where user_id is not null
)

select
    cast(event_at as date) as event_day,
    count(distinct user_id) filter (where event_type = 'view') as viewed,
    count(distinct user_id) filter (where event_type = 'cart') as carted,
    count(distinct case when event_type = 'purchase' then user_id end) as bought
from events
group by 1
having count(*) > 1

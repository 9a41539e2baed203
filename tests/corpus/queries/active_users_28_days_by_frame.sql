-- The same by a frame over the events themselves
-- partition: event_day day
-- events: 27 days before up to the same day
with events as (
    select cast(event_at as date) as event_day, user_id from raw.events where event_type = 'purchase'
)

select distinct
    event_day,
    count(distinct user_id) over (
        order by event_day range between interval 27 day preceding and current row
    ) as users
from events

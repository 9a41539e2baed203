-- The same, where what arrives more than three days late is dropped
-- partition: received_day day
-- events: 3 days before up to the same day
with events as (
    select
        event_id,
        event_type,
        event_at,
        received_at,
        cast(received_at as date) as received_day
    from raw.events
    where event_at <= received_at
        and event_at > received_at - interval 3 day
)

select
    received_day,
    event_type,
    count(*) as events,
    count(*) filter (where cast(event_at as date) < received_day) as late
from events
group by received_day, event_type

-- Events are sent again with the same id: the earliest one counts
-- partition: event_day day
-- events: everything up to the same day
with src as (
    select * from raw.events
),

ranked as (
    select
        *,
        row_number() over (partition by event_id order by event_at, received_at, event_type) as version
    from src
)

select cast(event_at as date) as event_day, event_id, user_id, event_type
from ranked
where version = 1

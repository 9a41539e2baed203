-- The last version of each event that arrived, for each day on its own
-- partition: event_day day
-- events: the same day
with ranked as (
    select
        cast(event_at as date) as event_day,
        event_id,
        event_type,
        received_at,
        row_number() over (
            partition by event_id, cast(event_at as date) order by received_at desc, event_type
        ) as version
    from raw.events
)

select event_day, event_id, event_type, received_at
from ranked
where version = 1

-- Every event with the running number of its user's session
-- partition: event_at hour
-- events: everything up to the same hour
with gaps as (
    select
        event_id,
        user_id,
        event_type,
        event_at,
        lag(event_at) over (partition by user_id order by event_at, event_id) as previous_at
    from raw.events
)

select
    event_id,
    user_id,
    event_type,
    event_at,
    sum(case when previous_at is null or event_at > previous_at + interval 30 minute then 1 else 0 end) over (
        partition by user_id order by event_at, event_id rows unbounded preceding
    ) as session_number
from gaps

-- How many sessions started on each day: an event after 30 minutes of silence starts one
-- partition: event_day day
-- events: everything up to the same day
--   theory: 1 day before up to the same day
with events as (
    select * from raw.events
),

marked as (
    select
        cast(event_at as date) as event_day,
        user_id,
        -- the first event of all has no predecessor, and starts a session as well
        coalesce(
            event_at - lag(event_at) over (partition by user_id order by event_at, event_id) > interval 30 minute, true
        ) as starts_session
    from events
    where event_at is not null
)

select event_day, count(*) as sessions, count(distinct user_id) as users
from marked
where starts_session
group by event_day

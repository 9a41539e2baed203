-- Sessions that never cross midnight: the gap is looked for within the day
-- partition: event_day day
-- events: the same day
with src as (
    select *, cast(event_at as date) as event_day from raw.events
),

gaps as (
    select
        *,
        lag(event_at) over (partition by user_id, event_day order by event_at, event_id) as previous_at
    from src
),

numbered as (
    select
        *,
        sum(case when event_at - previous_at <= interval 20 minute then 0 else 1 end) over (
            partition by user_id, event_day order by event_at, event_id rows unbounded preceding
        ) as session_number
    from gaps
)

select event_day, user_id, session_number, min(event_at) as started_at, count(*) as events
from numbered
group by event_day, user_id, session_number

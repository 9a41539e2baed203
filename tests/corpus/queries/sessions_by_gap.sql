-- Sessions end after 30 minutes of silence, and are counted on the day they start
-- partition: session_day day
-- events: all: GROUP BY does not contain `session_day`
with marked as (
    select
        user_id,
        event_id,
        event_at,
        case
            when event_at - lag(event_at) over (partition by user_id order by event_at, event_id) <= interval 30 minute
                then 0
            else 1
        end as starts_session
    from raw.events
    where user_id is not null
),

numbered as (
    select
        *,
        sum(starts_session) over (
            partition by user_id order by event_at, event_id rows between unbounded preceding and current row
        ) as session_number
    from marked
)

select
    cast(min(event_at) as date) as session_day,
    user_id,
    session_number,
    count(*) as events,
    max(event_at) - min(event_at) as length
from numbered
group by user_id, session_number

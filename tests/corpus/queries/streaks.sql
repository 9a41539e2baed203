-- Gaps and islands: runs of days on which a user was active, on the day they began
-- partition: began_on day
-- events: all: GROUP BY does not contain `began_on`
with days as (
    select distinct user_id, cast(event_at as date) as active_day
    from raw.events
    where event_at is not null and user_id is not null
),

islands as (
    select
        *,
        active_day - cast(row_number() over (partition by user_id order by active_day) as integer) as island
    from days
)

select user_id, min(active_day) as began_on, max(active_day) as ended_on, count(*) as days
from islands
group by user_id, island

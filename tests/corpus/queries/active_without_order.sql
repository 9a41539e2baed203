-- Users who were active on a day and ordered nothing on it
-- partition: event_day day
-- events: the same day
-- orders: the same day
with active as (
    select distinct cast(event_at as date) as event_day, user_id from raw.events
)

select active.event_day, count(*) as users
from active
where not exists (
    select 1
    from raw.orders as o
    where o.user_id = active.user_id and cast(o.ordered_at as date) = active.event_day
)
group by active.event_day

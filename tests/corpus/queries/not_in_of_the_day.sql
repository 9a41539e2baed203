-- Users who are not among the buyers of the same day
-- partition: event_day day
-- events: the same day
-- orders: the same day
with events as (
    select *, cast(event_at as date) as event_day from raw.events
)

select e.event_day, e.user_id, count(*) as events
from events as e
where e.user_id not in (
    select o.user_id
    from raw.orders as o
    where cast(o.ordered_at as date) = e.event_day and o.user_id is not null
)
group by e.event_day, e.user_id

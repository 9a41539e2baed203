-- Events of users who had ordered in the seven days before
-- partition: event_day day
-- events: the same day
-- orders: 7 days before up to 1 day before
with events as (
    select *, cast(event_at as date) as event_day from raw.events
)

select e.event_day, count(*) as events, count(distinct e.user_id) as users
from events as e
where exists (
    select *
    from raw.orders as o
    where o.user_id = e.user_id
        and cast(o.ordered_at as date) between e.event_day - 7 and e.event_day - 1
)
group by e.event_day

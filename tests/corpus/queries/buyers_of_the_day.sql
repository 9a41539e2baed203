-- Events of users on the days on which they ordered: IN with two columns
-- partition: event_day day
-- events: the same day
-- orders: the same day
with events as (
    select user_id, cast(event_at as date) as event_day, event_type from raw.events
)

select event_day, event_type, count(*) as events
from events
where (user_id, event_day) in (select user_id, cast(ordered_at as date) from raw.orders)
group by event_day, event_type

-- A sample by key: each row tells by itself whether it is in it
-- partition: event_day day
-- events: the same day
select cast(event_at as date) as event_day, user_id, event_type
from raw.events
where user_id % 10 = 3

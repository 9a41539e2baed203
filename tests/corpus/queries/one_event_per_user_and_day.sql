-- DISTINCT ON keeps each user's first event of the day
-- partition: event_day day
-- events: the same day
select distinct on (user_id, event_day)
    cast(event_at as date) as event_day,
    user_id,
    event_type,
    event_id
from raw.events
where user_id is not null
order by user_id, event_day, event_at, event_id, event_type

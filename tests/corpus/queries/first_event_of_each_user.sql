-- DISTINCT ON keeps each user's first event of all time
-- partition: first_day day
-- events: everything up to the same day
select distinct on (user_id)
    cast(event_at as date) as first_day,
    user_id,
    event_type
from raw.events
order by user_id, event_at, event_id, event_type

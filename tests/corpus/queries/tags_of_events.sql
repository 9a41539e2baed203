-- One row for each tag of an event
-- partition: event_day day
-- events: the same day
select cast(e.event_at as date) as event_day, t.tag, count(*) as events
from raw.events as e, unnest(e.tags) as t(tag)
group by 1, 2

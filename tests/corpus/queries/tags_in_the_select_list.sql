-- The same with UNNEST in the select list
-- partition: event_day day
-- events: the same day
with tagged as (
    select cast(event_at as date) as event_day, unnest(tags) as tag from raw.events
)

select event_day, tag, count(*) as events
from tagged
group by event_day, tag

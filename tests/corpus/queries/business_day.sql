-- The business day begins at six in the morning
-- partition: business_day day
-- events: the same day up to 1 day after
with events as (
    select *, cast(event_at - interval 6 hour as date) as business_day from raw.events
)

select business_day, event_type, count(*) as events
from events
group by business_day, event_type

-- The same, written with CASE
-- partition: business_day day
-- events: the same day up to 1 day after
with events as (
    select
        event_type,
        case
            when extract(hour from event_at) < 6 then cast(event_at as date) - 1
            else cast(event_at as date)
        end as business_day
    from raw.events
)

select business_day, event_type, count(*) as events
from events
group by business_day, event_type

-- What a JSON column says
-- partition: event_day day
-- events: the same day
with parsed as (
    select
        cast(event_at as date) as event_day,
        json_extract_string(properties, '$.plan') as plan,
        cast(json_extract(properties, '$.n') as integer) as n
    from raw.events
)

select event_day, plan, sum(n) as total
from parsed
group by event_day, plan

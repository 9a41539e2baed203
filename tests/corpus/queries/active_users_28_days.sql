-- Users who bought in the last 28 days: distinct users can't be added up, so days are joined to events
-- partition: day day
-- events: 27 days before up to the same day
with active as (
    select distinct cast(event_at as date) as event_day, user_id from raw.events where event_type = 'purchase'
),

days as (
    select distinct event_day as day from active
)

select days.day, count(distinct active.user_id) as users
from days
join active on active.event_day between days.day - 27 and days.day
group by days.day

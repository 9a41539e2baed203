-- Dates that are kept as text: how a text is read as a date is the database's own affair
-- partition: event_day day
-- legacy: all: `event_day` is made with CAST
select cast(day_text as date) as event_day, count(distinct user_id) as users, sum(points) as points
from raw.legacy
group by 1

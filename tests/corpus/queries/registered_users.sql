-- How many users had signed up by each day of a calendar
-- partition: day day
-- users: everything up to the same day
with days as (
    select cast(day as date) as day
    from generate_series(timestamp '2024-01-15', timestamp '2024-04-10', interval 1 day) as series(day)
)

select days.day, u.country, count(u.user_id) as users
from days
left join raw.users as u on cast(u.signed_up_at as date) <= days.day
group by all

-- The age of the users who are active on a day, however long ago they signed up
-- partition: active_day day
-- events: the same day
-- users: everything up to the same day
with activity as (
    select distinct user_id, cast(event_at as date) as active_day from raw.events
)

select
    a.active_day,
    date_diff('day', cast(u.signed_up_at as date), a.active_day) // 7 as weeks_old,
    count(*) as users
from activity as a
join raw.users as u
    on u.user_id = a.user_id
    and cast(u.signed_up_at as date) <= a.active_day
group by all

-- Retention on the first thirty days after signing up
-- partition: signup_day day
-- users: the same day
-- events: 1 day after up to 30 days after
with cohorts as (
    select user_id, cast(signed_up_at as date) as signup_day from raw.users
),

activity as (
    select distinct user_id, cast(event_at as date) as active_day from raw.events
)

select
    c.signup_day,
    count(distinct c.user_id) as users,
    count(distinct a.user_id) filter (where a.active_day = c.signup_day + 1) as day_1,
    count(distinct a.user_id) filter (where a.active_day = c.signup_day + 7) as day_7,
    count(distinct a.user_id) as days_30,
    count(a.active_day) as active_days
from cohorts as c
left join activity as a
    on a.user_id = c.user_id
    and a.active_day >= c.signup_day + 1
    and a.active_day <= c.signup_day + 30
group by c.signup_day

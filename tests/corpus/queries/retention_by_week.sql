-- Weekly cohorts, and how many of them come back in each of the eight weeks after
-- partition: cohort_week week
-- users: the same week
-- events: the same week up to 8 weeks after
with cohorts as (
    select user_id, cast(date_trunc('week', signed_up_at) as date) as cohort_week
    from raw.users
    where not is_test
),

weeks as (
    select distinct user_id, cast(date_trunc('week', event_at) as date) as active_week
    from raw.events
)

select
    cohorts.cohort_week,
    date_diff('week', cohorts.cohort_week, weeks.active_week) as age,
    count(distinct cohorts.user_id) as users,
    min(weeks.active_week) as first_week
from cohorts
join weeks
    on weeks.user_id = cohorts.user_id
    and weeks.active_week between cohorts.cohort_week and cohorts.cohort_week + interval 56 day
group by 1, 2

-- How many users there have been up to each day
-- partition: active_day day
-- events: everything up to the same day
with firsts as (
    select
        cast(event_at as date) as active_day,
        user_id,
        row_number() over (partition by user_id order by event_at, event_id) = 1 as is_first
    from raw.events
    where event_at is not null
),

daily as (
    select active_day, count(*) filter (where is_first) as new_users
    from firsts
    group by active_day
)

select
    active_day,
    new_users,
    sum(new_users) over (order by active_day) as users_to_date
from daily

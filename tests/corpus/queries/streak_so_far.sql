-- For how many days in a row a user had been active by each day
-- partition: active_day day
-- events: everything up to the same day
with days as (
    select distinct user_id, cast(event_at as date) as active_day
    from raw.events
    where user_id is not null
),

numbered as (
    select *, row_number() over (partition by user_id order by active_day) as n
    from days
)

select
    active_day,
    user_id,
    row_number() over (partition by user_id, active_day - cast(n as integer) order by active_day) as days_in_a_row
from numbered

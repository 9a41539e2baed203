-- Three steps, each after the one before it and within a day of it
-- partition: viewed_day day
-- events: the same day up to 2 days after
with steps as (
    select user_id, event_type, event_at from raw.events where event_at is not null
)

select
    cast(v.event_at as date) as viewed_day,
    count(distinct v.user_id) as viewed,
    count(distinct c.user_id) as carted,
    count(distinct p.user_id) as bought,
    count(p.event_at) as paths
from steps as v
left join steps as c
    on c.user_id = v.user_id and c.event_type = 'cart'
    and c.event_at >= v.event_at and c.event_at <= v.event_at + interval 1 day
left join steps as p
    on p.user_id = c.user_id and p.event_type = 'purchase'
    and p.event_at >= c.event_at and p.event_at <= c.event_at + interval 1 day
where v.event_type = 'view'
group by 1

-- Only the first time that a user saw an experiment counts
-- partition: first_day day
-- exposures: everything up to the same day
-- orders: the same day up to 7 days after
with first_seen as (
    select user_id, experiment, min(exposed_at) as first_at
    from raw.exposures
    group by user_id, experiment
)

select
    cast(f.first_at as date) as first_day,
    f.experiment,
    count(distinct f.user_id) as users,
    count(distinct o.user_id) as converted,
    count(o.order_id) as orders
from first_seen as f
left join raw.orders as o
    on o.user_id = f.user_id
    and o.ordered_at between f.first_at and f.first_at + interval 7 day
group by 1, 2

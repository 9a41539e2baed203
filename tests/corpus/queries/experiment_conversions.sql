-- Orders within a week after a user saw an experiment
-- partition: exposed_day day
-- exposures: the same day
-- orders: the same day up to 7 days after
with exposures as (
    select distinct experiment, variant, user_id, exposed_at, cast(exposed_at as date) as exposed_day
    from raw.exposures
)

select
    e.exposed_day,
    e.experiment,
    e.variant,
    count(distinct e.user_id) as users,
    count(distinct o.user_id) as converted,
    sum(o.amount) as revenue
from exposures as e
left join raw.orders as o
    on o.user_id = e.user_id
    and o.ordered_at >= e.exposed_at
    and o.ordered_at < e.exposed_at + interval 7 day
group by 1, 2, 3

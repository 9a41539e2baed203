-- Revenue since the first of January, by a join of days with days
-- partition: order_day day
-- orders: 365 days before up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    group by 1
)

select
    now.order_day,
    max(now.revenue) as revenue,
    sum(earlier.revenue) as year_to_date
from daily as now
join daily as earlier
    on earlier.order_day >= date_trunc('year', now.order_day)
    and earlier.order_day <= now.order_day
group by now.order_day

-- Each day beside the day a week before
-- partition: order_day day
-- orders: 7 days before up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    group by 1
)

select d.order_day, d.revenue, before.revenue as week_before, d.revenue - before.revenue as change
from daily as d
left join daily as before on before.order_day = d.order_day - 7

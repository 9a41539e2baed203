-- Each day beside the same date of the year before: February 29 has February 28
-- partition: order_day day
-- orders: 366 days before up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    group by 1
)

select this.order_day, this.revenue, last.revenue as year_before
from daily as this
left join daily as last on last.order_day = this.order_day - interval 1 year

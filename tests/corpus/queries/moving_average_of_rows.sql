-- The mean of the last seven days that have orders: nobody knows how far back the seventh is
-- partition: order_day day
-- orders: everything up to the same day
with daily as (
    select cast(ordered_at as date) as order_day, sum(amount) as revenue
    from raw.orders
    where ordered_at is not null
    group by 1
)

select
    order_day,
    sum(revenue) over (order by order_day rows between 6 preceding and current row) as seven_rows
from daily

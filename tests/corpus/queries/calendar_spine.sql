-- Every day has a row, with or without orders
-- partition: day day
-- orders: the same day
with days as (
    select cast(day as date) as day
    from generate_series(timestamp '2024-01-15', timestamp '2024-04-10', interval 1 day) as series(day)
),

sales as (
    select cast(ordered_at as date) as order_day, amount from raw.orders
)

select days.day, count(sales.amount) as orders, coalesce(sum(sales.amount), 0) as revenue
from days
left join sales on sales.order_day = days.day
group by days.day

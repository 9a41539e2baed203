-- What the ten best customers of all time bought on each day
-- partition: order_day day
-- orders: all: no condition ties `best` to `order_day`
with best as (
    select user_id
    from raw.orders
    where user_id is not null
    group by user_id
    order by sum(amount) desc, user_id
    limit 10
)

select cast(o.ordered_at as date) as order_day, o.user_id, sum(o.amount) as revenue
from raw.orders as o
join best on best.user_id = o.user_id
group by 1, 2

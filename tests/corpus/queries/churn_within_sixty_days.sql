-- Customers who do not order again within sixty days
-- partition: order_day day
-- orders: the same day up to 60 days after
with orders as (
    select distinct user_id, cast(ordered_at as date) as order_day from raw.orders
)

select o.order_day, count(*) as churned
from orders as o
where not exists (
    select 1 from orders as n
    where n.user_id = o.user_id and n.order_day > o.order_day and n.order_day <= o.order_day + 60
)
group by o.order_day

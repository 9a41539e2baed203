-- Customers of a campaign who do not order again within two weeks
-- partition: order_day day
-- orders: the same day up to 14 days after
with orders as (
    select distinct user_id, cast(ordered_at as date) as order_day from raw.orders where campaign_id = 1
)

select o.order_day, count(*) as churned
from orders as o
where not exists (
    select 1 from orders as n
    where n.user_id = o.user_id and n.order_day > o.order_day and n.order_day <= o.order_day + 14
)
group by o.order_day

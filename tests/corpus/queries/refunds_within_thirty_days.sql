-- Goods can be sent back for thirty days
-- partition: order_day day
-- orders: the same day
-- refunds: the same day up to 30 days after
with orders as (
    select order_id, amount, cast(ordered_at as date) as order_day from raw.orders
)

select o.order_day, count(*) as orders, count(r.refund_id) as refunds, sum(r.amount) as refunded
from orders as o
left join raw.refunds as r
    on r.order_id = o.order_id
    and r.refunded_on between o.order_day and o.order_day + 30
group by o.order_day

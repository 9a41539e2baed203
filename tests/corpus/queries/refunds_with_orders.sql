-- Refunds of a day beside their orders, which may be of any day before
-- partition: refunded_on day
-- refunds: the same day
-- orders: all: no condition ties `orders` to `refunded_on`
with refunds as (
    select * from raw.refunds
),

orders as (
    select order_id, store_id, amount from raw.orders
)

select refunds.refunded_on, orders.store_id, sum(refunds.amount) as refunded, sum(orders.amount) as ordered
from refunds
left join orders on orders.order_id = refunds.order_id
group by 1, 2

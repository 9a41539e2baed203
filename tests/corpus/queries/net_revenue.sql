-- Orders of a day less what was ever refunded of them
-- partition: order_day day
-- orders: the same day
-- refunds: all: no condition ties `r` to `order_day`
with refunded as (
    select order_id, sum(amount) as refunded from raw.refunds group by order_id
)

select
    cast(o.ordered_at as date) as order_day,
    sum(o.amount) as revenue,
    sum(o.amount - coalesce(r.refunded, 0)) as net_revenue
from raw.orders as o
left join refunded as r using (order_id)
group by 1

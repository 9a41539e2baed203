-- The nearest click before each order, found by ASOF
-- partition: order_day day
-- orders: the same day
-- clicks: everything up to the same day
select
    cast(o.ordered_at as date) as order_day,
    o.order_id,
    c.campaign_id,
    c.clicked_at
from raw.orders as o
asof left join raw.clicks as c
    on c.user_id = o.user_id
    and o.ordered_at >= c.clicked_at

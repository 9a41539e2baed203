-- The same, but nothing says that an order's rows are all of one day
-- partition: order_day day
-- orders: all: the window of ROW_NUMBER is not partitioned by `order_day`
-- clicks: all: the window of ROW_NUMBER is not partitioned by `order_day`
select
    cast(o.ordered_at as date) as order_day,
    o.order_id,
    c.campaign_id
from raw.orders as o
join raw.clicks as c on c.user_id = o.user_id and c.clicked_at <= o.ordered_at
qualify row_number() over (partition by o.order_id order by c.clicked_at, c.click_id) = 1

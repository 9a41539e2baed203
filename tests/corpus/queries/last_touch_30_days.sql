-- The last click in the 30 days before an order gets the credit
-- partition: order_day day
-- orders: the same day
-- clicks: 30 days before up to the same day
with orders as (
    select *, cast(ordered_at as date) as order_day from raw.orders where status = 'paid'
)

select
    o.order_day,
    o.order_id,
    max(o.amount) as amount,
    arg_max(c.campaign_id, c.clicked_at) as campaign_id,
    count(c.click_id) as clicks
from orders as o
left join raw.clicks as c
    on c.user_id = o.user_id
    and c.clicked_at between o.ordered_at - interval 30 day and o.ordered_at
group by o.order_day, o.order_id

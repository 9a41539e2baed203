-- The nearest click before each order, found by a LATERAL subquery with LIMIT 1
-- partition: order_day day
-- orders: the same day
-- clicks: everything up to the same day
select
    cast(o.ordered_at as date) as order_day,
    o.order_id,
    last_click.campaign_id
from raw.orders as o
left join lateral (
    select c.campaign_id
    from raw.clicks as c
    where c.user_id = o.user_id and c.clicked_at <= o.ordered_at
    order by c.clicked_at desc, c.click_id
    limit 1
) as last_click on true

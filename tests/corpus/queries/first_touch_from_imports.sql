-- The same, where the day of an order is made before the join and the join compares instants
-- partition: order_day day
-- orders: the same day
-- clicks: everything up to the same day
with orders as (
    select order_id, user_id, amount, ordered_at, cast(ordered_at as date) as order_day
    from raw.orders
),

clicks as (
    select * from raw.clicks
),

touches as (
    select
        orders.order_day,
        orders.order_id,
        orders.amount,
        clicks.campaign_id,
        row_number() over (
            partition by orders.order_day, orders.order_id order by clicks.clicked_at, clicks.click_id
        ) as touch
    from orders
    left join clicks
        on clicks.user_id = orders.user_id
        and clicks.clicked_at <= orders.ordered_at
)

select order_day, campaign_id, count(*) as orders, sum(amount) as revenue
from touches
where touch = 1
group by order_day, campaign_id

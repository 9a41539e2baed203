-- The first click of a user before each order gets the credit
-- partition: order_day day
-- orders: the same day
-- clicks: everything up to the same day
with touches as (
    select
        cast(o.ordered_at as date) as order_day,
        o.order_id,
        o.amount,
        c.campaign_id,
        row_number() over (
            partition by cast(o.ordered_at as date), o.order_id order by c.clicked_at, c.click_id
        ) as touch
    from raw.orders as o
    left join raw.clicks as c
        on c.user_id = o.user_id
        and c.clicked_at <= o.ordered_at
)

select order_day, campaign_id, count(*) as orders, sum(amount) as revenue
from touches
where touch = 1
group by order_day, campaign_id

-- Users who bought within seven days of putting something into the cart
-- partition: cart_day day
-- events: the same day up to 7 days after
with carts as (
    select user_id, event_at as carted_at, cast(event_at as date) as cart_day
    from raw.events
    where event_type = 'cart'
),

purchases as (
    select user_id, event_at as bought_at
    from raw.events
    where event_type = 'purchase'
)

select
    carts.cart_day,
    count(distinct carts.user_id) as carted,
    count(distinct purchases.user_id) as bought,
    count(purchases.bought_at) as purchases
from carts
left join purchases
    on purchases.user_id = carts.user_id
    and purchases.bought_at between carts.carted_at and carts.carted_at + interval 7 day
group by carts.cart_day

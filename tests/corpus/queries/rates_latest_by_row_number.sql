-- The last rate known on an order's day, by an inequality and a rank
-- partition: order_day day
-- orders: the same day
-- rates: everything up to the same day
with src as (
    select cast(ordered_at as date) as order_day, order_id, currency, amount
    from raw.orders
),

ranked as (
    select
        src.order_day,
        src.order_id,
        src.amount * r.rate as converted,
        row_number() over (partition by src.order_day, src.order_id order by r.rate_day desc) as nearness
    from src
    inner join raw.rates as r on r.currency = src.currency and r.rate_day <= src.order_day
)

select order_day, order_id, converted
from ranked
where nearness = 1

-- The last rate known, when rates older than a week are of no use
-- partition: order_day day
-- orders: the same day
-- rates: 7 days before up to the same day
--   theory: 6 days before up to the same day
with o as (
    select cast(ordered_at as date) as order_day, order_id, currency, amount from raw.orders
)

select
    o.order_day,
    o.order_id,
    arg_max(r.rate, r.rate_day) as rate,
    count(r.rate) as rates
from o
left join raw.rates as r
    on r.currency = o.currency
    and r.rate_day > o.order_day - 7
    and r.rate_day <= o.order_day
group by 1, 2

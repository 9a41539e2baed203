-- Orders in euros at the last rate known on their day: markets close at weekends
-- partition: order_day day
-- orders: the same day
-- rates: everything up to the same day
with orders as (
    select order_id, currency, amount, cast(ordered_at as date) as order_day from raw.orders
)

select
    orders.order_day,
    orders.order_id,
    cast(orders.amount / rates.rate as decimal(12, 4)) as euros
from orders
asof left join raw.rates as rates
    on rates.currency = orders.currency
    and orders.order_day >= rates.rate_day

-- A year reads the orders of that year
-- partition: year year
-- orders: the same year
with orders as (
    select date_trunc('year', ordered_at) as year, * from raw.orders
)

select year, currency, count(*) as orders, sum(amount) as amount
from orders
group by year, currency

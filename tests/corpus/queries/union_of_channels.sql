-- The shop's orders and the tills' sales in one table
-- partition: sale_day day
-- orders: the same day
-- pos_sales: the same day
with web as (
    select cast(ordered_at as date) as sale_day, 'web' as channel, amount from raw.orders where status = 'paid'
),

tills as (
    select sale_day, 'till' as channel, amount from raw.pos_sales
),

sales as (
    select * from web
    union all
    select * from tills
)

select sale_day, channel, sum(amount) as revenue
from sales
group by sale_day, channel

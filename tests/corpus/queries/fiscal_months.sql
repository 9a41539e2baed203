-- Fiscal months begin on the 26th
-- partition: fiscal_month month
-- orders: the same month up to 1 month after
select
    date_trunc('month', ordered_at - interval 25 day) as fiscal_month,
    count(*) as orders,
    sum(amount) as revenue
from raw.orders
group by 1

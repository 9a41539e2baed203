-- The same by a function of the database, which nobody looks into
-- partition: month month
-- orders: all: `month` is made with FISCAL_MONTH
--   theory: the same month up to 1 month after
with orders as (
    select fiscal_month(ordered_at) as month, amount from raw.orders
)

select month, sum(amount) as revenue
from orders
group by month

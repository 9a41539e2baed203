-- From weeks to months: a week belongs to the month of its Monday
-- partition: month month
-- orders: the same month up to 1 month after
with weekly as (
    select date_trunc('week', ordered_at) as week, sum(amount) as revenue
    from raw.orders
    group by 1
)

select date_trunc('month', week) as month, count(*) as weeks, max(revenue) as best_week, sum(revenue) as revenue
from weekly
group by 1

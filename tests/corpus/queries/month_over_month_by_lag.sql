-- Each month beside the one before it that had orders
-- partition: month month
-- orders: everything up to the same month
with monthly as (
    select date_trunc('month', ordered_at) as month, store_id, sum(amount) as revenue
    from raw.orders
    where ordered_at is not null
    group by 1, 2
)

select
    month,
    store_id,
    revenue - lag(revenue) over (partition by store_id order by month) as growth
from monthly

-- Quarters of the year with the quarter before
-- partition: quarter quarter
-- orders: 1 quarter before up to the same quarter
with quarters as (
    select date_trunc('quarter', ordered_at) as quarter, sum(amount) as revenue
    from raw.orders
    group by 1
)

select q.quarter, q.revenue, p.revenue as before
from quarters as q
left join quarters as p on p.quarter = q.quarter - interval 3 month

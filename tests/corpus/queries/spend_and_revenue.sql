-- Days of two tables, merged by USING: a day may be in either
-- partition: day day
-- ad_spend: the same day
-- orders: the same day
with spend as (
    select spend_day as day, sum(cost) as cost from raw.ad_spend group by 1
),

revenue as (
    select cast(ordered_at as date) as day, sum(amount) as revenue from raw.orders group by 1
)

select day, coalesce(cost, 0) as cost, coalesce(revenue, 0) as revenue
from spend
full join revenue using (day)

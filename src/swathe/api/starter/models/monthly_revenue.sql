{{ config(
    partition_by = {"column": "month", "granularity": "month"},
    begin        = "2024-01-01",
    end          = "2024-03-01",
) }}
-- A month reads its own days of `daily_revenue`, and no others.
select
    cast(date_trunc('month', order_date) as date) as month,
    region,
    sum(orders) as orders,
    sum(revenue) as revenue
from {{ ref('daily_revenue') }}
group by 1, 2

{{ config(
    partition_by = {"column": "order_date", "granularity": "day"},
    begin        = "2024-01-01",
    end          = "2024-03-01",
) }}
select
    order_date,
    region,
    count(*) as orders,
    count(distinct customer_id) as customers,
    sum(amount) as revenue
from {{ ref('orders') }}
group by order_date, region

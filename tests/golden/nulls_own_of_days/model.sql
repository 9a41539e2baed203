{{ config(partition_by={"column": "shipped_on", "granularity": "day", "nulls": "own"}, begin="2024-01-01") }}

select shipped_on, count(*) as orders
from {{ ref('orders') }}
group by shipped_on

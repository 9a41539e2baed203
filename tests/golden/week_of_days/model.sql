{{ config(partition_by={"column": "week", "granularity": "week"}, begin="2024-01-01") }}

select cast(date_trunc('week', day) as date) as week, carrier, sum(delay) as delay
from {{ ref('flights') }}
group by all

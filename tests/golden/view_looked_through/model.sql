{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, count(*) as late
from {{ ref('late_flights') }}
group by day

{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, count(*) as flights
from {{ ref('flights') }}
group by day

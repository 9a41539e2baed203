{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, carrier, count(*) as flights, avg(delay) as mean_delay
from {{ ref('flights') }}
group by day, carrier

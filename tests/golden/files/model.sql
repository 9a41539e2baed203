{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select cast(seen_at as date) as day, count(distinct who) as people
from {{ source('raw', 'events') }}
group by 1

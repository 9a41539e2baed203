{{ config(partition_by={"column": "month", "granularity": "month"}, begin="2024-01-01") }}

select cast(date_trunc('month', seen_at at time zone 'America/New_York') as date) as month, count(*) as events
from {{ source('raw', 'events') }}
group by 1

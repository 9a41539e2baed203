{{ config(partition_by={"column": "hour", "granularity": "hour"}, begin="2024-01-01") }}

select date_trunc('hour', seen_at) as hour, who, count(*) as events
from {{ source('raw', 'events') }}
group by all

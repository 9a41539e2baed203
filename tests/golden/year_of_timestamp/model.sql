{{ config(partition_by={"column": "year", "granularity": "year"}, begin="2022-01-01") }}

select date_trunc('year', seen_at) as year, min(seen_at) as first_seen, max(seen_at) as last_seen
from {{ source('raw', 'events') }}
group by date_trunc('year', seen_at)

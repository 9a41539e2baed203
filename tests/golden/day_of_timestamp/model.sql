{{ config(partition_by={"column": "seen_at", "granularity": "day"}, begin="2024-01-01") }}

select seen_at, who
from {{ source('raw', 'events') }}
where who <> 'b'

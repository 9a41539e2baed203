{{ config(
    partition_by={"column": "seen_at", "granularity": "day", "timezone": "America/St_Johns"},
    begin="2006-10-27",
) }}
select seen_at, who
from {{ source('raw', 'events') }}

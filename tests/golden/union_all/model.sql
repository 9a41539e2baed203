{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, delay, 'flight' as kind from {{ ref('flights') }}
union all
select cast(seen_at as date), 0, 'event' from {{ source('raw', 'events') }}

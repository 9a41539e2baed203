{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select f.day, f.carrier, f.delay, w.rain
from {{ ref('flights') }} as f
left join {{ ref('weather') }} as w on w.day = f.day and w.rain > 0

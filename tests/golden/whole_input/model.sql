{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select f.day, f.carrier, c.name, f.delay - (select avg(delay) from {{ ref('flights') }}) as more_than_usual
from {{ ref('flights') }} as f
left join {{ ref('carriers') }} as c using (carrier)

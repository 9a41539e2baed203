{{ config(
    partition_by=[{"column": "day", "granularity": "day"}, {"column": "von", "values": ["EWR", "JFK"], "else": true}],
    begin="2024-01-01",
) }}

select f.day, f.origin as von, c.name, count(*) as flights
from {{ ref('flights') }} as f
join {{ ref('carriers') }} as c on c.code = f.carrier
group by f.day, f.origin, c.name

{{ config(partition_by={"column": "origin", "values": ["EWR", "JFK"], "else": true, "nulls": "own"}) }}

select f.origin, count(*) as trips
from {{ ref('trips') }} as t
left join {{ ref('flights') }} as f on f.number = t.flight
group by f.origin

{{ config(partition_by={"column": "origin", "values": ["EWR", "O'Hare", "JFK"], "else": true}) }}

select origin, carrier, count(*) as flights
from {{ ref('flights') }}
group by origin, carrier

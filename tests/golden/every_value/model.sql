{{ config(partition_by={"column": "Von/Nach = \"x\"", "values": ["a", "b"], "else": true, "nulls": "own"}) }}

select "Von/Nach = ""x""", count(*) as "order"
from {{ ref('trips') }}
group by 1

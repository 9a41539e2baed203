{{ config(partition_by={
    "column": "carrier", "query": "select distinct carrier from {{ source('raw', 'flights') }} where carrier <> 'XX'",
    "else": true, "nulls": "own",
}) }}

select carrier, count(*) as flights
from {{ source('raw', 'flights') }}
group by carrier

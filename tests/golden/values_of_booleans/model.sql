{{ config(partition_by={"column": "delayed", "values": [true, false], "nulls": "own"}) }}

select delay > 15 as delayed, count(*) as flights, max(delay) as longest
from {{ source('raw', 'flights') }}
group by 1

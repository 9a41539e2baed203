{{ config(partition_by={"column": "place", "values": [
    "O'Hare", "C:\\new", "'\\'", "AS/400", "São Paulo", " two  words ", "100%", "ewr", "EWR", "say \"hi\"", "a=b",
]}) }}

select place, count(*) as visits
from {{ ref('visits') }}
group by place

{{ config(partition_by={"column": "place", "values": ["O'Hare", "back\\slash", "JFK"]}) }}

select place, {{ partition.key }} as key, 'the key is {{ partition.key }}' as told, count(*) as visits
from {{ ref('visits') }}
where place = '{{ partition.key }}'
group by place

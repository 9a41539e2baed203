{{ config(partition_by={"column": "id", "range": {"start": -100, "stop": 300, "step": 100}}) }}

select
  id, id-{{ partition.start }} as after_start, {{ partition.start }}::varchar as first_id,
  id - {{ partition.end }} as before_end, '{{ partition.key }}' as key
from {{ source('raw', 'events') }}
where id >= {{ partition.start }} and id < {{ partition.end }}

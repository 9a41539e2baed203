{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, carrier, delay, {{ partition.start }} as built_from, '{{ partition.end }}' as built_to, '{{ partition.key }}' as key
from {{ ref('flights') }}
where day >= {{ partition.start }} and day < cast('{{ partition.end }}' as date)

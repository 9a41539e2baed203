{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", batch_size=2) }}

select day, carrier, delay
from {{ ref('flights') }}
where day between {{ partition.start }} and {{ partition.end }}

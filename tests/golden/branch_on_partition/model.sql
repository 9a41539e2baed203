{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-10") }}

select day, carrier, {% if partition.start < "2024-01-03" %}delay{% else %}delay * 60{% endif %} as seconds
from {{ ref('flights') }}

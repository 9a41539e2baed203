{{ config(partition_by={"column": "Tag der Fahrt", "granularity": "day"}, begin="2024-01-01") }}

select "Tag der Fahrt", "order", "Größe in €" as "größe", "a""b" as "semi;colon", count(*) as "select"
from {{ ref('odd inputs') }}
group by all

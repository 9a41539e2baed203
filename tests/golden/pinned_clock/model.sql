{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", volatile="pin") }}

{% macro age_in_days() %}{# a call in a macro #}date_diff('day', day, today()){% endmacro -%}
select
    day,
    now() as loaded_at, NOW ( ) as again, -- now()
    localtimestamp as loaded,
    {{ age_in_days() }} as age,
    'now()' as "now()"
from {{ ref('flights') }}
where day < current_date - 1 and "current" < current_timestamp

{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

{%- set columns = ["carrier"] %}
select
    day,
    {{ columns | join(", ") }},
    {{ share("delay > " ~ var("late")) }} as late_share,
from {{ ref('flights') }}
where carrier in ({{ quoted(var("carriers")) }})
group by day, {{ columns | join(", ") }}

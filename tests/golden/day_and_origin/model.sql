{{ config(
    partition_by=[{"column": "day", "granularity": "day"}, {"column": "origin", "values": ["EWR", "JFK", "LGA"]}],
    begin="2024-01-01",
) }}

select day, origin, count(*) as flights, avg(delay) as mean_delay
from {{ ref('flights') }}
group by day, origin

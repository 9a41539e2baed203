{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

with daily as (
    select day, sum(delay) as delay from {{ ref('flights') }} group by day
)
select today.day, today.delay, yesterday.delay as delay_before
from daily as today
join daily as yesterday on yesterday.day = today.day - interval 1 day

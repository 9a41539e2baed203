{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select day, carrier, sum(delay) over last_three as delay, count(*) over last_three as flights
from {{ ref('flights') }}
window last_three as (
    partition by carrier
    order by day
    range between interval 2 day preceding and current row
)

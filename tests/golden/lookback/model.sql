{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

select today.day, today.carrier, max(before.delay) as worst
from {{ ref('flights') }} as today
join {{ ref('flights', lookback=2) }} as before
    on before.carrier = today.carrier and abs(date_diff('day', before.day, today.day - 1)) <= 1
group by all

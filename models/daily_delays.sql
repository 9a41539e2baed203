{{ config(
    partition_by = {"column": "flight_date", "granularity": "day"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    flight_date,
    carrier,
    count(*) as flights,
    count(*) filter (where cancelled) as cancelled,
    count(dep_delay) as departed,
    count(*) filter (where delayed) as delayed,
    -- Kept as a total too: means of means are wrong, so longer periods add these up.
    cast(coalesce(sum(dep_delay), 0) as bigint) as total_dep_delay,
    {{ ratio('sum(dep_delay)', 'count(dep_delay)') }} as mean_dep_delay
from {{ ref('flights') }}
group by flight_date, carrier

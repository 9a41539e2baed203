{{ config(
    partition_by = [
        {"column": "flight_date", "granularity": "day"},
        {"column": "origin", "values": ["EWR", "JFK", "LGA"]},
    ],
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    flight_date,
    origin,
    count(*) as flights,
    count(*) filter (where cancelled) as cancelled,
    count(distinct dest) as destinations,
    {{ ratio('count(*) filter (where delayed)', 'count(dep_delay)') }} as delayed_share,
    {{ ratio('sum(dep_delay)', 'count(dep_delay)') }} as mean_dep_delay
from {{ ref('flights') }}
group by flight_date, origin

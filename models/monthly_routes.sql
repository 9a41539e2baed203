{{ config(
    partition_by = {"column": "month", "granularity": "month"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    cast(date_trunc('month', flight_date) as date) as month,
    origin,
    dest,
    count(*) as flights,
    count(distinct carrier) as carriers,
    count(*) filter (where cancelled) as cancelled,
    {{ ratio('count(*) filter (where delayed)', 'count(dep_delay)') }} as delayed_share,
    {{ ratio('sum(dep_delay)', 'count(dep_delay)') }} as mean_dep_delay,
    {{ ratio('sum(arr_delay)', 'count(arr_delay)') }} as mean_arr_delay,
    {{ ratio('sum(air_time)', 'count(air_time)') }} as mean_air_time
from {{ ref('flights') }}
group by month, origin, dest

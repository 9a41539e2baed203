-- A partition for each airline that the source lists, also for one that no flight was of.
{{ config(
    partition_by = {"column": "carrier", "query": "select carrier from {{ source('raw', 'airlines') }}"},
) }}
select
    carrier,
    origin,
    dest,
    count(*) as flights,
    {{ ratio('sum(dep_delay)', 'count(dep_delay)') }} as mean_dep_delay
from {{ ref('flights') }}
group by carrier, origin, dest

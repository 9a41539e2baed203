{{ config(
    partition_by = {"column": "distance", "range": {"start": 0, "stop": 5000, "step": 500}},
) }}
-- Miles. The longest flight goes to Honolulu.
select
    distance,
    dest,
    count(*) as flights,
    {{ ratio('sum(air_time)', 'count(air_time)') }} as mean_air_time,
    {{ ratio('sum(arr_delay)', 'count(arr_delay)') }} as mean_arr_delay
from {{ ref('flights') }}
group by distance, dest

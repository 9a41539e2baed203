{{ config(
    partition_by = {"column": "flight_date", "granularity": "day"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    -- The source is kept in UTC. A flight at 23:00 in New York belongs to that evening, not to the next day.
    cast({{ new_york('time_hour') }} as date) as flight_date,
    time_hour,
    carrier,
    cast(flight as integer) as flight_number,
    tailnum as tail_number,
    origin,
    dest,
    cast({{ minutes('sched_dep_time') }} as integer) as sched_dep_minute,
    cast({{ minutes('sched_arr_time') }} as integer) as sched_arr_minute,
    cast(dep_delay as integer) as dep_delay,
    cast(arr_delay as integer) as arr_delay,
    cast(air_time as integer) as air_time,
    cast(distance as integer) as distance,
    dep_time is null as cancelled,
    -- It left but has no time in the air: it landed somewhere else.
    dep_time is not null and air_time is null as diverted,
    -- The US authorities count a flight as late from 15 minutes on.
    coalesce(dep_delay >= 15, false) as delayed
from {{ source('raw', 'flights') }}

{{ config(
    partition_by = {"column": "observed_at", "granularity": "hour"},
    begin        = "2013-01-01T05",
    end          = "2014-01-01T05",
) }}
-- Cut by UTC, where New York's year starts and ends at five in the morning.
select
    time_hour as observed_at,
    origin,
    temp as temperature_f,
    -- A gauge at Newark once reported 1048 mph.
    case when wind_speed < 200 then wind_speed end as wind_mph,
    precip as rain_inches,
    visib as visibility_miles
from {{ source('raw', 'weather') }}

{{ config(
    partition_by = {"column": "flight_date", "granularity": "day"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    f.flight_date,
    case
        when w.wind_mph < 10 then 'calm'
        when w.wind_mph < 20 then 'breezy'
        when w.wind_mph >= 20 then 'windy'
        else 'unknown'
    end as wind,
    case
        when w.rain_inches = 0 then 'dry'
        when w.rain_inches < 0.1 then 'light'
        when w.rain_inches >= 0.1 then 'heavy'
        else 'unknown'
    end as rain,
    -- Below 3 miles pilots must fly by instruments.
    case
        when w.visibility_miles < 3 then 'poor'
        when w.visibility_miles >= 3 then 'good'
        else 'unknown'
    end as visibility,
    count(*) as flights,
    count(*) filter (where f.cancelled) as cancelled,
    count(f.dep_delay) as departed,
    {{ ratio('count(*) filter (where f.cancelled)', 'count(*)') }} as cancelled_share,
    {{ ratio('sum(f.dep_delay)', 'count(f.dep_delay)') }} as mean_dep_delay
from {{ ref('flights') }} f
-- Some hours were never observed. Their flights stay, so that each day adds up.
left join {{ ref('weather_hours') }} w
    on w.origin = f.origin
    and w.observed_at = f.time_hour
    -- True of every pair already: a flight's date is the New York date of its hour. But another model says so.
    -- Said here, it shows that a day of flights needs only that day's weather.
    and cast({{ new_york('w.observed_at') }} as date) = f.flight_date
group by f.flight_date, wind, rain, visibility

{{ config(
    partition_by = {"column": "week_start", "granularity": "week"},
    begin        = "2012-12-31",
    end          = "2014-01-06",
) }}
-- Weeks start on Mondays, so the first and the last reach beyond 2013.
select
    cast(date_trunc('week', flight_date) as date) as week_start,
    carrier,
    cast(sum(flights) as bigint) as flights,
    cast(sum(cancelled) as bigint) as cancelled,
    {{ ratio('sum(cancelled)', 'sum(flights)') }} as cancelled_share,
    {{ ratio('sum(delayed)', 'sum(departed)') }} as delayed_share,
    {{ ratio('sum(total_dep_delay)', 'sum(departed)') }} as mean_dep_delay
from {{ ref('daily_delays') }}
group by week_start, carrier

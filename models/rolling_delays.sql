{{ config(
    partition_by = {"column": "flight_date", "granularity": "day"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    flight_date,
    carrier,
    cast(sum(departed) over last_week as bigint) as departed,
    {{ ratio('sum(total_dep_delay) over last_week', 'sum(departed) over last_week') }} as mean_dep_delay
from {{ ref('daily_delays') }}
-- A range and not a count of rows: small carriers do not fly every day.
window last_week as (
    partition by carrier
    order by flight_date
    range between interval 6 day preceding and current row
)

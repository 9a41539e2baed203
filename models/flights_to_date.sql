{{ config(
    partition_by = {"column": "month", "granularity": "month"},
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
-- Each month adds its flights to what the month before had reached, so a carrier that stopped flying keeps its total.
with parts as (
    select
        cast(date_trunc('month', flight_date) as date) as month,
        carrier,
        count(*) as flights,
        count(*) as flights_to_date
    from {{ ref('flights') }}
    group by month, carrier
    union all
    select
        cast(cast(earlier.month as date) + interval 1 month as date),
        earlier.carrier,
        0,
        cast(earlier.flights_to_date as bigint)
    from {{ this }} earlier
)

select
    month,
    carrier,
    cast(sum(flights) as bigint) as flights,
    cast(sum(flights_to_date) as bigint) as flights_to_date
from parts
group by month, carrier

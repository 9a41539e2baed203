{{ config(
    partition_by = [
        {"column": "month", "granularity": "month"},
        {"column": "origin", "values": ["EWR", "JFK", "LGA"]},
    ],
    begin        = "2013-01-01",
    end          = "2014-01-01",
) }}
select
    cast(date_trunc('month', flight_date) as date) as month,
    origin,
    cast(sum(flights) as bigint) as flights,
    cast(sum(cancelled) as bigint) as cancelled,
    max(flights) as most_in_a_day
from {{ ref('airport_days') }}
group by month, origin

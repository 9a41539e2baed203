{{ config(materialized = "table") }}
with flown as (
    select
        carrier,
        count(*) as flights,
        min(flight_date) as first_flight,
        max(flight_date) as last_flight
    from {{ ref('flights') }}
    where not cancelled
    group by carrier
),

-- Each plane counts once, however often it flew.
planes_flown as (
    select distinct carrier, tail_number
    from {{ ref('flights') }}
    where not cancelled
),

fleet as (
    select
        planes_flown.carrier,
        count(*) as fleet_size,
        count(registry.tailnum) as registered,
        {{ ratio('sum(registry.seats)', 'count(registry.seats)') }} as mean_seats,
        {{ ratio('sum(2013 - registry.year)', 'count(registry.year)') }} as mean_age
    from planes_flown
    left join {{ source('raw', 'planes') }} registry on registry.tailnum = planes_flown.tail_number
    group by planes_flown.carrier
)

select
    airlines.carrier,
    airlines.name,
    flown.first_flight,
    flown.last_flight,
    coalesce(flown.flights, 0) as flights,
    coalesce(fleet.fleet_size, 0) as fleet_size,
    coalesce(fleet.registered, 0) as registered,
    fleet.mean_seats,
    fleet.mean_age
from {{ source('raw', 'airlines') }} airlines
left join flown on flown.carrier = airlines.carrier
left join fleet on fleet.carrier = airlines.carrier

{{ config(materialized = "view") }}
with ranked as (
    select
        month,
        rank() over (partition by month order by flights desc) as place,
        origin,
        dest,
        flights,
        delayed_share,
        mean_dep_delay
    from {{ ref('monthly_routes') }}
)

select
    ranked.month,
    ranked.place,
    ranked.origin,
    departure.name as origin_name,
    ranked.dest,
    -- Four airports in the Caribbean are not in the list.
    coalesce(arrival.name, ranked.dest) as dest_name,
    ranked.flights,
    ranked.delayed_share,
    ranked.mean_dep_delay
from ranked
left join {{ source('raw', 'airports') }} departure on departure.faa = ranked.origin
left join {{ source('raw', 'airports') }} arrival on arrival.faa = ranked.dest
where ranked.place <= 10

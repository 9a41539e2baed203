{{ config(materialized="table") }}
select carrier, count(*) as flights, max(day) as last_flight
from {{ ref('flights') }}
group by carrier

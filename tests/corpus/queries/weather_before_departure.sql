-- The worst weather in the three hours before each flight of a UTC day
-- partition: flight_day day
-- legs: the same day
-- weather: 1 day before up to the same day
with legs as (
    select leg_id, origin, departs_at, cast(departs_at as date) as flight_day from raw.legs
)

select legs.flight_day, legs.leg_id, min(w.temperature) as coldest, max(w.raining) as rained
from legs
left join raw.weather as w
    on w.airport = legs.origin
    and w.observed_at > legs.departs_at - interval 3 hour
    and w.observed_at <= legs.departs_at
group by legs.flight_day, legs.leg_id

-- The time between gate and runway, beside its usual length in the four weeks before
-- partition: flight_date day
-- flights: 28 days before up to the same day
with daily as (
    select flight_date, origin, sum(taxi_out) as minutes, count(*) as flights
    from raw.flights
    group by flight_date, origin
)

select
    d.flight_date,
    d.origin,
    max(d.minutes / d.flights) as taxi_out,
    sum(b.minutes) / sum(b.flights) as usual_taxi_out
from daily as d
left join daily as b
    on b.origin = d.origin
    and b.flight_date between d.flight_date - interval 28 day and d.flight_date - interval 1 day
group by d.flight_date, d.origin

-- What came before the launch is booked on the day of the launch
-- partition: booked_on day
-- orders: all: `booked_on` is made with GREATEST
--   theory: everything up to the same day
select
    greatest(cast(ordered_at as date), date '2024-02-01') as booked_on,
    count(*) as orders,
    sum(amount) as revenue
from raw.orders
where ordered_at is not null
group by 1

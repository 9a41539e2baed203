-- What is on the shelf at the end of every day
-- partition: day day
-- movements: everything up to 1 day after
--   theory: everything up to the same day
with days as (
    select cast(day as date) as day
    from generate_series(timestamp '2024-01-19', timestamp '2024-04-05', interval 1 day) as series(day)
)

select days.day, m.product_id, sum(m.quantity) as on_hand
from days
join raw.movements as m on m.moved_at < days.day + interval 1 day
group by days.day, m.product_id

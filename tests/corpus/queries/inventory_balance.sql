-- What is on the shelf after each movement
-- partition: moved_day day
-- movements: everything up to the same day
select
    cast(moved_at as date) as moved_day,
    product_id,
    movement_id,
    sum(quantity) over (partition by product_id order by moved_at, movement_id) as on_hand
from raw.movements

-- Products that ran out since the day before
-- partition: snapshot_day day
-- stock: 1 day before up to the same day
select today.snapshot_day, today.product_id, yesterday.on_hand as before
from raw.stock as today
join raw.stock as yesterday
    on yesterday.product_id = today.product_id
    and yesterday.snapshot_day + 1 = today.snapshot_day
where today.on_hand = 0 and yesterday.on_hand > 0

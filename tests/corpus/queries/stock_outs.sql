-- Products that ran out: something was there in the snapshot before
-- partition: snapshot_day day
-- stock: everything up to the same day
with stock as (
    select
        *,
        lag(on_hand) over (partition by product_id order by snapshot_day) as before
    from raw.stock
)

select snapshot_day, product_id, before
from stock
where on_hand = 0 and before > 0

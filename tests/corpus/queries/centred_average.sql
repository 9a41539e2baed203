-- The mean of three days before to three days after
-- partition: snapshot_day day
-- stock: 3 days before up to 3 days after
select
    snapshot_day,
    product_id,
    avg(on_hand) over (
        partition by product_id order by snapshot_day
        range between interval 3 day preceding and interval 3 day following
    ) as smooth
from raw.stock

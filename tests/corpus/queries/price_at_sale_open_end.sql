-- The same, with the open end spelled out
-- partition: item_day day
-- order_items: the same day
-- prices: everything up to the same day
select
    i.item_day,
    i.order_id,
    i.line_no,
    p.price * i.quantity as total
from raw.order_items as i
join raw.prices as p
    on i.product_id = p.product_id
    and p.valid_from <= i.item_day
    and (p.valid_to > i.item_day or p.valid_to is null)

-- The three products sold most on each day
-- partition: item_day day
-- order_items: the same day
with ranked as (
    select
        item_day,
        product_id,
        sum(quantity) as sold,
        row_number() over (partition by item_day order by sum(quantity) desc, product_id) as place
    from raw.order_items
    group by item_day, product_id
)

select item_day, place, product_id, sold
from ranked
where place <= 3

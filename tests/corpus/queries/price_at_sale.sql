-- Slowly changing prices (type 2): the version that was valid on the day of the sale
-- partition: item_day day
-- order_items: the same day
-- prices: everything up to the same day
with items as (
    select * from raw.order_items
),

prices as (
    select
        product_id,
        price,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from raw.prices
)

select
    items.item_day,
    items.product_id,
    sum(items.quantity * prices.price) as revenue
from items
left join prices
    on prices.product_id = items.product_id
    and items.item_day >= prices.valid_from
    and items.item_day < prices.valid_to
group by items.item_day, items.product_id

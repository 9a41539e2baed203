-- Facts with two look-ups: any product may be sold on any day
-- partition: item_day day
-- order_items: the same day
-- products: all: no condition ties `p` to `item_day`
-- categories: all: no condition ties `c` to `item_day`
select i.item_day, c.category_name, sum(i.quantity) as sold
from raw.order_items as i
left join raw.products as p on p.product_id = i.product_id
left join raw.categories as c on c.category_id = p.category_id
group by i.item_day, c.category_name

-- A tree of categories, climbed to the top
-- partition: item_day day
-- order_items: the same day
-- products: all: no condition ties `p` to `item_day`
-- categories: all: `tree` is recursive
with recursive tree as (
    select category_id, category_name, category_name as path from raw.categories where parent_id is null
    union all
    select c.category_id, c.category_name, tree.path || ' > ' || c.category_name
    from raw.categories as c
    join tree on tree.category_id = c.parent_id
),

items as (
    select * from raw.order_items
)

select items.item_day, tree.path, sum(items.quantity) as sold
from items
join raw.products as p using (product_id)
join tree using (category_id)
group by 1, 2

-- Sales on holidays: the list is a dimension
-- partition: sale_day day
-- pos_sales: the same day
-- holidays: all
select sale_day, store_id, sum(amount) as revenue
from raw.pos_sales
where sale_day in (select holiday from raw.holidays)
group by sale_day, store_id

-- One column for each status
-- partition: order_day day
-- orders: the same day
select
    cast(ordered_at as date) as order_day,
    sum(case when status = 'paid' then amount else 0 end) as paid,
    sum(case when status = 'open' then amount else 0 end) as open,
    count(case when status = 'cancelled' then 1 end) as cancelled,
    count(*) filter (where status is null) as unknown
from raw.orders
group by cast(ordered_at as date)

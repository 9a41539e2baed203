-- When orders were paid: the key alone ties a payment to its order
-- partition: paid_day day
-- payments: the same day
-- orders: all: no condition ties `o` to `paid_day`
select
    cast(p.paid_at as date) as paid_day,
    p.method,
    count(*) as payments,
    max(date_diff('day', o.ordered_at, cast(p.paid_at as timestamp))) as slowest
from raw.payments as p
join raw.orders as o on o.order_id = p.order_id
where p.paid_at is not null
group by 1, 2

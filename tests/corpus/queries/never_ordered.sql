-- Events of users who never placed a large order: NOT IN asks about all orders
-- partition: event_day day
-- events: the same day
-- orders: all: read by a subquery in WHERE
select cast(event_at as date) as event_day, user_id, count(*) as events
from raw.events
where user_id not in (select user_id from raw.orders where amount > 170 and user_id is not null)
group by 1, 2

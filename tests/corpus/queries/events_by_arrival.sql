-- Events by the day they arrived, while the table is cut by the day they happened
-- partition: received_day day
-- events: all: it is filtered on `received_at`, but `raw.events` is cut by `event_at`
select
    cast(received_at as date) as received_day,
    count(*) as events,
    max(received_at - event_at) as longest_delay
from raw.events
group by 1

-- The last version of each event that arrived, whatever day it happened on
-- partition: event_day day
-- events: all: the window of ROW_NUMBER is not partitioned by `event_day`
select
    cast(event_at as date) as event_day,
    event_id,
    event_type
from raw.events
qualify row_number() over (partition by event_id order by received_at desc, event_type, event_at) = 1

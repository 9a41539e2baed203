-- Instants that are kept as whole numbers
-- partition: log_day day
-- logs: all: `log_day` is made with
select
    cast(to_timestamp(epoch_seconds) as date) as log_day,
    level,
    count(*) as lines
from raw.logs
group by 1, 2

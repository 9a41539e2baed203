-- The balance on the last day of each month
-- partition: month month
-- accounts: the same month
select
    cast(date_trunc('month', snapshot_day) as date) as month,
    account_id,
    balance
from raw.accounts
where snapshot_day = last_day(snapshot_day)

-- What changed in a daily snapshot: today's rows beside yesterday's
-- partition: snapshot_day day
-- accounts: 1 day before up to the same day
with today as (
    select snapshot_day, account_id, status, balance from raw.accounts
),

yesterday as (
    select snapshot_day + 1 as snapshot_day, account_id, status, balance from raw.accounts
)

select
    coalesce(t.snapshot_day, y.snapshot_day) as snapshot_day,
    coalesce(t.account_id, y.account_id) as account_id,
    case when y.account_id is null then 'new' when t.account_id is null then 'gone' else 'changed' end as change,
    t.status as status,
    y.status as old_status,
    t.balance - y.balance as difference
from today as t
full join yesterday as y
    on y.snapshot_day = t.snapshot_day
    and y.account_id = t.account_id
where t.status is distinct from y.status
    or t.balance is distinct from y.balance

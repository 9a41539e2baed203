-- Subscriptions that run in each month
-- partition: month month
-- subscriptions: everything up to the same month
with months as (
    select cast(month as date) as month
    from generate_series(timestamp '2023-12-01', timestamp '2024-04-01', interval 1 month) as series(month)
)

select months.month, s.plan, sum(s.mrr) as mrr, count(distinct s.user_id) as users
from months
left join raw.subscriptions as s
    on date_trunc('month', s.starts_on) <= months.month
    and coalesce(s.ends_on, date '9999-12-31') >= months.month
group by 1, 2

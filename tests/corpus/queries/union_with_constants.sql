-- Orders, an opening balance by hand, and a row for each campaign on one date
-- partition: day day
-- orders: the same day
-- campaigns: all: `day` is the same for all rows here
select cast(ordered_at as date) as day, 'order' as kind, amount from raw.orders
union all
select date '2024-02-01', 'opening balance', 1000.00
union all
select date '2024-03-01', channel, 250.00 from raw.campaigns

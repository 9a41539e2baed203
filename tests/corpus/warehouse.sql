-- A small shop and a small airline, for the queries of this folder. Rows are made by arithmetic, so that every run has
-- the same ones: NULLs in most time columns, duplicates, ends of months, the night of 2024-03-10 on which New York's
-- clocks are set forward, and some rows of the year before.

create schema raw;

create macro numbers(first, beyond) as table select cast(range as integer) from range(first, beyond);

create table raw.users as
select
    i as user_id,
    case when i % 13 = 5 then null else timestamp '2024-01-17 09:00' + to_hours(i * 17 % 300) end as signed_up_at,
    ['de', 'fr', 'us', null][i % 4 + 1] as country,
    i % 11 = 0 as is_test
from numbers(1, 41) r(i);

create table raw.events as
select
    case when i % 23 = 7 then i - 1 else i end as event_id,
    case when i % 29 = 3 then null else (i * i + i // 11) % 23 end as user_id,
    ['view', 'view', 'cart', 'purchase', 'view', 'signup'][i * 5 % 6 + 1] as event_type,
    case when i % 31 = 9 then null
         when i % 3 = 0 then timestamp '2024-01-20' + to_minutes(i * 97 - 11)
         else timestamp '2024-01-20' + to_minutes(i * 97) end as event_at,
    timestamp '2024-01-20' + to_minutes(i * 97) + to_hours(i * i % 97) as received_at,
    [['a', 'b'], ['c'], [], ['a', null]][i % 4 + 1] as tags,
    '{"plan": "' || ['free', 'pro'][i % 2 + 1] || '", "n": ' || i % 10 || '}' as properties
from numbers(1, 1121) r(i)
union all
select 900 + i, 3, 'view', timestamp '2024-02-27 23:10' + to_minutes(i * 9), timestamp '2024-02-29', ['z'], '{}'
from numbers(1, 13) r(i);

create table raw.orders as
select
    i as order_id,
    case when i % 37 = 8 then null else (i * i + i // 7) % 19 end as user_id,
    case when i % 41 = 11 then null
         when i <= 240 then timestamp '2024-01-18 03:00' + to_minutes(i * 479)
         when i <= 280 then timestamp '2023-02-15 22:00' + to_minutes((i - 240) * 1013)
         else timestamp '2023-12-25 01:00' + to_minutes((i - 280) * 877) end as ordered_at,
    ['EUR', 'USD', 'GBP', null][i % 4 + 1] as currency,
    cast(i * 37 % 200 + 0.5 as decimal(10, 2)) as amount,
    ['paid', 'paid', 'open', 'cancelled'][i * 3 % 4 + 1] as status,
    i % 3 as store_id,
    case when i % 5 = 0 then null else i % 4 end as campaign_id
from numbers(1, 301) r(i);

create table raw.order_items as
select
    i as order_id,
    n as line_no,
    (i * 3 + n) % 9 as product_id,
    (i + n) % 4 + 1 as quantity,
    case when i % 41 = 11 then null else cast(timestamp '2024-01-18 03:00' + to_minutes(i * 479) as date) end as item_day
from numbers(1, 241) r(i), numbers(1, 3) s(n)
where (i + n) % 3 > 0;

create table raw.payments as
select
    i as payment_id,
    case when i % 19 = 4 then null else i * 5 % 240 + 1 end as order_id,
    case when i % 43 = 2 then null else timestamptz '2024-01-18 03:30:00+00' + to_minutes(i * 611) end as paid_at,
    cast(i * 31 % 150 as decimal(10, 2)) as amount,
    ['card', 'transfer', null][i % 3 + 1] as method
from numbers(1, 181) r(i);

create table raw.refunds as
select
    i as refund_id,
    i * 7 % 240 + 1 as order_id,
    case when i % 17 = 3 then null
         else cast(timestamp '2024-01-18 03:00' + to_minutes((i * 7 % 240 + 1) * 479) as date) + i % 7 * 5 end as refunded_on,
    cast(i % 40 as decimal(10, 2)) as amount
from numbers(1, 241) r(i);

create table raw.rates as
select day::date as rate_day, currency, cast(1 + (extract(doy from day) * n % 17) / 100 as decimal(10, 4)) as rate
from generate_series(timestamp '2024-01-15', timestamp '2024-04-10', interval 1 day) c(day),
    (values ('USD', 3), ('GBP', 7)) v(currency, n)
where isodow(day) < 6
union all
select null, 'USD', 9.9;

create table raw.prices as
select
    p as product_id,
    date '2023-12-15' + (n * 19 + p) as valid_from,
    case when n = 5 then null else date '2023-12-15' + ((n + 1) * 19 + p) end as valid_to,
    cast(10 + p * 3 + n as decimal(10, 2)) as price
from numbers(0, 9) r(p), numbers(0, 6) s(n);

create table raw.products as
select i as product_id, i % 5 + 3 as category_id, 'product ' || i as product_name from numbers(0, 9) r(i);

create table raw.categories as
select * from (values
    (1, null, 'all'), (2, 1, 'home'), (3, 1, 'garden'), (4, 2, 'kitchen'), (5, 4, 'knives'), (6, 3, 'tools'), (7, 2, 'bath')
) v(category_id, parent_id, category_name);

create table raw.movements as
select
    i as movement_id,
    i % 5 as product_id,
    case when i % 47 = 13 then null else timestamp '2024-01-19 05:00' + to_minutes(i * 613) end as moved_at,
    case when i % 3 = 0 then i % 40 else -(i % 9) end as quantity
from numbers(1, 181) r(i);

create table raw.stock as
select day::date as snapshot_day, p as product_id, greatest(0, (extract(doy from day)::integer * (p + 3)) % 11 - 4) as on_hand
from generate_series(timestamp '2024-01-15', timestamp '2024-04-05', interval 1 day) c(day), numbers(0, 4) r(p)
where (extract(doy from day)::integer + p) % 13 > 0;

create table raw.accounts as
select
    day::date as snapshot_day,
    a as account_id,
    ['open', 'open', 'locked'][(extract(doy from day)::integer // 9 + a) % 3 + 1] as status,
    cast((extract(doy from day)::integer // 4) * a as decimal(10, 2)) as balance
from generate_series(timestamp '2024-01-15', timestamp '2024-04-05', interval 1 day) c(day), numbers(1, 7) r(a)
where (extract(doy from day)::integer // 5 + a) % 7 > 0
union all
select null, 1, 'lost', 0;

create table raw.campaigns as
select * from (values (0, 'search'), (1, 'social'), (2, 'mail'), (3, null)) v(campaign_id, channel);

create table raw.ad_spend as
select date '2024-01-15' + i as spend_day, c as campaign_id, cast((i * 7 + c) % 60 as decimal(10, 2)) as cost
from numbers(0, 86) r(i), numbers(0, 3) s(c)
where (i + c) % 4 > 0;

create table raw.clicks as
select
    i as click_id,
    (i * i + i // 5) % 19 as user_id,
    i % 4 as campaign_id,
    case when i % 37 = 1 then null else timestamp '2024-01-10 12:00' + to_minutes(i * 133) end as clicked_at
from numbers(1, 900) r(i);

create table raw.exposures as
select
    (i * i + i // 3) % 19 as user_id,
    ['checkout', 'search'][i % 2 + 1] as experiment,
    ['a', 'b'][(i // 2) % 2 + 1] as variant,
    case when i % 53 = 6 then null else timestamp '2024-01-25' + to_minutes(i * 521) end as exposed_at
from numbers(1, 161) r(i);

create table raw.subscriptions as
select
    i as subscription_id,
    i * 3 % 41 as user_id,
    ['basic', 'team'][i % 2 + 1] as plan,
    case when i % 21 = 4 then null else date '2023-11-20' + i * 5 % 140 end as starts_on,
    case when i % 3 = 0 then null else date '2023-11-20' + i * 5 % 140 + i % 60 end as ends_on,
    10 + i % 3 * 20 as mrr
from numbers(1, 61) r(i);

create table raw.tickets as
select
    i as ticket_id,
    i % 41 as user_id,
    case when i % 27 = 9 then null else timestamp '2024-01-16 08:00' + to_minutes(i * 997) end as opened_at,
    case when i % 4 = 0 then null else timestamp '2024-01-16 08:00' + to_minutes(i * 997) + to_hours(i * 7 % 200) end as closed_at
from numbers(1, 111) r(i);

create table raw.employees as
select * from (values (1, null), (2, 1), (3, 1), (4, 2), (5, 2), (6, 5)) v(employee_id, manager_id);

create table raw.timesheets as
select e as employee_id, date '2024-01-15' + i as worked_on, (i + e) % 9 as hours
from numbers(0, 85) r(i), numbers(1, 7) s(e)
where (i * e) % 4 > 0;

create table raw.legs as
select
    i as leg_id,
    ['UA', 'DL', 'B6'][i % 3 + 1] as carrier,
    case when i % 33 = 0 then null else 'N' || i % 12 end as tailnum,
    ['EWR', 'JFK', 'HND', 'LAX'][i * 7 % 4 + 1] as origin,
    case when i % 59 = 8 then null else timestamptz '2024-01-24 02:10:00+00' + to_minutes(i * 233) end as departs_at,
    case when i % 14 = 3 then null else i * 13 % 90 - 15 end as dep_delay,
    i * 17 % 100 - 20 as arr_delay,
    i % 25 + 5 as taxi_out
from numbers(1, 421) r(i);

create table raw.flights as
select * exclude (departs_at), cast(departs_at at time zone 'America/New_York' as date) as flight_date, departs_at
from raw.legs;

create table raw.weather as
select
    timestamptz '2024-01-23 20:00:00+00' + to_hours(i) as observed_at,
    airport,
    (i * n) % 50 as temperature,
    cast(i * n % 7 = 0 as integer) as raining
from numbers(0, 1700) r(i), (values ('EWR', 3), ('JFK', 5)) v(airport, n)
where i % 11 > 0;

create table raw.airports as
select * from (values ('EWR', 'America/New_York'), ('JFK', 'America/New_York'), ('HND', 'Asia/Tokyo'), ('LAX', 'America/Los_Angeles')
) v(faa, tz);

create table raw.readings as
select s as sensor_id, timestamptz '2024-01-27 00:15:00+00' + to_minutes(i * 47) as read_at, (i * s) % 23 as kwh
from numbers(0, 2000) r(i), numbers(1, 3) t(s)
union all
select 1, null, 5;

create table raw.legacy as
select strftime(date '2024-01-20' + i % 70, '%Y-%m-%d') as day_text, i % 41 as user_id, i * 3 % 50 as points
from numbers(1, 150) r(i);

create table raw.logs as
select 1705708800 + i * 31013 as epoch_seconds, ['info', 'warn', 'error'][i % 3 + 1] as level
from numbers(1, 220) r(i);

create table raw.pos_sales as
select date '2024-01-15' + i % 86 as sale_day, i % 3 as store_id, cast(i * 7 % 90 as decimal(10, 2)) as amount
from numbers(1, 200) r(i);

create table raw.holidays as
select * from (values (date '2024-01-31', 'Stocktaking'), (date '2024-02-19', 'Presidents'' Day'), (date '2024-03-29', 'Good Friday')) v(holiday, holiday_name);

create macro fiscal_month(moment) as date_trunc('month', moment - interval 25 day);

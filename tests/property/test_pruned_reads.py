"""Reading less changes nothing: every partition of a filtered query equals that partition of the full query."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.sql.prune import Pruned, ScanResult, prune

COLUMNS = [
    Column("x", "INTEGER"),
    Column("k", "VARCHAR"),
    Column("d", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("tz", "TIMESTAMP WITH TIME ZONE"),
    Column("d2", "DATE"),
]
TABLES = ("f", "g", "h")
SCHEMA = {("s", table): COLUMNS for table in TABLES}
# New York changes its clocks on 10 March and 3 November; January 29 to 31 and a month later clip to one day.
FIRST_DAYS = (datetime(2024, 3, 5), datetime(2024, 10, 28), datetime(2024, 1, 26))
DAYS = 10

TEMPLATES = [
    # expressions
    "select d, x from s.f",
    "select (d) as d, d2 as day from s.f",
    "select cast(ts as date) as p, x from s.f",
    "select try_cast(tz as date) as p, x from s.f",
    "select cast(d as timestamp) as p, x from s.f",
    "select cast(ts as timestamptz) as p, x from s.f",
    "select date_trunc('hour', ts) as p, x from s.f",
    "select date_trunc('week', ts) as p, x from s.f",
    "select date_trunc('month', d) as p, x from s.f",
    "select date_trunc('minute', ts + interval 40 second) as p, x from s.f",
    "select date_trunc('day', tz) as p, x from s.f",
    "select ts + interval 30 hour as p, x from s.f",
    "select interval 1 day + d as p, x from s.f",
    "select ts - interval '1' month as p, x from s.f",
    "select d + interval '1 month' as p, x from s.f",
    "select d - 3 as p, x from s.f",
    "select 2 + d as p, x from s.f",
    "select date_add(d, interval 2 days) as p, x from s.f",
    "select tz at time zone 'America/New_York' as p, x from s.f",
    "select cast(tz at time zone 'America/New_York' as date) as p, x from s.f",
    "select ts at time zone 'America/New_York' as p, x from s.f",
    "select cast(cast(tz at time zone 'Europe/Berlin' as date) + interval 30 hour as date) as p, x from s.f",
    "select coalesce(d, d2) as p, x from s.f",
    "select case when x > 3 then d else d2 end as p, x from s.f",
    "select last_day(d) as p, x from s.f",
    "select d2 as d, x from s.f",
    # one SELECT
    "select d as p, count(*), sum(x) from s.f group by d",
    "select cast(ts as date) as p, count(*) from s.f group by 1 having count(*) > 1",
    "select cast(ts as date) as p, count(*) from s.f group by p",
    "select cast(ts as date) as p, count(*) from s.f group by ts",
    "select cast(date_trunc('day', ts) as date) as p, count(*) from s.f group by date_trunc('day', ts)",
    "select cast(ts as date) as p, k, count(*) from s.f group by all",
    "select min(d) as p, k from s.f group by k",
    "select max(d) as p, count(*) from s.f",
    "select d as p, count(*) from s.f group by rollup (d)",
    "select d as p, k, count(*) from s.f group by grouping sets ((d, k), (k))",
    "select distinct d as p, k from s.f",
    "select distinct on (d) d as p, x from s.f order by d, x",
    "select distinct on (k) d as p, x from s.f order by k, x",
    "select distinct on (d) d2 as d, x from s.f order by d2, x",
    "select distinct on (cast(ts as date)) cast(ts as date) as p, ts, x from s.f order by cast(ts as date), x",
    "select d as p, x from s.f order by x limit 5",
    "select d as p, x from s.f order by x offset 2",
    "select d as p, x from s.f where x in (select x from s.g)",
    "select d as p, (select count(*) from s.g where g.d = f.d) as n from s.f",
    "select d as p, x from s.f where not exists (select 1 from s.g where g.d = f.d)",
    # window functions
    "select d as p, row_number() over (partition by d order by x) as n, x from s.f",
    "select cast(ts as date) as p, sum(x) over (partition by cast(ts as date), k) as n, x from s.f",
    "select cast(ts as date) as p, sum(x) over (partition by ts) as n, x from s.f",
    "select d as p, x, row_number() over (order by x) as n from s.f",
    "select d as p, x, lag(x) over (order by d, x) as n from s.f",
    "select d as p, x from s.f qualify row_number() over (partition by d order by x) = 1",
    "select d2 as d, x from s.f qualify row_number() over (partition by d order by x) = 1",
    "select d as p, x, sum(x) over w as n from s.f window w as (partition by d order by x)",
    (
        "select d as p, x, sum(x) over (partition by k order by d range between interval 2 day preceding and current row)"
        " as n from s.f"
    ),
    (
        "select ts as p, x, count(x) over (order by ts range between interval 30 hour preceding and interval 2 hour"
        " following) as n from s.f"
    ),
    (
        "select cast(ts as date) as p, x, sum(x) over (order by ts range between interval 1 day preceding and current row)"
        " as n from s.f"
    ),
    (
        "select cast(ts as date) as p, x, max(x) over (order by cast(ts as date) range interval 2 day preceding) as n"
        " from s.f"
    ),
    (
        "select d as p, x, sum(x) over (order by d range between interval 2 day following and interval 3 day following)"
        " as n, sum(x) over (partition by d) as m from s.f"
    ),
    (
        "select d as p, sum(count(*)) over (order by d range between interval 1 month preceding and current row) as n"
        " from s.f group by d"
    ),
    (
        "select d as p, x, row_number() over (order by d range between interval 1 day preceding and current row) as n"
        " from s.f qualify true"
    ),
    (
        "select d as p, x, sum(x) over (order by d desc range between interval 1 day preceding and current row) as n"
        " from s.f"
    ),
    "select d as p, x, sum(x) over (order by d range between unbounded preceding and current row) as n from s.f",
    "select d as p, x, sum(x) over (order by d range between 2 preceding and current row) as n from s.f",
    "select p, n from (select d as p, x, row_number() over (partition by d order by x) as n from s.f) where n < 3",
    # joins
    "select f.d as p, f.x, g.x from s.f join s.g on f.d = g.d",
    "select d as p, f.x, g.x from s.f join s.g using (d)",
    "select d as p, f.x, g.x, h.x from s.f join s.g using (d) left join s.h using (d)",
    "select d as p, f.x, g.x from s.f left join s.g using (d)",
    "select d as p, f.x, g.x from s.f right join s.g using (d)",
    "select d as p, f.x, g.x from s.f full join s.g using (d)",
    "select d as p, f.x, g.x, h.x from s.f right join s.g using (d) left join s.h using (d)",
    "select d as p, f.x, g.x, h.x from s.f full join s.g using (d) join s.h using (d)",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.d = f.d and g.k = f.k",
    "select g.d as p, f.x, g.x from s.f left join s.g on g.d = f.d",
    "select g.d as p, f.x, g.x from s.f left join s.g on g.x = f.x",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.x = f.x where g.d = f.d",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.x = f.x where g.d is null",
    "select f.d as p, f.x, g.x from s.f right join s.g on g.d = f.d",
    "select g.d as p, f.x, g.x from s.f right join s.g on g.d = f.d and f.x > 3",
    "select h.d as p, f.x, g.x, h.x from s.f join s.g on f.d = g.d right join s.h on h.d = g.d",
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d left join s.h on h.d = g.d",
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d join s.h on h.d = g.d",
    "select f.d as p, f.x from s.f semi join s.g on f.d = g.d",
    "select d as p, x from s.f anti join s.g using (d)",
    "select f.d as p, f.x, g.x from s.f, s.g where f.d = g.d",
    "select f.d as p, f.x, h.x from s.f, s.g join s.h using (d) where f.x = g.x",
    "select f.d as p, f.x, h.x from s.f, s.g right join s.h on g.d = h.d where f.d = h.d",
    "select f.d as p, f.x, g.x from s.f cross join s.g",
    "select f.d as p, f.x, g.x from s.f natural join s.g",
    "select f.d as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts",
    "select f.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts",
    "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.k = g.k and g.ts < f.ts",
    "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.k = g.k and g.ts > f.ts",
    "select ts as p, f.x, g.d from s.f asof join (select max(d) as d, k, ts from s.g group by all) g using (k, ts)",
    "select f.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts where g.d = f.d",
    "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.ts >= g.ts where g.d = f.d",
    "select g.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts",
    "select f.ts as p, f.x, g.ts, h.x from s.f asof join s.g on f.ts >= g.ts join s.h on h.ts = g.ts",
    # FULL JOIN
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d and f.k = g.k",
    "select coalesce(g.d, f.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d and f.k = g.k",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d + 1",
    "select coalesce(f.d, g.d2) as p, f.x, g.x from s.f full join s.g on f.d = g.d",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.k = g.k",
    "select coalesce(f.d, cast(g.ts as date)) as p, f.x, g.x from s.f full join s.g on f.d = cast(g.ts as date)",
    "select coalesce(f.d, g.ts) as p, f.x, g.x from s.f full join s.g on f.d = g.ts",
    "select coalesce(f.d, g.d) as p, count(f.x), sum(g.x) from s.f full join s.g using (d) group by 1",
    "select d as p, f.x, g.x from s.f full join s.g using (d, k)",
    "select d as p, f.x, g.x, h.x from s.f full join s.g using (d) full join s.h using (d)",
    "select d as p, k, count(f.x), sum(g.x), max(h.x) from s.f full join s.g using (d, k) full join s.h using (k, d) group by all",
    "select d as p, f.x, g.x, h.x from s.f left join s.g using (d) full join s.h using (d)",
    "select d as p, f.x, g.x, h.x from s.f right join s.g using (d) full join s.h using (d)",
    "select d as p, f.x, g.x, h.x from s.f full join s.g using (d, k) full join s.h using (d)",
    "select f.d as p, f.x, g.x from s.f full join s.g on f.k = g.k full join s.h on f.d = h.d",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f left join s.g on f.d = g.d and f.k = g.k",
    "select coalesce(g.d, f.d) as p, f.x, g.x from s.f right join s.g on f.d = g.d",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f left join s.g on f.k = g.k",
    "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d right join s.h on h.x = g.x",
    "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d full join s.h on h.x = g.x",
    "select d as p, f.x, g.x, h.x from s.f full join s.g using (d) left join s.h using (d)",
    (
        "select coalesce(f.d, g.d, h.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d"
        " full join s.h on coalesce(f.d, g.d) = h.d"
    ),
    (
        "select coalesce(f.d, g.d, h.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d"
        " full join s.h on f.d = h.d"
    ),
    "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d left join s.h on h.d = f.d",
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d"
        " join s.h on h.d = coalesce(f.d, g.d)"
    ),
    "select f.d as p, f.x, g.x from s.f full join s.g on f.d = g.d",
    "select g.d as p, f.x, g.x from s.f full join s.g on f.d = g.d",
    "select g.d as p, f.x, g.x from s.f full join s.g on f.d = g.d where f.x > 3",
    "select f.d as p, f.x, g.x, h.x from s.f join s.h using (d) full join s.g on f.d = g.d",
    "select g.d as p, f.x, g.x, h.x from s.f left join s.h using (d) full join s.g on f.d = g.d",
    "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d where f.x > 3",
    # subqueries
    "select f.d as p, f.x from s.f where exists (select 1 from s.g where g.d = f.d and g.k = f.k)",
    "select f.d as p, f.x from s.f where f.x > 9 or not exists (select 1 from s.g where f.d = g.d)",
    "select f.d as p, f.x from s.f where f.d in (select d from s.g)",
    "select f.d as p, f.x from s.f where f.ts in (select g.d from s.g) or f.d in (select d2 from s.g)",
    "select f.d as p, f.x from s.f where f.d not in (select d from s.g)",
    "select f.d as p, f.x from s.f where not (f.d in (select d from s.g))",
    "select f.d as p, f.x from s.f where (f.d in (select d from s.g)) is null",
    "select f.d as p, f.x, f.d in (select d from s.g) as seen from s.f",
    "select f.d as p, f.x from s.f where f.d not in (select d from s.g where g.d = f.d and g.x = f.x)",
    "select f.d as p, f.x from s.f where (f.d, f.k) in (select d, k from s.g)",
    "select f.d as p, f.x from s.f where (f.k, f.d) in (select k, d2 + 1 from s.g where x > 2)",
    "select f.d as p, f.x from s.f where f.d = any (select d from s.g union all select d2 from s.h)",
    "select f.d as p, f.x from s.f where f.d in (select d from s.g except select d from s.h)",
    "select f.d as p, f.x from s.f where f.d in (select d from s.g order by x limit 2)",
    "select f.d as p, f.x from s.f where f.d in (select max(d) from s.g group by k)",
    "select f.d as p, f.x from s.f where f.d in (with t as (select d, x from s.g) select t.d from t join t u using (d))",
    "with t as (select d, x from s.g) select f.d as p, f.x from s.f where f.d in (select d from t) and f.x < 12",
    (
        "with t as (select d, x from s.g) select f.d as p, (select sum(x) from t) as n from s.f"
        " where f.d in (select d from t)"
    ),
    "select f.d as p, (select sum(g.x) from s.g where g.d between f.d - 3 and f.d) as n from s.f",
    "select f.d as p, (select sum(g.x) from s.g where g.d <= f.d) as n from s.f",
    "select f.d as p, (select sum(x) from s.g f where f.d is not null) as n from s.f",
    "select f.d as p, (select sum(h.x) from s.g f join s.h on h.d = f.d) as n from s.f",
    "select f.d as p, (select max(g.x) from s.g left join s.h on h.d = f.d and h.x = g.x where g.d = f.d) as n from s.f",
    (
        "select f.d as p, (select count(*) from s.g where g.d = f.d and exists (select 1 from s.h where h.d = f.d"
        " and h.k = g.k)) as n from s.f"
    ),
    "select f.d as p, (select count(*) from s.g full join s.h on g.d = h.d where g.d = f.d or h.d = f.d) as n from s.f",
    "select d as p, count(*) from s.f group by d having count(*) > (select count(*) from s.g where g.d = f.d)",
    "select d as p, x from s.f qualify row_number() over (partition by d order by x) <= (select count(*) from s.g where g.d = f.d)",
    "select d as p, sum((select max(x) from s.g where g.d = f.d)) over (order by d, x rows 1 preceding) as n from s.f",
    "select f.d as p, f.x, l.n from s.f, lateral (select max(x) as n from s.g where g.d = f.d) l",
    "select f.d as p, f.x, l.n from s.f left join lateral (select x as n from s.g where g.d = f.d) l on l.n > f.x",
    "select f.d as p, f.x, l.n from s.f, (select max(x) as n from s.g where g.d < f.d) l",
    "select f.d as p, f.x, l.n from s.f, lateral (select g.x as n from s.g where g.d = f.d union all select 1) l",
    "select h.d as p, f.x, l.n from s.f, lateral (select x as n from s.g where g.d = f.d) l join s.h on h.x = l.n",
    "select f.d as p, f.x from s.f semi join s.g on g.d between f.d - 2 and f.d and g.k = f.k",
    "select f.d as p, f.x from s.f anti join s.g on g.d <= f.d and g.k = f.k",
    # choices
    "select case when extract(hour from ts) < 6 then cast(ts as date) - 1 else cast(ts as date) end as p, x from s.f",
    "select case when x > 3 then ts end as p, x from s.f",
    "select if(x > 3, ts, ts + interval 1 month) as p, x from s.f",
    "select coalesce(cast(ts as date), null) as p, x from s.f",
    "select coalesce(ts, d) as p, x from s.f",
    "select greatest(d, d + 2, null) as p, count(*) from s.f group by 1",
    "select least(cast(ts as date), cast(ts - interval 1 month as date)) as p, x from s.f",
    "select nullif(d, date '2024-03-07') as p, x from s.f",
    (
        "select f.ts as p, g.x from s.f join s.g on g.d = case when extract(hour from f.ts) < 6"
        " then cast(f.ts as date) - 1 else cast(f.ts as date) end"
    ),
    # grouping sets
    "select d as p, k, count(*) from s.f group by grouping sets ((d, k), (d))",
    "select d as p, k, count(*) from s.f group by d, rollup (k)",
    "select d as p, k, count(*) from s.f group by grouping sets (d, (k, d), ())",
    "select d as p, k, count(*) from s.f group by grouping sets ((d), (d, k)), grouping sets ((k), ())",
    "select d as p, k, count(*) from s.f group by rollup (d, k)",
    "select d as p, k, count(*) from s.f group by cube (k, d) having count(*) > 1",
    "select coalesce(d, date '2024-03-07') as p, k, count(*) from s.f group by rollup (d, k)",
    "select d as p, grouping(d) as g, count(*), (select count(*) from s.g where g.d = f.d) as n from s.f group by rollup (d)",
    "select d as p, sum(count(*)) over (order by d) as n from s.f group by rollup (d)",
    "select d as p, sum(count(*)) over (order by d nulls first) as n from s.f where d is not null group by rollup (d)",
    "select d as p, sum(count(*)) over (order by d desc nulls first) as n from s.f where d is not null group by cube (d)",
    "select d as p, k, row_number() over (partition by d order by k) as n from s.f group by rollup (d, k)",
    "select p, sum(n) from (select d as p, k, count(*) as n from s.f group by cube (d, k)) group by rollup (p)",
    # the first and the last time
    "select k, min(d) as p from (select * from s.f where x % 2 = 0) f group by k",
    "select x % 4, min(d) as p, arg_min(k, d) as n from (select max(k) as k, x, d from s.f group by all) f group by 1",
    "select k, cast(min(ts) as date) as p from s.f group by k",
    "select k, cast(date_trunc('month', min(ts)) as date) as p, k || 'x' as l from s.f group by 1",
    "select k, cast(max(ts) as date) as p, max(ts) as l from s.f group by k having max(ts) > timestamp '2024-01-30'",
    "select k, min(d) as p, max(d) as l from s.f group by k",
    "select k, min(d) as p, count(*) as n from s.f group by k",
    "select k, min(d) as p from s.f group by k having count(*) > 2",
    "select k, min(d) as p, list(x order by x) as n from s.f group by all",
    "select k, min(d) as p, row_number() over (order by k) as n from s.f group by k",
    "select k, min(d) as p from s.f group by k qualify row_number() over (order by k) = 1",
    "select k, min(d) as p from s.f group by rollup (k)",
    "select min(ts) as p from s.f",
    "select min(d) filter (x > 3) as p from s.f",
    "select cast(c.p as date) as p, count(*) as n from (select k, min(ts) as p from s.f group by k) c group by 1",
    (
        "with c as (select k, min(d) as p from s.f group by k) select c.p, f.d, count(*) as n from c"
        " join s.f using (k) group by all"
    ),
    "select least(min(d), min(d2)) as p, k from s.f group by k",
    "select case when min(d) > date '2024-03-07' then min(d) else max(d) end as p, k from s.f group by k",
    "select distinct on (k) k, d as p, x from s.f order by k, d, x",
    "select distinct on (k) k, d as p, x from s.f order by d, x",
    "select distinct on (k) k, d as p, x from s.f order by k, d nulls first, x",
    "select distinct on (k) k, d as p, x from s.f order by k, d desc, x",
    "select distinct on (k, x % 2) k, cast(ts as date) as p, x from s.f order by k, x % 2, ts, x",
    "select distinct on (k) k, cast(ts as date) as p, x from s.f order by k, x, ts",
    "select distinct on (k) k, d2 as p, x from s.f order by k, d, x",
    "select distinct on (k) k, d as p, count(*) as n from s.f group by all order by k, d",
    "select distinct on (k) k, d as p, x, sum(x) over (order by d, x) as n from s.f order by k, d, x",
    # columns of a subquery that are made from one
    (
        "with g as (select *, cast(ts as date) as day from s.g), f as (select *, cast(ts as date) as day from s.f)"
        " select f.day as p, f.x, g.x from f join g on g.ts between f.ts - interval 2 day and f.ts"
    ),
    (
        "with f as (select ts, x, try_cast(ts as date) as day from s.f)"
        " select f.day as p, f.x, g.x from f left join s.g on g.ts = f.ts"
    ),
    (
        "with f as (select ts, x, case when x > 5 then cast(ts as date) end as day from s.f)"
        " select cast(f.ts as date) as p, f.x, g.x from f left join s.g on g.d = f.day"
    ),
    (
        "with f as (select ts, x, case when x > 5 then cast(ts as date) end as day from s.f)"
        " select f.day as p, f.x, g.x from f left join s.g on g.ts > f.ts"
    ),
    (
        "with f as (select d, d + 1 as e, count(*) as x from s.f group by rollup (d))"
        " select f.d as p, f.x, g.x from f left join s.g on g.d = f.e"
    ),
    "select f.day as p, f.x, g.x from (select d as day, d2, x from s.f) f join s.g on g.d = f.d2",
    # what an earlier outer join matched
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d left join s.h on h.d = g.d",
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d between f.d and f.d + 3"
        " left join s.h on h.d between g.d and g.d + 3 and h.k = f.k"
    ),
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.k = f.k and f.d = f.d2 left join s.h on h.d = f.d2",
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d and g.d2 = f.d2 left join s.h on h.d = f.d2",
    "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d left join s.h on h.x = g.x and h.d is null",
    "select f.d as p, f.x, g.x, h.x from s.f asof left join s.g on g.ts <= f.d and g.k = f.k left join s.h on h.ts = g.ts",
    "select f.d as p, f.x, g.x, h.x from s.f right join s.g on g.d = f.d left join s.h on h.d = f.d",
    # both ends
    "select f.d as p, f.x, g.x from s.f join s.g on g.d between date_trunc('year', f.d) and f.d",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d between date_trunc('month', f.d) and date_trunc('week', f.d)",
    "select d as p, x, lag(x) over (order by d, x) as n, row_number() over (order by d desc, x) as m from s.f",
    # everything before, or after
    "select d as p, x, sum(x) over (order by d, x) as n from s.f",
    "select d as p, x, sum(x) over (order by d) as n from s.f",
    "select d as p, x, sum(x) over (order by d nulls first) as n from s.f",
    "select d as p, x, sum(x) over (order by d desc, x) as n from s.f",
    "select d as p, x, sum(x) over (order by d desc nulls first, x) as n from s.f",
    "select d as p, x, avg(x) over (partition by k order by d, x rows between 3 preceding and current row) as n from s.f",
    "select d as p, x, avg(x) over (order by d, x rows between 3 preceding and 1 following) as n from s.f",
    "select d as p, x, avg(x) over (order by d, x rows between 3 preceding and 1 preceding) as n from s.f",
    "select d as p, x, avg(x) over (order by d, x rows between 1 following and 3 following) as n from s.f",
    (
        "select d as p, x, avg(x) over (order by d nulls first, x rows between 1 following and 3 following) as n"
        " from s.f"
    ),
    "select d as p, x, sum(x) over (order by d groups between 1 preceding and current row) as n from s.f",
    "select d as p, x, sum(x) over (order by d, x rows unbounded preceding exclude current row) as n from s.f",
    (
        "select d as p, x, sum(x) over (order by d range between unbounded preceding and interval 2 day preceding)"
        " as n from s.f"
    ),
    (
        "select d as p, x, sum(x) over (order by d range between unbounded preceding and interval 2 day following)"
        " as n from s.f"
    ),
    (
        "select d as p, x, sum(x) over (order by d desc range between interval 2 day preceding and current row)"
        " as n from s.f"
    ),
    "select d as p, x, row_number() over (partition by k order by d, x) as n from s.f",
    "select d as p, x, rank() over (order by d) as n, dense_rank() over (order by cast(d as timestamp)) as m from s.f",
    "select d as p, x, ntile(3) over (order by d, x) as n from s.f",
    "select d as p, x, percent_rank() over (order by d, x) as n from s.f",
    "select ts as p, x, lag(x) over (partition by k order by ts, x) as n from s.f",
    "select ts as p, x, lag(x, 2, 0) over (order by ts desc, x) as n from s.f",
    "select ts as p, x, lag(x, -1) over (order by ts, x) as n from s.f",
    "select ts as p, x, lead(x) over (order by ts, x) as n from s.f",
    "select ts as p, x, lead(x) over (order by ts, x) as n from s.f where ts is not null",
    "select ts as p, x, lead(x) over (order by ts, x) as n from s.f where d is not null",
    "select ts as p, x, lead(x) over (order by ts, x) as n from s.f where ts is not null or x > 3",
    "select ts as p, x, sum(x) over (order by ts nulls first) as n from s.f where ts is not null",
    "select ts as p, x, lead(x) over (order by ts nulls first, x) as n from s.f",
    "select ts as p, x, lead(x) over (order by ts desc nulls first, x) as n from s.f",
    "select cast(ts as date) as p, x, first_value(x) over (partition by k order by ts, x) as n from s.f",
    "select cast(ts as date) as p, x, last_value(x ignore nulls) over (order by ts, x) as n from s.f",
    "select cast(ts as date) as p, x from s.f qualify row_number() over (partition by k order by ts, x) = 1",
    "select cast(ts as date) as p, x from s.f qualify row_number() over (partition by k order by ts desc, x) = 1",
    (
        "select d as p, x from s.f qualify sum(x) over (order by d range between interval 2 day preceding and current row)"
        " > 20"
    ),
    "select p, n from (select d as p, sum(x) over (order by d) as n from s.f) qualify lag(n) over (order by p, n) < n",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d <= f.d",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.d < f.d - interval 1 month and g.d2 > f.d",
    "select f.d as p, f.x, g.x from s.f right join s.g on g.d > f.d",
    "select g.d as p, f.x, g.x from s.f left join s.g on g.ts > f.d",
    "select f.d as p, f.x, g.x, h.x from s.f join s.g on g.d <= f.d join s.h on h.d = g.d",
    "select f.d as p, f.x, g.x, h.x from s.f join s.g on g.d <= f.d join s.h on h.d between g.d and f.d",
    "select f.d as p, f.x, g.x from s.f join s.g on cast(g.ts as date) = f.d",
    "select cast(f.ts as date) as p, f.x, g.x from s.f join s.g on g.d = cast(f.ts as date)",
    "select f.ts as p, f.x, g.x from s.f join s.g on g.d = cast(f.ts as date)",
    "select f.ts as p, f.x, g.x from s.f left join s.g on g.ts = date_trunc('day', f.ts) + interval 1 month",
    "select f.tz as p, f.x, g.x from s.f join s.g on g.d = cast(f.tz at time zone 'America/New_York' as date)",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d = f.d - 1",
    "select f.d as p, count(g.x), sum(g.x) from s.f left join s.g on g.d between f.d - interval 2 day and f.d group by 1",
    "select f.d as p, f.x, g.x from s.f join s.g on g.ts >= f.d - interval '2 days' and f.d + 1 > g.ts",
    "select f.ts as p, f.x, g.x from s.f left join s.g on f.ts <= g.ts + interval 3 hour and g.ts < f.ts",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d >= f.d - interval 1 month and g.d <= f.d",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d >= f.d",
    "select f.d as p, f.x, g.x from s.f join s.g on g.d = f.d or g.x = f.x",
    "select f.d as p, f.x, g.x from s.f join s.g on f.d = any (select d from s.h) and g.d = any (select d from s.h)",
    "select a.d as p, a.x, b.x from s.f a join s.f b on a.d = b.d2",
    "select f.d as p, f.x, j.x from s.f left join (s.g join s.h on g.d = h.d) as j(x, k, d) on j.d = f.d",
    "select a.d as p, a.x, b.n from s.f a left join (select d, count(*) as n from s.g group by d) b on a.d = b.d",
    "select a.d as p, a.x, b.n from s.f a join (select k, d, count(*) as n from s.g group by all) b using (d, k)",
    "select f.d as p, n from s.f, lateral (select count(*) as n from s.g where g.d = f.d)",
    "select f.d as p, n from s.f, (select count(*) as n from s.g where g.d = f.d) l",
    "select f.d as p, u from s.f, unnest([1, 2]) as t(u)",
    (
        "select cast(c.day as date) as p, count(f.x) from generate_series(timestamp '2024-03-05', timestamp '2024-03-14',"
        " interval 1 day) c(day) left join s.f on f.d = cast(c.day as date) group by 1"
    ),
    "select f.d as p, f.x, g.x from s.f left join s.g on g.d = f.d and g.d = f.d2",
    (
        "select case when g.x is null then f.d else g.d end as p, f.x, g.x from s.f left join s.g on g.k = f.k"
        " and g.d2 = case when g.x is null then f.d else g.d end"
    ),
    "select f.ts as p, f.x, g.x from s.f join s.g on g.ts between f.ts + interval 1 month and f.ts + interval 5 week",
    "select f.ts as p, f.x, g.x from s.f join s.g on cast(g.ts as date) = cast(f.ts + interval 1 month as date)",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.d = f.d and g.d = f.d2 where g.x > 3",
    "select f.d as p, f.x, g.x from s.f left join s.g on g.d = f.d where coalesce(g.x, 9) > 3",
    "select f.d as p, f.x, g.x, h.x from s.f right join s.g on g.d = f.d join s.h on h.x = f.x",
    "select g.d as p, f.x, g.x, h.x from s.f join s.h on h.d = f.d right join s.g on g.d = f.d",
    # several queries
    "with t as (select d as p, x from s.f where x > 2) select * from t",
    "with t(p, y) as (select d, x from s.f) select p, sum(y) from t group by p",
    "with t as (select d, x from s.f) select a.d as p, a.x, b.x from t a join t b on b.d = a.d - 1",
    "with t as (select d, x from s.f) select a.d as p, a.x, b.x from t a join t b on b.x = a.x",
    (
        "with t as (select d, x from s.f), u as (select d, count(*) as n from t group by d) select t.d as p, n from t"
        " join u using (d)"
    ),
    "with t as (select d, x from s.f) select d as p, x from t where x > (select avg(x) from t)",
    "with t as (select d as p, x from s.f order by x limit 4) select * from t",
    "with t as (select d, x as y from s.f) select d as p, (select count(*) from query_table('t')) as n from t",
    (
        "with recursive r as (select d, x from s.f union all select d + 1, x from r where d < date '2024-03-09')"
        " select d as p, x from r"
    ),
    (
        "with recursive c as (select date '2024-03-05' as d union all select d + 1 from c where d < date '2024-03-14')"
        " select c.d as p, f.x from c left join s.f on f.d = c.d"
    ),
    "select d as p, x from s.f union all select cast(ts as date), x from s.g",
    "select d as p, x from s.f union select d2, x from s.f",
    "select d as p, k from s.f except select d, k from s.g",
    "select d as p, k from s.f intersect all select d2, k from s.g",
    "select d as p, x from s.f union all select date '2024-03-07', x from s.g",
    "select d as p, x from s.f union all by name select x, d2 as p from s.g",
    "(select d as p, x from s.f order by x limit 2) union all select d, x from s.g",
    "select d as p, x from s.f union all select d, x from s.g order by x limit 3",
    "select p, count(*) from (select d as p from s.f union all select ts from s.g) group by p",
    "select * replace (d2 as d) from s.f",
    "select * exclude (d) from (select *, d as p from s.f join s.g using (d, x, k, ts, tz, d2))",
    (
        "select * exclude (d), d as p from s.f join s.g using (k, d) union all select k, 1, null, null, null, 1, null, null,"
        " null, d from s.h"
    ),
]


@dataclass(frozen=True, slots=True)
class Database:
    connection: duckdb.DuckDBPyConnection
    first: datetime


@pytest.fixture(scope="module", params=range(3))
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set threads = 1")
        connection.execute("create schema s")
        dice = random.Random(request.param)
        for table in TABLES:
            columns = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
            connection.execute(f"create table s.{table} ({columns})")
            for row in range(dice.randint(8, 24)):
                connection.execute(
                    f"insert into s.{table} values (?, ?, ?, ?, ?, ?)", _row(dice, row, FIRST_DAYS[request.param])
                )
        yield Database(connection, FIRST_DAYS[request.param])


def _row(dice: random.Random, x: int, first: datetime) -> list[object]:
    def moment() -> datetime | None:
        if dice.random() < 0.1:
            return None
        whole_day = first + timedelta(days=dice.randrange(DAYS) + dice.choice((0, 0, 30)))
        clock = dice.choice(
            (timedelta(), timedelta(hours=dice.randrange(24)), timedelta(seconds=dice.randrange(86400)))
        )
        return whole_day + clock

    def day() -> object:
        found = moment()
        return found and found.date()

    instant = moment()
    zoned = None if instant is None else f"{instant.isoformat()}+00:00"
    return [x, dice.choice(("a", "b", None)), day(), moment(), zoned, day()]


def _parsed(sql: str) -> exp.Query:
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    for number, table in enumerate(query.find_all(exp.Table)):
        if table.db == "s":
            table.meta["scan"] = number
    return query


def _filtered(query: exp.Query, results: dict[int, ScanResult], span: TimeSpan) -> exp.Query:
    def rewrite(node: exp.Expr) -> exp.Expr:
        result = results.get(node.meta.get("scan", -1)) if isinstance(node, exp.Table) else None
        if not isinstance(result, tuple):
            return node
        alias = node.alias_or_name
        bare = node.copy()
        bare.set("alias", None)
        conditions = " and ".join(_inside(pruned, span) for pruned in result)
        return parse_one(f"(select * from {bare.sql('duckdb')} where {conditions}) as {alias}", dialect="duckdb")

    return query.copy().transform(rewrite)


def _inside(pruned: Pruned, span: TimeSpan) -> str:
    read = pruned.window.apply(span)
    kind = "timestamptz" if pruned.column_type.endswith("TIME ZONE") else "timestamp"
    bounds = [f"{pruned.column} {sign} {kind} '{end}'" for sign, end in ((">=", read.start), ("<", read.end)) if end]
    return " and ".join(bounds) or "true"


def _partition(connection: duckdb.DuckDBPyConnection, sql: str, column: str, span: TimeSpan) -> list[object]:
    inside = f"\"{column}\" >= timestamp '{span.start}' and \"{column}\" < timestamp '{span.end}'"
    return connection.execute(
        f"select * from (select cast(columns(*) as varchar) from ({sql}) where {inside}) order by all"
    ).fetchall()


def _check(database: Database, sql: str, granularity: Granularity, batches: list[TimeSpan]) -> None:
    query = _parsed(sql)
    outputs = {name for name, *_ in database.connection.execute(f"describe {query.sql('duckdb')}").fetchall()}
    column = "p" if "p" in outputs else "d"
    results = prune(query, SCHEMA, "duckdb", column)
    assert results.keys() == {table.meta["scan"] for table in query.find_all(exp.Table) if table.db == "s"}
    for span in batches:
        filtered = _filtered(query, results, span).sql("duckdb")
        full = _partition(database.connection, query.sql("duckdb"), column, span)
        assert _partition(database.connection, filtered, column, span) == full, (span, filtered)


def _batches(first: datetime, granularity: Granularity, dice: random.Random, count: int) -> list[TimeSpan]:
    hours = [dice.randrange(DAYS * 24) + dice.choice((0, 0, 720)) for _ in range(count)]
    starts = [granularity.ordinal(first + timedelta(hours=hour)) for hour in hours]
    return [
        TimeSpan(granularity.start(start), granularity.start(start + dice.choice((1, 1, 1, 2)))) for start in starts
    ]


UNITS = (Granularity.HOUR, Granularity.DAY, Granularity.WEEK)
DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))


@pytest.mark.parametrize("sql", TEMPLATES)
def test_filtered_scans_give_the_same_partition(database: Database, sql: str) -> None:
    """Each query over each database, by another unit in each; by all units where tests go deep."""
    turn = TEMPLATES.index(sql) + FIRST_DAYS.index(database.first)
    for granularity in UNITS if DEEP else (UNITS[turn % len(UNITS)],):
        _check(database, sql, granularity, _batches(database.first, granularity, random.Random(f"{sql}{turn}"), 3))


class _Draw:
    """Queries put together at random: every one has the columns `p` (a time), `x` (an integer) and `k` (a text)."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._names = 0

    def query(self, depth: int) -> str:
        if depth == 0:
            return self._input()
        shape = self._dice.choice(
            (self._select, self._select, self._group, self._window, self._join, self._join, self._union, self._with)
        )
        return shape(depth - 1)

    def _input(self) -> str:
        moments = (
            "d",
            "d2",
            "cast(ts as date)",
            "ts",
            "tz",
            "cast(tz at time zone 'America/New_York' as date)",
            "coalesce(d, d2)",
        )
        return f"select {self._dice.choice(moments)} as p, x, k from s.{self._dice.choice(TABLES)}"

    def _moment(self, column: str) -> str:
        forms = (
            "{}",
            "{}",
            "{}",
            "cast({} as date)",
            "date_trunc('day', {})",
            "{} + interval 1 day",
            "{} - interval 7 hour",
            "cast({} as date) + 1",
        )
        return self._dice.choice(forms).format(column)

    def _from(self, depth: int) -> tuple[str, str]:
        self._names += 1
        name = f"q{self._names}"
        return f"({self.query(depth)}) as {name}", name

    def _select(self, depth: int) -> str:
        source, name = self._from(depth)
        distinct = self._dice.choice(("", "", "distinct ", f"distinct on ({name}.p, x) ", "distinct on (x, k) "))
        where = self._dice.choice(
            (
                "",
                " where x > 3",
                " where k is null",
                " where p is not null",
                f" where x in (select x from s.g where d = cast({name}.p as date))",
            )
        )
        order = (
            " order by all" if "on" in distinct else self._dice.choice(("", " order by all", " order by all limit 5"))
        )
        return f"select {distinct}{self._moment(f'{name}.p')} as p, x, k from {source}{where}{order}"

    def _group(self, depth: int) -> str:
        source, name = self._from(depth)
        moment = self._moment(f"{name}.p")
        by = self._dice.choice(("1, 3", "p, k", f"{moment}, k", "all", f"{name}.p, k"))
        if by == "p, k":
            moment = "p"
        return f"select {moment} as p, cast(sum(x) as integer) as x, k from {source} group by {by}"

    def _window(self, depth: int) -> str:
        source, _ = self._from(depth)
        over = self._dice.choice(
            (
                "partition by p",
                "partition by p, k",
                "partition by k",
                "order by p range between interval 2 day preceding and current row",
                "partition by k order by p range between interval 1 day preceding and interval 5 hour following",
                "order by p range between interval 1 month preceding and current row",
                "order by cast(p as date) range between interval 1 day preceding and current row",
            )
        )
        moment = self._dice.choice(("p", "cast(p as date)"))
        qualify = self._dice.choice(("", "", " qualify count(*) over (partition by p) < 3"))
        return f"select {moment} as p, cast(sum(x) over ({over}) as integer) as x, k from {source}{qualify}"

    def _join(self, depth: int) -> str:
        (left, a), (right, b) = self._from(depth), self._from(self._dice.randint(0, depth))
        how = self._dice.choice(
            ("join", "left join", "right join", "full join", "left join", "join", "semi join", "anti join")
        )
        on = self._dice.choice(
            (
                f"{a}.p = {b}.p",
                f"cast({a}.p as date) = {b}.p",
                f"{b}.p = {a}.p - interval 1 day and {a}.k = {b}.k",
                f"{a}.k = {b}.k",
                f"{b}.p between {a}.p - interval 2 day and {a}.p",
                f"{b}.p > {a}.p - interval 30 hour and {a}.p >= {b}.p",
            )
        )
        half = how in ("semi join", "anti join")
        owner = a if half else self._dice.choice((a, a, b))
        shown = (a, a) if half else (b, a)
        where = (
            ""
            if half
            else self._dice.choice(("", "", f" where {a}.x <> {b}.x", f" where {b}.p = {a}.p", f" where {b}.p is null"))
        )
        if how != "full join" and self._dice.random() < 0.25:
            return f"select p, {shown[0]}.x, {shown[1]}.k from {left} {how} {right} using (p){where}"
        return f"select {self._moment(f'{owner}.p')} as p, {shown[0]}.x, {shown[1]}.k from {left} {how} {right} on {on}{where}"

    def _union(self, depth: int) -> str:
        how = self._dice.choice(("union all", "union all", "union", "except", "intersect"))
        left, right = self._from(depth)[0], self._from(self._dice.randint(0, depth))[0]
        return f"select p, x, k from {left} {how} select p, x, k from {right}"

    def _with(self, depth: int) -> str:
        inner = self.query(depth)
        self._names += 1
        name = f"w{self._names}"
        on = self._dice.choice(
            ("a.p = b.p", "a.p = b.p + interval 1 day", "a.k = b.k", "b.p between a.p - interval 1 day and a.p")
        )
        how = self._dice.choice(("join", "left join"))
        return f"with {name} as ({inner}) select a.p, b.x, a.k from {name} a {how} {name} b on {on}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.sampled_from([Granularity.HOUR, Granularity.DAY, Granularity.WEEK]))
def test_generated_queries(database: Database, seed: int, granularity: Granularity) -> None:
    dice = random.Random(seed)
    sql = _Draw(dice).query(dice.randint(1, 3))
    _check(database, sql, granularity, _batches(database.first, granularity, dice, 2))

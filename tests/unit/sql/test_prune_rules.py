"""What is read of each scan, rule by rule. That it is enough is tested by execution, with these and other queries."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.partition.granularity import Granularity
from swathe.partition.relative import relative_window
from swathe.sql.prune import ScanResult, Unpruned, prune

COLUMNS = [
    Column("x", "INTEGER"),
    Column("k", "VARCHAR"),
    Column("d", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("tz", "TIMESTAMP WITH TIME ZONE"),
    Column("d2", "DATE"),
]
SCHEMA = {("s", table): COLUMNS for table in "fgh"}
SAMPLE_DAY = 16000

Shown = dict[str, tuple[int | None, int | None]] | str
"""Days around the partition, both inclusive, None without a bound; or why all is read."""

RULES: list[tuple[str, list[Shown]]] = [
    (
        "select f.d as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts",
        [{"d": (0, 0)}, "no condition ties `g` to `p`"],
    ),
    ("select f.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts", [{"ts": (0, 0)}, {"ts": (None, 0)}]),
    (
        "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.k = g.k and g.ts < f.ts",
        [{"ts": (0, 0)}, {"ts": (None, 0)}],
    ),
    (
        "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.k = g.k and g.ts > f.ts",
        [{"ts": (0, 0)}, {"ts": (0, None)}],
    ),
    (
        "select ts as p, f.x, g.d from s.f asof join (select max(d) as d, k, ts from s.g group by all) g using (k, ts)",
        ["this kind of JOIN is not followed", "this kind of JOIN is not followed"],
    ),
    (
        "select f.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts where g.d = f.d",
        [{"ts": (0, 0)}, {"ts": (None, 0)}],
    ),
    (
        "select f.ts as p, f.x, g.ts from s.f asof left join s.g on f.ts >= g.ts where g.d = f.d",
        [{"ts": (0, 0)}, {"ts": (None, 0)}],
    ),
    (
        "select g.ts as p, f.x, g.ts from s.f asof join s.g on f.ts >= g.ts",
        ["no condition ties `f` to `p`", "no condition ties `g` to `p`"],
    ),
    (
        "select f.ts as p, f.x, g.ts, h.x from s.f asof join s.g on f.ts >= g.ts join s.h on h.ts = g.ts",
        [{"ts": (0, 0)}, {"ts": (None, 0)}, "no condition ties `h` to `p`"],
    ),
    ("select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d and f.k = g.k",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select coalesce(g.d, f.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d and f.k = g.k",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d + 1",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select coalesce(f.d, g.d2) as p, f.x, g.x from s.f full join s.g on f.d = g.d",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.k = g.k",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select coalesce(f.d, cast(g.ts as date)) as p, f.x, g.x from s.f full join s.g on f.d = cast(g.ts as date)",
        [{"d": (0, 0)}, {"ts": (0, 0)}],
    ),
    ("select coalesce(f.d, g.ts) as p, f.x, g.x from s.f full join s.g on f.d = g.ts", [{"d": (0, 0)}, {"ts": (0, 0)}]),
    (
        "select coalesce(f.d, g.d) as p, count(f.x), sum(g.x) from s.f full join s.g using (d) group by 1",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select d as p, f.x, g.x from s.f full join s.g using (d, k)", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select d as p, f.x, g.x, h.x from s.f full join s.g using (d) full join s.h using (d)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select d as p, k, count(f.x), sum(g.x), max(h.x) from s.f full join s.g using (d, k) full join s.h using (k, d) group by all",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select d as p, f.x, g.x, h.x from s.f left join s.g using (d) full join s.h using (d)",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select d as p, f.x, g.x, h.x from s.f right join s.g using (d) full join s.h using (d)",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select d as p, f.x, g.x, h.x from s.f full join s.g using (d, k) full join s.h using (d)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x from s.f full join s.g on f.k = g.k full join s.h on f.d = h.d",
        [{"d": (0, 0)}, "no condition ties `g` to `p`", {"d": (0, 0)}],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f left join s.g on f.d = g.d and f.k = g.k",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select coalesce(g.d, f.d) as p, f.x, g.x from s.f right join s.g on f.d = g.d", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f left join s.g on f.k = g.k",
        [
            "`p` is made with COALESCE, which is not traced to one column",
            "`p` is made with COALESCE, which is not traced to one column",
        ],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d right join s.h on h.x = g.x",
        [{"d": (0, 0)}, {"d": (0, 0)}, "no condition ties `h` to `p`"],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f left join s.g on f.d = g.d full join s.h on h.x = g.x",
        [{"d": (0, 0)}, {"d": (0, 0)}, "no condition ties `h` to `p`"],
    ),
    (
        "select d as p, f.x, g.x, h.x from s.f full join s.g using (d) left join s.h using (d)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select coalesce(f.d, g.d, h.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d full join s.h on coalesce(f.d, g.d) = h.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select coalesce(f.d, g.d, h.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d full join s.h on f.d = h.d",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
        ],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d left join s.h on h.d = f.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, "`p` is made with COALESCE, which is not traced to one column"],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x, h.x from s.f full join s.g on f.d = g.d join s.h on h.d = coalesce(f.d, g.d)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select f.d as p, f.x, g.x from s.f full join s.g on f.d = g.d", [{"d": (0, 0)}, {"d": (0, 0)}]),
    ("select g.d as p, f.x, g.x from s.f full join s.g on f.d = g.d", [{"d": (0, 0)}, {"d": (0, 0)}]),
    ("select g.d as p, f.x, g.x from s.f full join s.g on f.d = g.d where f.x > 3", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select f.d as p, f.x, g.x, h.x from s.f join s.h using (d) full join s.g on f.d = g.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select g.d as p, f.x, g.x, h.x from s.f left join s.h using (d) full join s.g on f.d = g.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select coalesce(f.d, g.d) as p, f.x, g.x from s.f full join s.g on f.d = g.d where f.x > 3",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where exists (select 1 from s.g where g.d = f.d and g.k = f.k)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.x > 9 or not exists (select 1 from s.g where f.d = g.d)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select f.d as p, f.x from s.f where f.d in (select d from s.g)", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select f.d as p, f.x from s.f where f.ts in (select g.d from s.g) or f.d in (select d2 from s.g)",
        [{"d": (0, 0)}, "read by a subquery in WHERE", {"d2": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d not in (select d from s.g)",
        [{"d": (0, 0)}, "read by a subquery in WHERE"],
    ),
    (
        "select f.d as p, f.x from s.f where not (f.d in (select d from s.g))",
        [{"d": (0, 0)}, "read by a subquery in WHERE"],
    ),
    (
        "select f.d as p, f.x from s.f where (f.d in (select d from s.g)) is null",
        [{"d": (0, 0)}, "read by a subquery in WHERE"],
    ),
    (
        "select f.d as p, f.x, f.d in (select d from s.g) as seen from s.f",
        ["read by a subquery in the select list", {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d not in (select d from s.g where g.d = f.d and g.x = f.x)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select f.d as p, f.x from s.f where (f.d, f.k) in (select d, k from s.g)", [{"d": (0, 0)}, {"d": (0, 0)}]),
    (
        "select f.d as p, f.x from s.f where (f.k, f.d) in (select k, d2 + 1 from s.g where x > 2)",
        [{"d": (0, 0)}, {"d2": (-1, -1)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d = any (select d from s.g union all select d2 from s.h)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d2": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d in (select d from s.g except select d from s.h)",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d in (select d from s.g order by x limit 2)",
        [{"d": (0, 0)}, "read by a subquery in WHERE"],
    ),
    (
        "select f.d as p, f.x from s.f where f.d in (select max(d) from s.g group by k)",
        [{"d": (0, 0)}, {"d": (0, None)}],
    ),
    (
        "select f.d as p, f.x from s.f where f.d in (with t as (select d, x from s.g) select t.d from t join t u using (d))",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "with t as (select d, x from s.g) select f.d as p, f.x from s.f where f.d in (select d from t) and f.x < 12",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "with t as (select d, x from s.g) select f.d as p, (select sum(x) from t) as n from s.f where f.d in (select d from t)",
        ["read by a subquery in the select list", {"d": (0, 0)}],
    ),
    (
        "select f.d as p, (select sum(g.x) from s.g where g.d between f.d - 3 and f.d) as n from s.f",
        [{"d": (-3, 0)}, {"d": (0, 0)}],
    ),
    ("select f.d as p, (select sum(g.x) from s.g where g.d <= f.d) as n from s.f", [{"d": (None, 0)}, {"d": (0, 0)}]),
    (
        "select f.d as p, (select sum(x) from s.g f where f.d is not null) as n from s.f",
        ["read by a subquery in the select list", {"d": (0, 0)}],
    ),
    (
        "select f.d as p, (select sum(h.x) from s.g f join s.h on h.d = f.d) as n from s.f",
        ["read by a subquery in the select list", "read by a subquery in the select list", {"d": (0, 0)}],
    ),
    (
        "select f.d as p, (select max(g.x) from s.g left join s.h on h.d = f.d and h.x = g.x where g.d = f.d) as n from s.f",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, (select count(*) from s.g where g.d = f.d and exists (select 1 from s.h where h.d = f.d and h.k = g.k)) as n from s.f",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, (select count(*) from s.g full join s.h on g.d = h.d where g.d = f.d or h.d = f.d) as n from s.f",
        [
            "FULL JOIN keeps the rows of both sides that match nothing",
            "FULL JOIN keeps the rows of both sides that match nothing",
            {"d": (0, 0)},
        ],
    ),
    (
        "select d as p, count(*) from s.f group by d having count(*) > (select count(*) from s.g where g.d = f.d)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select d as p, x from s.f qualify row_number() over (partition by d order by x) <= (select count(*) from s.g where g.d = f.d)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select d as p, sum((select max(x) from s.g where g.d = f.d)) over (order by d, x rows 1 preceding) as n from s.f",
        [{"d": (None, 0)}, {"d": (None, 0)}],
    ),
    (
        "select f.d as p, f.x, l.n from s.f, lateral (select max(x) as n from s.g where g.d = f.d) l",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x, l.n from s.f left join lateral (select x as n from s.g where g.d = f.d) l on l.n > f.x",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x, l.n from s.f, (select max(x) as n from s.g where g.d < f.d) l",
        [{"d": (0, 0)}, {"d": (None, 0)}],
    ),
    (
        "select f.d as p, f.x, l.n from s.f, lateral (select g.x as n from s.g where g.d = f.d union all select 1) l",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select h.d as p, f.x, l.n from s.f, lateral (select x as n from s.g where g.d = f.d) l join s.h on h.x = l.n",
        ["no condition ties `f` to `p`", "LATERAL reads it once for each row of the sources before it", {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x from s.f semi join s.g on g.d between f.d - 2 and f.d and g.k = f.k",
        [{"d": (0, 0)}, {"d": (-2, 0)}],
    ),
    ("select f.d as p, f.x from s.f anti join s.g on g.d <= f.d and g.k = f.k", [{"d": (0, 0)}, {"d": (None, 0)}]),
    (
        "select case when extract(hour from ts) < 6 then cast(ts as date) - 1 else cast(ts as date) end as p, x from s.f",
        [{"ts": (0, 1)}],
    ),
    ("select case when x > 3 then ts end as p, x from s.f", [{"ts": (0, 0)}]),
    ("select if(x > 3, ts, ts + interval 1 month) as p, x from s.f", [{"ts": (-31, 0)}]),
    ("select coalesce(cast(ts as date), null) as p, x from s.f", [{"ts": (0, 0)}]),
    ("select coalesce(ts, d) as p, x from s.f", ["`p` is made with COALESCE, which is not traced to one column"]),
    ("select greatest(d, d + 2, null) as p, count(*) from s.f group by 1", [{"d": (-2, 0)}]),
    ("select least(cast(ts as date), cast(ts - interval 1 month as date)) as p, x from s.f", [{"ts": (0, 31)}]),
    ("select nullif(d, date '2024-03-07') as p, x from s.f", [{"d": (0, 0)}]),
    (
        "select f.ts as p, g.x from s.f join s.g on g.d = case when extract(hour from f.ts) < 6 then cast(f.ts as date) - 1 else cast(f.ts as date) end",
        [{"ts": (0, 0)}, {"d": (-1, 0)}],
    ),
    ("select d as p, k, count(*) from s.f group by grouping sets ((d, k), (d))", [{"d": (0, 0)}]),
    ("select d as p, k, count(*) from s.f group by d, rollup (k)", [{"d": (0, 0)}]),
    ("select d as p, k, count(*) from s.f group by grouping sets (d, (k, d), ())", [{"d": (0, 0)}]),
    (
        "select d as p, k, count(*) from s.f group by grouping sets ((d), (d, k)), grouping sets ((k), ())",
        [{"d": (0, 0)}],
    ),
    ("select d as p, k, count(*) from s.f group by rollup (d, k)", [{"d": (0, 0)}]),
    ("select d as p, k, count(*) from s.f group by cube (k, d) having count(*) > 1", [{"d": (0, 0)}]),
    (
        "select coalesce(d, date '2024-03-07') as p, k, count(*) from s.f group by rollup (d, k)",
        ["ROLLUP, CUBE and GROUPING SETS also group over all values of `p`"],
    ),
    (
        "select d as p, grouping(d) as g, count(*), (select count(*) from s.g where g.d = f.d) as n from s.f group by rollup (d)",
        [{"d": (0, 0)}, {"d": (0, 0)}],
    ),
    ("select d as p, sum(count(*)) over (order by d) as n from s.f group by rollup (d)", [{"d": (None, 0)}]),
    (
        "select d as p, sum(count(*)) over (order by d nulls first) as n from s.f where d is not null group by rollup (d)",
        ["the window of SUM sees rows whose `d` is NULL, too"],
    ),
    (
        "select d as p, sum(count(*)) over (order by d desc nulls first) as n from s.f where d is not null group by cube (d)",
        ["the window of SUM sees rows whose `d` is NULL, too"],
    ),
    (
        "select d as p, k, row_number() over (partition by d order by k) as n from s.f group by rollup (d, k)",
        [{"d": (0, 0)}],
    ),
    (
        "select p, sum(n) from (select d as p, k, count(*) as n from s.f group by cube (d, k)) group by rollup (p)",
        [{"d": (0, 0)}],
    ),
    ("select k, min(d) as p from (select * from s.f where x % 2 = 0) f group by k", [{"d": (None, 0)}]),
    (
        "select x % 4, min(d) as p, arg_min(k, d) as n from (select max(k) as k, x, d from s.f group by all) f group by 1",
        ["GROUP BY does not contain `p`"],
    ),
    ("select k, cast(min(ts) as date) as p from s.f group by k", [{"ts": (None, 0)}]),
    (
        "select k, cast(date_trunc('month', min(ts)) as date) as p, k || 'x' as l from s.f group by 1",
        ["GROUP BY does not contain `p`"],
    ),
    (
        "select k, cast(max(ts) as date) as p, max(ts) as l from s.f group by k having max(ts) > timestamp '2024-01-30'",
        [{"ts": (0, None)}],
    ),
    ("select k, min(d) as p, max(d) as l from s.f group by k", ["GROUP BY does not contain `p`"]),
    ("select k, min(d) as p, count(*) as n from s.f group by k", ["GROUP BY does not contain `p`"]),
    ("select k, min(d) as p from s.f group by k having count(*) > 2", ["GROUP BY does not contain `p`"]),
    ("select k, min(d) as p, list(x order by x) as n from s.f group by all", ["GROUP BY does not contain `p`"]),
    (
        "select k, min(d) as p, row_number() over (order by k) as n from s.f group by k",
        ["the window of ROW_NUMBER is not partitioned by `p`"],
    ),
    (
        "select k, min(d) as p from s.f group by k qualify row_number() over (order by k) = 1",
        ["the window of ROW_NUMBER is not partitioned by `p`"],
    ),
    (
        "select k, min(d) as p from s.f group by rollup (k)",
        ["ROLLUP, CUBE and GROUPING SETS also group over all values of `p`"],
    ),
    ("select min(ts) as p from s.f", [{"ts": (None, 0)}]),
    ("select min(d) filter (x > 3) as p from s.f", ["MIN without GROUP BY reads all rows"]),
    (
        "select cast(c.p as date) as p, count(*) as n from (select k, min(ts) as p from s.f group by k) c group by 1",
        [{"ts": (None, 0)}],
    ),
    (
        "with c as (select k, min(d) as p from s.f group by k) select c.p, f.d, count(*) as n from c join s.f using (k) group by all",
        [{"d": (None, 0)}, "no condition ties `f` to `p`"],
    ),
    ("select least(min(d), min(d2)) as p, k from s.f group by k", ["GROUP BY does not contain `p`"]),
    (
        "select case when min(d) > date '2024-03-07' then min(d) else max(d) end as p, k from s.f group by k",
        ["GROUP BY does not contain `p`"],
    ),
    ("select distinct on (k) k, d as p, x from s.f order by k, d, x", [{"d": (None, 0)}]),
    ("select distinct on (k) k, d as p, x from s.f order by d, x", [{"d": (None, 0)}]),
    ("select distinct on (k) k, d as p, x from s.f order by k, d nulls first, x", ["DISTINCT ON does not contain `p`"]),
    ("select distinct on (k) k, d as p, x from s.f order by k, d desc, x", [{"d": (0, None)}]),
    (
        "select distinct on (k, x % 2) k, cast(ts as date) as p, x from s.f order by k, x % 2, ts, x",
        [{"ts": (None, 0)}],
    ),
    (
        "select distinct on (k) k, cast(ts as date) as p, x from s.f order by k, x, ts",
        ["DISTINCT ON does not contain `p`"],
    ),
    ("select distinct on (k) k, d2 as p, x from s.f order by k, d, x", ["DISTINCT ON does not contain `p`"]),
    (
        "select distinct on (k) k, d as p, count(*) as n from s.f group by all order by k, d",
        ["DISTINCT ON does not contain `p`"],
    ),
    (
        "select distinct on (k) k, d as p, x, sum(x) over (order by d, x) as n from s.f order by k, d, x",
        [{"d": (None, 0)}],
    ),
    (
        "with g as (select *, cast(ts as date) as day from s.g), f as (select *, cast(ts as date) as day from s.f) select f.day as p, f.x, g.x from f join g on g.ts between f.ts - interval 2 day and f.ts",
        [{"ts": (-2, 0)}, {"ts": (0, 0)}],
    ),
    (
        "with f as (select ts, x, try_cast(ts as date) as day from s.f) select f.day as p, f.x, g.x from f left join s.g on g.ts = f.ts",
        [{"ts": (0, 0)}, {"ts": (0, 0)}],
    ),
    (
        "with f as (select ts, x, case when x > 5 then cast(ts as date) end as day from s.f) select cast(f.ts as date) as p, f.x, g.x from f left join s.g on g.d = f.day",
        [{"ts": (0, 0)}, "no condition ties `g` to `p`"],
    ),
    (
        "with f as (select ts, x, case when x > 5 then cast(ts as date) end as day from s.f) select f.day as p, f.x, g.x from f left join s.g on g.ts > f.ts",
        [{"ts": (0, 0)}, {"ts": (0, None)}],
    ),
    (
        "with f as (select d, d + 1 as e, count(*) as x from s.f group by rollup (d)) select f.d as p, f.x, g.x from f left join s.g on g.d = f.e",
        [{"d": (0, 0)}, "no condition ties `g` to `p`"],
    ),
    (
        "select f.day as p, f.x, g.x from (select d as day, d2, x from s.f) f join s.g on g.d = f.d2",
        [{"d": (0, 0)}, "no condition ties `g` to `p`"],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d left join s.h on h.d = g.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d between f.d and f.d + 3 left join s.h on h.d between g.d and g.d + 3 and h.k = f.k",
        [{"d": (0, 0)}, {"d": (0, 3)}, {"d": (0, 6)}],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.k = f.k and f.d = f.d2 left join s.h on h.d = f.d2",
        [{"d": (0, 0)}, "no condition ties `g` to `p`", "no condition ties `h` to `p`"],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d and g.d2 = f.d2 left join s.h on h.d = f.d2",
        [{"d": (0, 0)}, {"d": (0, 0)}, "no condition ties `h` to `p`"],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f left join s.g on g.d = f.d left join s.h on h.x = g.x and h.d is null",
        [{"d": (0, 0)}, {"d": (0, 0)}, "no condition ties `h` to `p`"],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f asof left join s.g on g.ts <= f.d and g.k = f.k left join s.h on h.ts = g.ts",
        [{"d": (0, 0)}, {"ts": (None, 0)}, {"ts": (None, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f right join s.g on g.d = f.d left join s.h on h.d = f.d",
        [{"d": (0, 0)}, {"d": (0, 0)}, {"d": (0, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x from s.f join s.g on g.d between date_trunc('year', f.d) and f.d",
        [{"d": (0, 0)}, {"d": (-364, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x from s.f join s.g on g.d between date_trunc('month', f.d) and date_trunc('week', f.d)",
        [{"d": (0, 0)}, {"d": (-30, 0)}],
    ),
    (
        "select d as p, x, lag(x) over (order by d, x) as n, row_number() over (order by d desc, x) as m from s.f",
        ["what comes before and what comes after matters"],
    ),
    ("select d as p, x, sum(x) over (order by d, x) as n from s.f", [{"d": (None, 0)}]),
    ("select d as p, x, sum(x) over (order by d) as n from s.f", [{"d": (None, 0)}]),
    (
        "select d as p, x, sum(x) over (order by d nulls first) as n from s.f",
        ["the window of SUM sees rows whose `d` is NULL, too"],
    ),
    ("select d as p, x, sum(x) over (order by d desc, x) as n from s.f", [{"d": (0, None)}]),
    (
        "select d as p, x, sum(x) over (order by d desc nulls first, x) as n from s.f",
        ["the window of SUM sees rows whose `d` is NULL, too"],
    ),
    (
        "select d as p, x, avg(x) over (partition by k order by d, x rows between 3 preceding and current row) as n from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d as p, x, avg(x) over (order by d, x rows between 3 preceding and 1 following) as n from s.f",
        ["the window of AVG is not partitioned by `p`"],
    ),
    (
        "select d as p, x, avg(x) over (order by d, x rows between 3 preceding and 1 preceding) as n from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d as p, x, avg(x) over (order by d, x rows between 1 following and 3 following) as n from s.f",
        ["the window of AVG sees rows whose `d` is NULL, too"],
    ),
    (
        "select d as p, x, avg(x) over (order by d nulls first, x rows between 1 following and 3 following) as n from s.f",
        [{"d": (0, None)}],
    ),
    (
        "select d as p, x, sum(x) over (order by d groups between 1 preceding and current row) as n from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d as p, x, sum(x) over (order by d, x rows unbounded preceding exclude current row) as n from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d as p, x, sum(x) over (order by d range between unbounded preceding and interval 2 day preceding) as n from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d as p, x, sum(x) over (order by d range between unbounded preceding and interval 2 day following) as n from s.f",
        [{"d": (None, 2)}],
    ),
    (
        "select d as p, x, sum(x) over (order by d desc range between interval 2 day preceding and current row) as n from s.f",
        [{"d": (0, 2)}],
    ),
    ("select d as p, x, row_number() over (partition by k order by d, x) as n from s.f", [{"d": (None, 0)}]),
    (
        "select d as p, x, rank() over (order by d) as n, dense_rank() over (order by cast(d as timestamp)) as m from s.f",
        ["the window of DENSE_RANK is not partitioned by `p`"],
    ),
    (
        "select d as p, x, ntile(3) over (order by d, x) as n from s.f",
        ["the window of NTILE is not partitioned by `p`"],
    ),
    (
        "select d as p, x, percent_rank() over (order by d, x) as n from s.f",
        ["the window of PERCENT_RANK is not partitioned by `p`"],
    ),
    ("select ts as p, x, lag(x) over (partition by k order by ts, x) as n from s.f", [{"ts": (None, 0)}]),
    ("select ts as p, x, lag(x, 2, 0) over (order by ts desc, x) as n from s.f", [{"ts": (0, None)}]),
    (
        "select ts as p, x, lag(x, -1) over (order by ts, x) as n from s.f",
        ["the window of LAG is not partitioned by `p`"],
    ),
    (
        "select ts as p, x, lead(x) over (order by ts, x) as n from s.f",
        ["the window of LEAD sees rows whose `ts` is NULL, too"],
    ),
    ("select ts as p, x, lead(x) over (order by ts, x) as n from s.f where ts is not null", [{"ts": (0, None)}]),
    (
        "select ts as p, x, lead(x) over (order by ts, x) as n from s.f where d is not null",
        ["the window of LEAD sees rows whose `ts` is NULL, too"],
    ),
    (
        "select ts as p, x, lead(x) over (order by ts, x) as n from s.f where ts is not null or x > 3",
        ["the window of LEAD sees rows whose `ts` is NULL, too"],
    ),
    (
        "select ts as p, x, sum(x) over (order by ts nulls first) as n from s.f where ts is not null",
        [{"ts": (None, 0)}],
    ),
    ("select ts as p, x, lead(x) over (order by ts nulls first, x) as n from s.f", [{"ts": (0, None)}]),
    ("select ts as p, x, lead(x) over (order by ts desc nulls first, x) as n from s.f", [{"ts": (None, 0)}]),
    (
        "select cast(ts as date) as p, x, first_value(x) over (partition by k order by ts, x) as n from s.f",
        [{"ts": (None, 0)}],
    ),
    (
        "select cast(ts as date) as p, x, last_value(x ignore nulls) over (order by ts, x) as n from s.f",
        [{"ts": (None, 0)}],
    ),
    (
        "select cast(ts as date) as p, x from s.f qualify row_number() over (partition by k order by ts, x) = 1",
        [{"ts": (None, 0)}],
    ),
    (
        "select cast(ts as date) as p, x from s.f qualify row_number() over (partition by k order by ts desc, x) = 1",
        [{"ts": (0, None)}],
    ),
    (
        "select d as p, x from s.f qualify sum(x) over (order by d range between interval 2 day preceding and current row) > 20",
        [{"d": (-2, 0)}],
    ),
    (
        "select p, n from (select d as p, sum(x) over (order by d) as n from s.f) qualify lag(n) over (order by p, n) < n",
        [{"d": (None, 0)}],
    ),
    ("select f.d as p, f.x, g.x from s.f join s.g on g.d <= f.d", [{"d": (0, 0)}, {"d": (None, 0)}]),
    (
        "select f.d as p, f.x, g.x from s.f left join s.g on g.d < f.d - interval 1 month and g.d2 > f.d",
        [{"d": (0, 0)}, {"d2": (0, None), "d": (None, -28)}],
    ),
    ("select f.d as p, f.x, g.x from s.f right join s.g on g.d > f.d", [{"d": (0, 0)}, {"d": (0, None)}]),
    ("select g.d as p, f.x, g.x from s.f left join s.g on g.ts > f.d", ["no condition ties `f` to `p`", {"d": (0, 0)}]),
    (
        "select f.d as p, f.x, g.x, h.x from s.f join s.g on g.d <= f.d join s.h on h.d = g.d",
        [{"d": (0, 0)}, {"d": (None, 0)}, {"d": (None, 0)}],
    ),
    (
        "select f.d as p, f.x, g.x, h.x from s.f join s.g on g.d <= f.d join s.h on h.d between g.d and f.d",
        [{"d": (0, 0)}, {"d": (None, 0)}, {"d": (None, 0)}],
    ),
]


def shown(result: ScanResult) -> Shown:
    if isinstance(result, Unpruned):
        return result.reason
    return {part.column: relative_window(part.window, Granularity.DAY, SAMPLE_DAY) for part in result}


@pytest.mark.parametrize(("sql", "expected"), RULES)
def test_what_is_read_of_each_scan(sql: str, expected: list[Shown]) -> None:
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    tables = sorted((t for t in query.find_all(exp.Table) if t.db), key=lambda t: int(t.this.meta["start"]))
    for number, table in enumerate(tables):
        table.meta["scan"] = number
    results = prune(query, SCHEMA, "duckdb", "p")
    assert [shown(results[number]) for number in range(len(tables))] == expected

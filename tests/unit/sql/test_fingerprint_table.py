"""Which edits of a model rebuild it, and which do not, one row for each kind.

Every pair is run on DuckDB over the same rows: what does not rebuild must give the same table, and what does rebuild
gives another one here. So no row of this table can be wrong about what the queries mean.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from swathe.model.definition import Column
from swathe.sql.canonical import canonical_sql
from swathe.sql.fingerprint import fingerprint
from swathe.sql.render import MacroLibrary, RenderContext, TemplateFile, render_model

FLIGHTS = {
    "flight_date": "DATE",
    "carrier": "VARCHAR",
    "origin": "VARCHAR",
    "dep_delay": "INTEGER",
    "arr_delay": "INTEGER",
    "distance": "BIGINT",
    "seen_at": "TIMESTAMP",
}
CARRIERS = {"carrier": "VARCHAR", "name": "VARCHAR", "country": "VARCHAR"}
SCHEMA = {
    ("swathe:ref", "flights"): [Column(name, kind) for name, kind in FLIGHTS.items()],
    ("swathe:ref", "old_flights"): [Column(name, kind) for name, kind in FLIGHTS.items()],
    ("swathe:ref", "carriers"): [Column(name, kind) for name, kind in CARRIERS.items()],
}

Pair = tuple[str, str]
"""A model's text before an edit and after it; `$x` stands for `{{ ref('x') }}`."""

DOES_NOT_REBUILD: dict[str, list[Pair]] = {
    "whitespace": [
        ("select carrier, origin from $flights", "select\n    carrier\n  , origin\nfrom\n    $flights\n"),
        ("select count(*) as n from $flights", "\tselect count( * )as n\r\nfrom $flights  \n\n"),
        ("select dep_delay+1 as x from $flights", "select dep_delay  +  1 as x from $flights"),
    ],
    "line comments": [
        ("select carrier from $flights", "-- all of them\nselect carrier -- the airline\nfrom $flights -- end"),
        ("select carrier from $flights", "select carrier from $flights\n-- where dep_delay > 1"),
    ],
    "block comments": [
        ("select carrier from $flights", "/* all\n of them */ select /* who */ carrier from /* where */ $flights"),
        ("select carrier, origin from $flights", "select carrier /*, dep_delay */, origin from $flights"),
    ],
    "Jinja comments": [
        ("select carrier from $flights", "{# all of them #}select carrier from $flights"),
        ("select carrier from $flights", "select carrier\n{#- not now\n, origin #}\nfrom $flights"),
    ],
    "case of keywords": [
        (
            "select carrier from $flights where dep_delay > 1 order by carrier",
            "SELECT carrier FROM $flights WHERE dep_delay > 1 Order By carrier",
        ),
        ("select sum(distance) as s from $flights", "select SUM(distance) AS s from $flights"),
        ("select cast(dep_delay as double) as x from $flights", "SELECT CAST(dep_delay AS Double) AS x FROM $flights"),
    ],
    "case of identifiers": [
        ("select carrier, origin as o from $flights", "select Carrier, ORIGIN as O from $flights"),
        ("select f.carrier from $flights as f", "select F.carrier from $flights as F"),
        ("with late as (select carrier from $flights) select carrier from late", "with Late as (select CARRIER from $flights) select carrier from LATE"),
    ],
    "quotes": [
        ("select carrier, origin as o from $flights", 'select "carrier", "origin" as "o" from $flights'),
        ("select f.carrier from $flights as f", 'select "f"."carrier" from $flights as "f"'),
        ("with late as (select carrier from $flights) select * from late", 'with "late" as (select carrier from $flights) select * from "late"'),
    ],
    "parentheses": [
        ("select carrier from $flights where dep_delay > 1 and arr_delay > 2", "select (carrier) from $flights where ((dep_delay) > 1) and ((arr_delay > (2)))"),
        ("select dep_delay + arr_delay * 2 as x from $flights", "select (dep_delay + (arr_delay * 2)) as x from $flights"),
        ("select dep_delay - arr_delay - 1 as x from $flights", "select ((dep_delay - arr_delay) - 1) as x from $flights"),
        ("select carrier from $flights union all select carrier from $carriers", "(select carrier from $flights) union all (select carrier from $carriers)"),
        ("select carrier from $flights", "((select carrier from $flights))"),
    ],
    "order of AND": [
        ("select carrier from $flights where dep_delay > 1 and origin = 'JFK' and distance < 9", "select carrier from $flights where distance < 9 and dep_delay > 1 and origin = 'JFK'"),
        ("select f.carrier from $flights f join $carriers c on f.carrier = c.carrier and c.country = 'US'", "select f.carrier from $flights f join $carriers c on c.country = 'US' and f.carrier = c.carrier"),
        ("select carrier, count(*) as n from $flights group by carrier having count(*) > 1 and min(distance) > 1", "select carrier, count(*) as n from $flights group by carrier having min(distance) > 1 and count(*) > 1"),
    ],
    "order of OR": [
        ("select carrier from $flights where dep_delay > 5 or origin = 'JFK'", "select carrier from $flights where origin = 'JFK' or dep_delay > 5"),
        ("select count(*) filter (where dep_delay > 5 or arr_delay > 5) as n from $flights", "select count(*) filter (where arr_delay > 5 or dep_delay > 5) as n from $flights"),
        ("select carrier from $flights where distance > 2 and (dep_delay > 5 or (origin = 'JFK' and arr_delay > 1))", "select carrier from $flights where ((arr_delay > 1 and origin = 'JFK') or dep_delay > 5) and distance > 2"),
    ],
    "order of IN": [
        ("select carrier from $flights where origin in ('JFK', 'LGA')", "select carrier from $flights where origin in ('LGA', 'JFK')"),
        ("select carrier from $flights where origin not in ('JFK', 'LGA')", "select carrier from $flights where origin not in ('LGA', 'JFK')"),
        ("select case when dep_delay in (1, 2, 3) then 1 end as x from $flights", "select case when dep_delay in (3, 1, 2) then 1 end as x from $flights"),
    ],
    "mirrored comparison": [
        ("select carrier from $flights where dep_delay < arr_delay", "select carrier from $flights where arr_delay > dep_delay"),
        ("select carrier from $flights where dep_delay >= 3", "select carrier from $flights where 3 <= dep_delay"),
        ("select carrier from $flights where origin = 'JFK'", "select carrier from $flights where 'JFK' = origin"),
        ("select carrier from $flights where origin <> 'JFK'", "select carrier from $flights where 'JFK' != origin"),
        ("select name from $flights f join $carriers c on f.carrier = c.carrier", "select name from $flights f join $carriers c on c.carrier = f.carrier"),
        ("select carrier from $flights where carrier is distinct from origin", "select carrier from $flights where origin is distinct from carrier"),
    ],
    "BETWEEN": [
        ("select carrier from $flights where dep_delay between 1 and 3", "select carrier from $flights where dep_delay >= 1 and dep_delay <= 3"),
        ("select carrier from $flights where flight_date between date '2013-01-02' and date '2013-01-04' and distance > 1", "select carrier from $flights where flight_date <= date '2013-01-04' and distance > 1 and date '2013-01-02' <= flight_date"),
        ("select case when dep_delay + 1 between 1 and 3 then 'a' end as x from $flights", "select case when dep_delay + 1 >= 1 and dep_delay + 1 <= 3 then 'a' end as x from $flights"),
        ("select carrier from $flights where flight_date not between '2013-01-02' and '2013-01-03'", "select carrier from $flights where not (flight_date >= '2013-01-02' and flight_date <= '2013-01-03')"),
    ],
    "table aliases": [
        ("select f.carrier from $flights f", "select g.carrier from $flights as g"),
        ("select f.carrier from $flights f", "select carrier from $flights"),
        ("select f.carrier, c.name from $flights f left join $carriers c on c.carrier = f.carrier", "select l.carrier, name from $flights l left join $carriers r on r.carrier = l.carrier"),
        ("select a.carrier, b.origin from $flights a join $flights b on a.dep_delay = b.arr_delay", "select b.carrier, a.origin from $flights b join $flights a on b.dep_delay = a.arr_delay"),
        ("select carrier from $flights f where exists (select 1 from $carriers f where f.name > origin)", "select g.carrier from $flights g where exists (select 1 from $carriers c where c.name > g.origin)"),
    ],
    "names of CTEs": [
        ("with late as (select carrier, dep_delay from $flights where dep_delay > 1) select carrier, count(*) as n from late group by 1", "with slow as (select carrier, dep_delay from $flights where dep_delay > 1) select carrier, count(*) as n from slow group by 1"),
        ("with a as (select distinct carrier from $flights), b as (select distinct carrier from $carriers) select a.carrier from a join b on a.carrier = b.carrier", "with b as (select distinct carrier from $flights), a as (select distinct carrier from $carriers) select b.carrier from b join a on b.carrier = a.carrier"),
        ("with f as (select carrier, count(*) as n from $flights group by 1) select x.carrier, y.n from f x join f y on x.n < y.n", "with g as (select carrier, count(*) as n from $flights group by 1) select x.carrier, y.n from g x join g y on x.n < y.n"),
    ],
    "aliases of subqueries": [
        ("select s.carrier from (select distinct carrier from $flights) s", "select t.carrier from (select distinct carrier from $flights) as t"),
        ("select carrier from (select distinct carrier from $flights) s", "select carrier from (select distinct carrier from $flights)"),
        ("select d.carrier, name from (select carrier, max(distance) as m from $flights group by 1) d join $carriers c on c.carrier = d.carrier where m > 2", "select flights.carrier, name from (select carrier, max(distance) as m from $flights group by 1) flights join $carriers on carriers.carrier = flights.carrier where flights.m > 2"),
    ],
    "a CTE inlined or extracted": [
        ("with d as (select distinct carrier from $flights) select carrier from d", "select carrier from (select distinct carrier from $flights)"),
        ("with f as (select * from $flights) select carrier from f where dep_delay > 1", "select carrier from $flights where dep_delay > 1"),
        ("with f as (select carrier, origin from $flights where dep_delay > 1) select carrier, count(*) as n from f where origin = 'JFK' group by carrier", "select carrier, count(*) as n from $flights where origin = 'JFK' and dep_delay > 1 group by carrier"),
        ("with f as (select * from $flights), c as (select * from $carriers) select f.carrier, name from f left join c using (carrier)", "select f.carrier, name from $flights f left join $carriers c using (carrier)"),
        ("with f as (select * from $flights) select a.carrier from f a join f b on a.dep_delay = b.arr_delay", "select a.carrier from $flights a join $flights b on a.dep_delay = b.arr_delay"),
        ("with f as (select * from $flights), g as (select carrier, dep_delay, arr_delay from f) select a.carrier from g a join g b on a.dep_delay = b.arr_delay", "select a.carrier from $flights a join $flights b on a.dep_delay = b.arr_delay"),
        ("with f as (select carrier, count(*) as n from $flights group by 1), g as (select carrier from f where n > 2) select carrier from g", "select carrier from (select carrier, count(*) as n from $flights group by 1) where n > 2"),
        ("with f as (select * from $flights where dep_delay > 1) select carrier from f union all select carrier from $carriers", "select carrier from $flights where dep_delay > 1 union all select carrier from $carriers"),
        ("with f as (select * from $flights) select carrier from $carriers where carrier in (select carrier from f)", "select carrier from $carriers where carrier in (select carrier from $flights)"),
        ("with f as (select carrier, cast(seen_at as date) as day, dep_delay * 2 as d from $flights) select day, sum(d) as s from f where d > 2 group by day", "select cast(seen_at as date) as day, sum(dep_delay * 2) as s from $flights where dep_delay * 2 > 2 group by 1"),
        ("with f as (select seen_at, dep_delay + arr_delay as d from $flights), g as (select d + 1 as d, seen_at from f) select d from g where seen_at > '2013-01-02'", "select dep_delay + arr_delay + 1 as d from $flights where seen_at > '2013-01-02'"),
    ],
    "the whole query put into a CTE or a subquery": [
        ("select carrier, count(*) as n from $flights group by 1", "with final as (select carrier, count(*) as n from $flights group by 1) select * from final"),
        ("select carrier, count(*) as n from $flights group by 1", "select n, carrier from (select carrier, count(*) as n from $flights group by 1) as x"),
        ("select carrier from $flights union all select carrier from $carriers", "with u as (select carrier from $flights union all select carrier from $carriers) select * from u"),
        ("select distinct carrier, origin from $flights", "with d as (select distinct carrier, origin from $flights), final as (select carrier, origin from d) select * from final"),
        ("select distance, dep_delay from $flights order by distance, dep_delay, arr_delay limit 3", "with first as (select distance, dep_delay from $flights order by distance, dep_delay, arr_delay limit 3) select * from first"),
        ("select carrier from $flights union all select carrier from (select carrier from $carriers order by carrier limit 2)", "select carrier from $flights union all (select carrier from $carriers order by carrier limit 2)"),
        ("with d as (select distinct carrier from $flights) select a.carrier from d a join d b on a.carrier > b.carrier", "with d as (select distinct carrier from $flights), final as (select a.carrier from d a join d b on a.carrier > b.carrier) select * from final"),
    ],
    "order of output columns": [
        ("select carrier, origin, dep_delay from $flights", "select dep_delay, carrier, origin from $flights"),
        ("select carrier, origin, count(*) as n from $flights group by 1, 2", "select count(*) as n, origin, carrier from $flights group by 3, 2"),
        ("select carrier, origin from $flights union all select carrier, name from $carriers", "select origin, carrier from $flights union all select name, carrier from $carriers"),
        ("select distinct carrier, origin from $flights", "select distinct origin, carrier from $flights"),
        ("select f.carrier, f.n from (select carrier, count(*) as n from $flights group by 1) f", "select f.carrier, f.n from (select count(*) as n, carrier from $flights group by 2) f"),
        ("with f as (select distinct carrier, origin from $flights) select a.carrier from f a join f b on a.origin < b.origin", "with f as (select distinct origin, carrier from $flights) select a.carrier from f a join f b on a.origin < b.origin"),
        ("select c.carrier, u.n from $carriers c left join (select carrier, 1 as n from $flights union select name, 2 from $carriers) u on u.carrier = c.carrier", "select c.carrier, u.n from $carriers c left join (select 1 as n, carrier from $flights union select 2, name from $carriers) u on u.carrier = c.carrier"),
    ],
    "GROUP BY by number, name or expression": [
        ("select carrier, count(*) as n from $flights group by 1", "select carrier, count(*) as n from $flights group by carrier"),
        ("select date_trunc('month', flight_date) as m, count(*) as n from $flights group by m", "select date_trunc('month', flight_date) as m, count(*) as n from $flights group by date_trunc('month', flight_date)"),
        ("select dep_delay % 3 as r, origin, count(*) as n from $flights group by 1, 2", "select dep_delay % 3 as r, origin, count(*) as n from $flights group by origin, dep_delay % 3"),
    ],
    "an unused CTE": [
        ("select carrier from $flights", "with c as (select * from $carriers) select carrier from $flights"),
        ("select carrier from $flights", "with a as (select 1 as x), b as (select x from a where x > 1) select carrier from $flights"),
        ("with f as (select distinct carrier from $flights) select * from f", "with f as (select distinct carrier from $flights), g as (select * from f limit 3) select * from f"),
    ],
    "a column of a CTE or subquery that nobody reads": [
        ("with f as (select carrier, sum(distance) as s from $flights group by 1) select carrier, s from f where s > 9", "with f as (select carrier, max(dep_delay) as m, sum(distance) as s from $flights group by 1) select carrier, s from f where s > 9"),
        ("select carrier, dep_delay from (select carrier, dep_delay, row_number() over (partition by carrier order by dep_delay, distance, arr_delay) as r from $flights) where r = 1", "select carrier, dep_delay from (select *, row_number() over (partition by carrier order by dep_delay, distance, arr_delay) as r from $flights) where r = 1"),
        ("with u as (select carrier, origin from $flights union all select carrier, name from $carriers) select carrier, count(*) as n from u group by 1", "with u as (select carrier from $flights union all select carrier from $carriers) select carrier, count(*) as n from u group by 1"),
    ],
    "a star spelt out": [
        ("select * from $carriers", "select carrier, name, country from $carriers"),
        ("select * exclude (country) from $carriers", "select carrier, name from $carriers"),
        ("select f.origin, c.* from $flights f join $carriers c on f.carrier = c.carrier", "select f.origin, c.carrier, c.name, c.country from $flights f join $carriers c on f.carrier = c.carrier"),
    ],
    "order of a table's rows": [
        ("select carrier from $flights", "select carrier from $flights order by carrier desc"),
        ("select carrier from $flights union select carrier from $carriers", "select carrier from $flights union select carrier from $carriers order by 1"),
    ],
    "words that say what holds anyway": [
        ("select f.carrier from $flights f join $carriers c on f.carrier = c.carrier", "select f.carrier from $flights f inner join $carriers c on f.carrier = c.carrier"),
        ("select f.carrier from $flights f left join $carriers c on f.carrier = c.carrier", "select f.carrier from $flights f left outer join $carriers c on f.carrier = c.carrier"),
        ("select carrier from $flights", "select all carrier from $flights"),
        ("select carrier from $flights order by dep_delay, arr_delay, distance limit 3", "select carrier from $flights order by dep_delay asc, arr_delay asc, distance limit 3"),
        ("select carrier from $flights where dep_delay > 1", "select carrier from $flights where 1 = 1 and dep_delay > 1"),
        ("select dep_delay::double as x from $flights", "select cast(dep_delay as double) as x from $flights"),
    ],
}  # fmt: skip

DOES_REBUILD: dict[str, list[Pair]] = {
    "a number": [
        ("select carrier from $flights where dep_delay > 1", "select carrier from $flights where dep_delay > 2"),
        ("select dep_delay * 1 as x from $flights", "select dep_delay * 1.5 as x from $flights"),
        ("select carrier from $flights order by distance, dep_delay limit 3", "select carrier from $flights order by distance, dep_delay limit 4"),
        ("select dep_delay * 2 as x from $flights", "select dep_delay * 2.0 as x from $flights"),
    ],
    "a string": [
        ("select carrier, distance from $flights where origin = 'JFK'", "select carrier, distance from $flights where origin = 'LGA'"),
        ("select coalesce(carrier, 'none') as c from $flights", "select coalesce(carrier, 'nobody') as c from $flights"),
        ("select strftime(flight_date, '%Y-%m') as m from $flights", "select strftime(flight_date, '%Y-%d') as m from $flights"),
    ],
    "the case of a string": [
        ("select carrier from $flights where origin = 'JFK'", "select carrier from $flights where origin = 'jfk'"),
        ("select 'Late' as k from $flights", "select 'late' as k from $flights"),
        ("select strftime(seen_at, '%m') as m from $flights", "select strftime(seen_at, '%M') as m from $flights"),
    ],
    "space within a string": [
        ("select 'a b' as k from $flights", "select 'a  b' as k from $flights"),
        ("select '-- a' as k from $flights", "select '--a' as k from $flights"),
    ],
    "an operator": [
        ("select carrier from $flights where dep_delay > 2", "select carrier from $flights where dep_delay >= 2"),
        ("select carrier from $flights where dep_delay < arr_delay", "select carrier from $flights where dep_delay > arr_delay"),
        ("select dep_delay - arr_delay as x from $flights", "select arr_delay - dep_delay as x from $flights"),
        ("select carrier from $flights where dep_delay > 1 and arr_delay > 1", "select carrier from $flights where dep_delay > 1 or arr_delay > 1"),
        ("select carrier from $flights where origin = 'JFK'", "select carrier from $flights where origin <> 'JFK'"),
        ("select carrier from $flights where carrier <> 'AA'", "select carrier from $flights where carrier is distinct from 'AA'"),
        ("select dep_delay / 2 as x from $flights", "select dep_delay // 2 as x from $flights"),
    ],
    "what operators are grouped": [
        ("select carrier from $flights where (dep_delay > 1 or arr_delay > 1) and origin = 'JFK'", "select carrier from $flights where dep_delay > 1 or (arr_delay > 1 and origin = 'JFK')"),
        ("select dep_delay - arr_delay - 1 as x from $flights", "select dep_delay - (arr_delay - 1) as x from $flights"),
        ("select carrier from $flights where not dep_delay > 1 and arr_delay > 1", "select carrier from $flights where not (dep_delay > 1 and arr_delay > 1)"),
    ],
    "the bounds of BETWEEN": [
        ("select carrier from $flights where dep_delay between 1 and 3", "select carrier from $flights where dep_delay > 1 and dep_delay <= 3"),
        ("select carrier from $flights where dep_delay between 1 and 3", "select carrier from $flights where dep_delay between 3 and 1"),
        ("select carrier from $flights where seen_at between '2013-01-02' and '2013-01-03'", "select carrier from $flights where cast(seen_at as date) between '2013-01-02' and '2013-01-03'"),
    ],
    "an IN list": [
        ("select carrier from $flights where origin in ('JFK', 'LGA')", "select carrier from $flights where origin in ('JFK', 'EWR')"),
        ("select carrier from $flights where origin not in ('JFK')", "select carrier from $flights where origin not in ('JFK', null)"),
    ],
    "a function": [
        ("select min(dep_delay) as x from $flights", "select max(dep_delay) as x from $flights"),
        ("select upper(name) as x from $carriers", "select lower(name) as x from $carriers"),
        ("select round(distance / 3.0, 1) as x from $flights", "select round(distance / 3.0, 2) as x from $flights"),
        ("select carrier, count(*) as n from $flights group by 1", "select carrier, count(carrier) as n from $flights group by 1"),
        ("select date_trunc('month', flight_date) as m from $flights", "select date_trunc('week', flight_date) as m from $flights"),
        ("select sum(dep_delay) as x from $flights", "select sum(dep_delay) filter (where distance > 3) as x from $flights"),
    ],
    "the type of a join": [
        ("select f.carrier, name from $flights f join $carriers c on f.carrier = c.carrier", "select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier"),
        ("select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier", "select f.carrier, name from $flights f full join $carriers c on f.carrier = c.carrier"),
        ("select f.carrier from $flights f semi join $carriers c on f.carrier = c.carrier", "select f.carrier from $flights f anti join $carriers c on f.carrier = c.carrier"),
        ("select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier", "select f.carrier, name from $carriers c left join $flights f on f.carrier = c.carrier"),
    ],
    "the condition of a join": [
        ("select name from $flights f join $carriers c on f.carrier = c.carrier", "select name from $flights f join $carriers c on f.origin = c.name"),
        ("select name from $flights f join $carriers c on f.carrier = c.carrier", "select name from $flights f join $carriers c on f.carrier = c.carrier and f.distance > 3"),
    ],
    "a condition moved between ON and WHERE of an outer join": [
        ("select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier and c.country = 'US'", "select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier where c.country = 'US'"),
        ("select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier and f.distance > 3", "select f.carrier, name from $flights f left join $carriers c on f.carrier = c.carrier where f.distance > 3"),
        ("select f.carrier, c.name from $flights f left join (select * from $carriers where country = 'US') c on f.carrier = c.carrier", "select f.carrier, c.name from $flights f left join $carriers c on f.carrier = c.carrier where c.country = 'US'"),
        ("select f.carrier, c.name from (select * from $flights where distance > 3) f full join $carriers c on f.carrier = c.carrier", "select f.carrier, c.name from $flights f full join $carriers c on f.carrier = c.carrier where f.distance > 3"),
    ],
    "a filter": [
        ("select carrier from $flights", "select carrier from $flights where dep_delay > 1"),
        ("select carrier from $flights where dep_delay > 1 and origin = 'JFK'", "select carrier from $flights where dep_delay > 1"),
        ("select carrier, sum(distance) as distance from $flights where distance > 3 group by 1", "select carrier, sum(distance) as distance from $flights group by 1 having sum(distance) > 3"),
        ("select carrier from $flights where dep_delay > 1", "select carrier from $flights where not dep_delay > 1"),
        ("select carrier from $flights", "select carrier from $flights where carrier = carrier"),
        ("select carrier from $carriers where carrier not in (select carrier from $flights)", "select carrier from $carriers c where not exists (select 1 from $flights f where f.carrier = c.carrier)"),
        ("select carrier, dep_delay from $flights qualify row_number() over (partition by carrier order by dep_delay, distance, arr_delay) = 1", "select carrier, dep_delay from $flights qualify row_number() over (partition by carrier order by dep_delay, distance, arr_delay) = 2"),
    ],
    "a grouping": [
        ("select count(*) as n from $flights group by carrier", "select count(*) as n from $flights group by origin"),
        ("select carrier, count(*) as n from $flights group by carrier", "select carrier, count(*) as n from $flights group by carrier, origin"),
        ("select carrier, count(*) as n from $flights group by carrier", "select carrier, count(*) as n from $flights group by rollup (carrier)"),
        ("select carrier, origin, count(*) as n from $flights group by rollup (carrier, origin)", "select carrier, origin, count(*) as n from $flights group by rollup (origin, carrier)"),
        ("select carrier, origin, 1 as n from $flights group by all", "select carrier, 1 as n from $flights group by all"),
    ],
    "a column added": [
        ("select carrier from $flights", "select carrier, origin from $flights"),
        ("select carrier, count(*) as n from $flights group by 1", "select carrier, count(*) as n, max(distance) as m from $flights group by 1"),
    ],
    "a column removed": [
        ("select carrier, origin from $flights", "select carrier from $flights"),
        ("select * from $carriers", "select * exclude (country) from $carriers"),
    ],
    "a column renamed": [
        ("select carrier from $flights", "select carrier as airline from $flights"),
        ("select carrier as a, origin as b from $flights", "select carrier as b, origin as a from $flights"),
        ("select dep_delay + 1 from $flights", "select dep_delay + 1 as x from $flights"),
        ("select carrier from (select distinct carrier from $flights)", "select carrier as c from (select distinct carrier from $flights)"),
        ("select carrier as a from $flights union all select name as b from $carriers", "select carrier as b from $flights union all select name as a from $carriers"),
        ("select {'late': dep_delay} as s from $flights", "select {'Late': dep_delay} as s from $flights"),
    ],
    "columns of a union in another order": [
        ("select carrier, origin from $flights union all select carrier, name from $carriers", "select carrier, origin from $flights union all select name, carrier from $carriers"),
        ("select x.carrier from (select carrier, origin from $flights union all select name, carrier from $carriers) x", "select x.carrier from (select carrier, origin from $flights union all select carrier, name from $carriers) x"),
        ("select carrier from $flights where (carrier, origin) in (select carrier, 'JFK' from $carriers)", "select carrier from $flights where (carrier, origin) in (select 'JFK', carrier from $carriers)"),
    ],
    "a table": [
        ("select carrier from $flights", "select carrier from $carriers"),
        ("select carrier, dep_delay from $flights", "select carrier, dep_delay from $old_flights"),
        ("with f as (select * from $flights) select sum(dep_delay) as n from f", "with f as (select * from $old_flights) select sum(dep_delay) as n from f"),
        ("select a.dep_delay from $flights a join $old_flights b on a.distance = b.distance", "select b.dep_delay from $flights a join $old_flights b on a.distance = b.distance"),
    ],
    "where NULL stands": [
        ("select carrier from $flights order by carrier nulls first, distance limit 5", "select carrier from $flights order by carrier nulls last, distance limit 5"),
        ("select carrier, row_number() over (order by dep_delay nulls first, distance, arr_delay) as n from $flights", "select carrier, row_number() over (order by dep_delay nulls last, distance, arr_delay) as n from $flights"),
        ("select list(carrier order by carrier nulls first) as l from $flights", "select list(carrier order by carrier nulls last) as l from $flights"),
    ],
    "DISTINCT": [
        ("select carrier from $flights", "select distinct carrier from $flights"),
        ("select count(origin) as n from $flights", "select count(distinct origin) as n from $flights"),
        ("select distinct carrier from $flights", "select distinct carrier, origin from $flights"),
        ("select distinct on (carrier) carrier, origin from $flights order by carrier, distance, dep_delay", "select distinct on (carrier) carrier, origin from $flights order by carrier, distance desc, dep_delay"),
        ("select distinct carrier, origin from $flights", "select distinct on (carrier) carrier, origin from $flights order by carrier, origin"),
    ],
    "UNION or UNION ALL": [
        ("select carrier from $flights union select carrier from $carriers", "select carrier from $flights union all select carrier from $carriers"),
        ("select carrier from $flights except select carrier from $carriers", "select carrier from $carriers except select carrier from $flights"),
        ("select carrier from $flights intersect select carrier from $carriers", "select carrier from $flights union select carrier from $carriers"),
        ("select carrier from $flights except (select carrier from $carriers except select origin from $flights)", "select carrier from $flights except select carrier from $carriers except select origin from $flights") ,
        ("select carrier from $flights union all (select carrier from $carriers union select carrier from $carriers)", "select carrier from $flights union all select carrier from $carriers union select carrier from $carriers"),
    ],
    "the type of a cast": [
        ("select cast(distance / 3.0 as integer) as x from $flights", "select cast(distance / 3.0 as decimal(9, 2)) as x from $flights"),
        ("select cast(distance / 3.0 as decimal(9, 2)) as x from $flights", "select cast(distance / 3.0 as decimal(9, 3)) as x from $flights"),
        ("select cast(seen_at as date) as d from $flights", "select cast(seen_at as timestamp) as d from $flights"),
        ("select cast(dep_delay as varchar) as x from $flights", "select cast(dep_delay as integer) as x from $flights"),
    ],
    "the frame of a window": [
        ("select distance, sum(dep_delay) over (order by distance, dep_delay rows between 2 preceding and current row) as s from $flights", "select distance, sum(dep_delay) over (order by distance, dep_delay rows between 3 preceding and current row) as s from $flights"),
        ("select distance, sum(dep_delay) over (order by distance rows between unbounded preceding and current row) as s from $flights", "select distance, sum(dep_delay) over (order by distance range between unbounded preceding and current row) as s from $flights"),
        ("select distance, sum(dep_delay) over (order by distance) as s from $flights", "select distance, sum(dep_delay) over () as s from $flights"),
        ("select distance, sum(dep_delay) over (order by distance range between 2 preceding and current row) as s from $flights", "select distance, sum(dep_delay) over (order by distance range between 2 preceding and current row exclude current row) as s from $flights"),
    ],
    "the keys of a window": [
        ("select carrier, row_number() over (partition by carrier order by distance, dep_delay, arr_delay) as n from $flights", "select carrier, row_number() over (partition by origin order by distance, dep_delay, arr_delay) as n from $flights"),
        ("select carrier, rank() over (order by distance) as n from $flights", "select carrier, rank() over (order by distance desc) as n from $flights"),
        ("select carrier, lag(distance) over (order by distance, dep_delay) as n from $flights", "select carrier, lag(distance, 2) over (order by distance, dep_delay) as n from $flights"),
    ],
    "ORDER BY with LIMIT": [
        ("select distance from $flights order by distance, dep_delay limit 3", "select distance from $flights order by distance desc, dep_delay limit 3"),
        ("select carrier, dep_delay from $flights order by 2, distance limit 3", "select dep_delay, carrier from $flights order by 2, distance limit 3"),
        ("select distance from $flights order by distance, dep_delay limit 3", "select distance from $flights order by distance, dep_delay limit 3 offset 2"),
        ("select carrier from (select * from $flights order by distance, dep_delay limit 9) where origin = 'JFK'", "select carrier from (select * from $flights where origin = 'JFK' order by distance, dep_delay limit 9)"),
    ],
    "a computed column moved to where it is NULL or not": [
        ("select name, d from $carriers c left join (select carrier, coalesce(dep_delay, 0) as d from $flights) f on f.carrier = c.carrier", "select name, coalesce(dep_delay, 0) as d from $carriers c left join $flights f on f.carrier = c.carrier"),
        ("select name, d from $carriers c left join (select carrier, cast(carrier is null as integer) as d from $flights) f on f.carrier = c.carrier", "select name, cast(f.carrier is null as integer) as d from $carriers c left join $flights f on f.carrier = c.carrier"),
    ],
    "a constant that would stand for a column": [
        ("select k, count(*) as n from (select 2 as k, carrier from $flights) group by k", "select 2 as k, count(*) as n from $flights group by carrier"),
        ("select carrier, k from (select 1 as k, carrier, distance from $flights) order by k, distance, carrier limit 2", "select carrier, 1 as k from $flights order by 1, distance, carrier limit 2"),
    ],
    "columns of a branch in another order in a subquery": [
        ("select carrier, origin from $flights union all select carrier, name from (select name, carrier from $carriers)", "select carrier, origin from $flights union all select name, carrier from (select name, carrier from $carriers)"),
        ("select carrier, origin from $flights union all select carrier, name from (select distinct name, carrier from $carriers)", "select carrier, origin from $flights union all select distinct name, carrier from $carriers"),
    ],
    "a column of a CTE that nobody reads, but that decides its rows": [
        ("with d as (select distinct carrier from $flights) select carrier from d", "with d as (select distinct carrier, origin from $flights) select carrier from d"),
        ("with f as (select 1 as one from $flights) select one from f", "with f as (select 1 as one, count(*) as n from $flights) select one from f"),
        ("with f as (select carrier from $flights) select carrier from f", "with f as (select carrier, unnest([1, 2]) as u from $flights) select carrier from f"),
        ("with u as (select carrier from $flights union select carrier from $carriers) select carrier from u", "with u as (select carrier, 1 as x from $flights union select carrier, 2 from $carriers) select carrier from u"),
        ("select carrier from (select carrier, count(*) as n from $flights group by all)", "select carrier from (select carrier, origin, count(*) as n from $flights group by all)"),
        ("select distance from (select distance, dep_delay from $flights order by 1, 2 limit 5)", "select distance from (select distance, dep_delay from $flights order by dep_delay, 1 limit 5)"),
        ("select distance from (select distance, dep_delay as k from $flights order by k, distance limit 5)", "select distance from (select distance, arr_delay as k from $flights order by k, distance limit 5)"),
        ("select carrier from $flights where (carrier, 'LGA') in (select carrier, name from $carriers)", "select carrier from $flights where (carrier, 'JFK') in (select carrier, name from $carriers)"),
    ],
    "an alias that hides a column": [
        ("select dep_delay + 1 as arr_delay, arr_delay + 1 as x from $flights", "select dep_delay + 1 as arr_delay, dep_delay + 1 + 1 as x from $flights"),
        ("select max(distance) as distance, carrier from $flights group by carrier having distance > 5", "select max(distance) as distance, carrier from $flights group by carrier having min(distance) > 5"),
        ("select carrier from $carriers c where exists (select 1 from $flights f where f.carrier = carrier and distance > 9)", "select carrier from $carriers c where exists (select 1 from $flights f where f.carrier = c.carrier and distance > 9)"),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Templates:
    """A model's text before an edit and after it, with its project's macros and variables."""

    before: str
    after: str
    macros: str = ""
    macros_after: str | None = None
    variables: dict[str, object] = field(default_factory=dict)
    variables_after: dict[str, object] | None = None


CENTS = "{% macro cents(x) %}({{ x }} * 100){% endmacro %}"
USED = "select carrier, {{ cents('distance') }} as c from $flights"

TEMPLATES_DO_NOT_REBUILD: dict[str, list[Templates]] = {
    "the layout of a macro": [
        Templates(USED, USED, CENTS, "{% macro cents(x) -%}\n  (\n    {{ x }}  -- euros\n    * 100\n  )\n{%- endmacro %}"),
        Templates(USED, USED, CENTS, "{# money #}" + CENTS + "{% macro other() %}1{% endmacro %}"),
    ],
    "another macro that renders the same": [
        Templates(USED, "select carrier, {{ pennies('distance', 100) }} as c from $flights", CENTS, "{% macro pennies(what, per) %}{{ what }} * {{ per }}{% endmacro %}"),
        Templates(USED, "select carrier, distance * 100 as c from $flights", CENTS),
        Templates("select {{ two('carrier') }} from $flights", "select carrier as a, carrier as b from $flights", "{% macro two(c) %}{% for n in ['a', 'b'] %}{{ c }} as {{ n }}{{ ', ' if not loop.last }}{% endfor %}{% endmacro %}"),
    ],
    "a macro or a variable of Jinja renamed": [
        Templates(USED, USED.replace("cents", "in_cents"), CENTS, CENTS.replace("cents", "in_cents")),
        Templates("{% set c = 'carrier' %}select {{ c }} from $flights", "{% set column = 'carrier' %}select {{ column }} from $flights"),
        Templates("select carrier from $flights where distance > {{ var('least') }}", "select carrier from $flights where distance > {{ var('shortest') }}", variables={"least": 3}, variables_after={"shortest": 3}),
        Templates("{% for c in ['carrier', 'origin'] %}{{ 'select ' if loop.first else ', ' }}{{ c }}{% endfor %} from $flights", "select {% for name in ['origin', 'carrier'] %}{{ name }}{{ ', ' if not loop.last }}{% endfor %} from $flights"),
    ],
    "a variable that it does not read, or a default": [
        Templates("select carrier from $flights", "select carrier from $flights", variables={"a": 1}, variables_after={"a": 2}),
        Templates("select carrier from $flights where distance > {{ var('least', 3) }}", "select carrier from $flights where distance > {{ var('least', 4) }}", variables={"least": 5}),
        Templates("select carrier from $flights {% if var('only', false) %}where distance > 3{% endif %}", "select carrier from $flights"),
    ],
}  # fmt: skip

TEMPLATES_DO_REBUILD: dict[str, list[Templates]] = {
    "what a macro renders": [
        Templates(USED, USED, CENTS, CENTS.replace("100", "1000")),
        Templates(USED, USED.replace("'distance'", "'dep_delay'"), CENTS),
        Templates(USED, USED.replace("* 100", ""), CENTS, "{% macro cents(x) %}({{ x }}{# * 100 #}){% endmacro %}"),
    ],
    "the value of a variable": [
        Templates("select carrier from $flights where distance > {{ var('least') }}", "select carrier from $flights where distance > {{ var('least') }}", variables={"least": 3}, variables_after={"least": 4}),
        Templates("select carrier from $flights {% if var('only', false) %}where distance > 3{% endif %}", "select carrier from $flights {% if var('only', false) %}where distance > 3{% endif %}", variables_after={"only": True}),
    ],
}  # fmt: skip


def rendered(text: str, macros: str = "", variables: dict[str, object] | None = None) -> str:
    for name in ("old_flights", "flights", "carriers"):
        text = text.replace(f"${name}", "{{ ref('" + name + "') }}")
    library = MacroLibrary([TemplateFile("macros/m.sql", macros)])
    context = RenderContext(variables or {}, {}, {"name": "dev", "type": "duckdb"})
    return render_model(TemplateFile("models/m.sql", text), "m", library, context).text


def print_of(sql: str) -> str:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return fingerprint(canonical_sql(tree, SCHEMA, "duckdb"))


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute('create schema "swathe:ref"')
    for name, odd in (("flights", 3), ("old_flights", 5)):
        con.execute(
            f'create table "swathe:ref"."{name}" as select date \'2013-01-01\' + cast(i % 5 as integer) as flight_date, '
            f"['AA', 'UA', null, 'DL', 'JFK'][i % {odd + 2} + 1] as carrier, ['JFK', 'LGA', 'EWR'][i % 3 + 1] as origin, "
            f"case when i % 7 = 0 then null else (i * 37 % 11)::integer - {odd} end as dep_delay, "
            "case when i % 6 = 0 then null else (i * 17 % 7)::integer - 1 end as arr_delay, "
            "(i * 101 % 11)::bigint as distance, "
            "timestamp '2013-01-01 10:30:00' + to_hours(cast(i * 7 as integer)) as seen_at from range(29) t(i)"
        )
    con.execute('create table "swathe:ref"."carriers" (carrier varchar, name varchar, country varchar)')
    con.execute(
        'insert into "swathe:ref"."carriers" values ('
        "'AA', 'LGA', 'US'), ('UA', 'JFK', 'US'), ('DL', 'Delta', 'DE'), (null, 'nobody', null), ('WN', 'Zed', 'US')"
    )
    con.execute("create macro swathe_using(a, b) as coalesce(a, b)")
    return con


def table_of(sql: str) -> Counter[tuple[tuple[str, object], ...]]:
    """Rows as a multiset, each value with its column's name: what order columns stand in does not matter."""
    cursor = warehouse().execute(sql)
    names = [column[0].lower() for column in cursor.description or ()]
    return Counter(tuple(sorted(zip(names, map(repr, row), strict=True))) for row in cursor.fetchall())


def listed(table: dict[str, list[Pair]]) -> list[object]:
    return [
        pytest.param(before, after, id=f"{row}, {number}".replace(" ", "-"))
        for row, pairs in table.items()
        for number, (before, after) in enumerate(pairs, 1)
    ]


def listed_templates(table: dict[str, list[Templates]]) -> list[object]:
    return [
        pytest.param(edit, id=f"{row}, {number}".replace(" ", "-"))
        for row, edits in table.items()
        for number, edit in enumerate(edits, 1)
    ]


def both(edit: Templates) -> Pair:
    macros = edit.macros if edit.macros_after is None else edit.macros_after
    variables = edit.variables if edit.variables_after is None else edit.variables_after
    return rendered(edit.before, edit.macros, edit.variables), rendered(edit.after, macros, variables)


@pytest.mark.parametrize(("before", "after"), listed(DOES_NOT_REBUILD))
def test_does_not_rebuild(before: str, after: str) -> None:
    assert_same(rendered(before), rendered(after))


@pytest.mark.parametrize(("before", "after"), listed(DOES_REBUILD))
def test_does_rebuild(before: str, after: str) -> None:
    assert_other(rendered(before), rendered(after))


@pytest.mark.parametrize("edit", listed_templates(TEMPLATES_DO_NOT_REBUILD))
def test_a_template_that_does_not_rebuild(edit: Templates) -> None:
    assert_same(*both(edit))


@pytest.mark.parametrize("edit", listed_templates(TEMPLATES_DO_REBUILD))
def test_a_template_that_does_rebuild(edit: Templates) -> None:
    assert_other(*both(edit))


def test_a_star_whose_input_gained_a_column_rebuilds() -> None:
    wider = {**SCHEMA, ("swathe:ref", "carriers"): [*SCHEMA["swathe:ref", "carriers"], Column("founded", "INTEGER")]}
    stars = ["select * from $carriers", "with c as (select * from $carriers) select c.* from c", "select * exclude (name) from $carriers"]  # fmt: skip
    named = ["select carrier, name from $carriers", "select count(*) as n from (select * from $carriers)"]
    for text, rebuilds in [*((star, True) for star in stars), *((other, False) for other in named)]:
        tree = sqlglot.parse_one(rendered(text), dialect="duckdb")
        assert isinstance(tree, exp.Query)
        assert (canonical_sql(tree, SCHEMA, "duckdb") != canonical_sql(tree, wider, "duckdb")) is rebuilds, text


ALL = [rendered(text) for table in (DOES_NOT_REBUILD, DOES_REBUILD) for pairs in table.values() for pair in pairs for text in pair]  # fmt: skip


@pytest.mark.parametrize("sql", sorted(set(ALL)))
def test_the_canonical_text_of_all_of_them_gives_their_rows(sql: str) -> None:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    text = canonical_sql(tree, SCHEMA, "duckdb")
    if "?" not in text:  # the name of a column that has none
        assert table_of(text) == table_of(sql)


def assert_same(before: str, after: str) -> None:
    assert table_of(before) == table_of(after), "the example is wrong: these differ"
    assert print_of(before) == print_of(after)


def assert_other(before: str, after: str) -> None:
    assert print_of(before) != print_of(after)
    assert table_of(before) != table_of(after), "the example proves nothing: these give the same rows"

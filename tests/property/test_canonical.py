"""A canonical text gives the rows of the query it was made from; so two queries that share one share their rows."""

from __future__ import annotations

from collections import Counter
from functools import cache

import duckdb
import pytest
import sqlglot
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from swathe.model.definition import Column
from swathe.sql.canonical import canonical_sql

F = '"swathe:ref"."flights"'
C = '"swathe:source"."raw.carriers"'
FLIGHTS = {"flight_date": "DATE", "carrier": "VARCHAR", "origin": "VARCHAR", "delay": "INTEGER", "distance": "BIGINT"}
CARRIERS = {"carrier": "VARCHAR", "name": "VARCHAR", "distance": "INTEGER"}
SCHEMA = {
    ("swathe:ref", "flights"): [Column(name, kind) for name, kind in FLIGHTS.items()],
    ("swathe:source", "raw.carriers"): [Column(name, kind) for name, kind in CARRIERS.items()],
}


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute('create schema "swathe:ref"; create schema "swathe:source"')
    con.execute(
        f"create table {F} as select date '2013-01-01' + cast(i % 5 as integer) as flight_date, "
        "['AA', 'UA', null, 'DL'][i % 4 + 1] as carrier, ['JFK', 'LGA', 'EWR'][i % 3 + 1] as origin, "
        "case when i % 7 = 0 then null else (i * 37 % 23)::integer - 5 end as delay, "
        "(i * 101 % 11)::bigint as distance from range(41) t(i)"
    )
    con.execute(f"create table {C} (carrier varchar, name varchar, distance integer)")
    con.execute(
        f"insert into {C} values ('AA', 'American', 3), ('UA', 'United', 5), (null, 'Nobody', 7), ('WN', 'AA', null)"
    )
    con.execute("create macro swathe_partition_start() as date '2013-01-02'")
    con.execute("create macro swathe_partition_end() as date '2013-01-04'")
    con.execute("create macro swathe_using(a, b) as coalesce(a, b), (a, b, c) as coalesce(a, b, c)")
    return con


def rows_of(sql: str) -> Counter[tuple[tuple[str, object], ...]]:
    cursor = warehouse().execute(sql)
    names = [column[0].lower() for column in cursor.description or ()]
    return Counter(tuple(sorted(zip(names, map(repr, row), strict=True))) for row in cursor.fetchall())


def canonical(sql: str) -> str:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return canonical_sql(tree, SCHEMA, "duckdb")


QUERIES = [
    f"select * from {F}",
    f"select Carrier, count(*) as n, avg(delay) as mean from {F} group by 1 order by 2 desc",
    f"select origin, carrier, sum(distance) as distance from {F} where delay > 0 group by all having sum(distance) > 3",
    f"with f as (select * from {F}), late as (select * from f where delay > 3) select origin, count(*) as n from late group by origin",
    f"with f as (select * from {F}) select a.origin, b.carrier, count(*) as n from f a join f b on a.origin = b.origin and a.delay < b.delay group by 1, 2",
    f"select f.*, c.name from {F} f left join {C} c on f.carrier = c.carrier and c.distance > 3",
    f"select carrier, name, f.distance as d from {F} f join {C} c using (carrier)",
    f"select carrier, name, f.distance as d, c.distance as e from {F} f full join {C} c using (carrier)",
    f"select carrier, count(*) as n from {F} f right join {C} c using (carrier) group by carrier",
    f"select * exclude (flight_date) replace (delay * 2 as delay) from {F}",
    f"select date_trunc('month', flight_date) as month, count(*) as n from {F} group by month",
    f"select delay + 1 as distance, distance + 1 as x from {F} where distance > 4",
    f"select carrier as k, sum(distance) as s from {F} group by k having s > 3 and k is not null",
    f"select flight_date, carrier, sum(delay) over (partition by carrier order by flight_date, distance, delay rows between 3 preceding and current row) as s from {F}",
    f"select flight_date, sum(sum(delay)) over (order by flight_date range between interval 2 day preceding and current row) as s from {F} group by flight_date",
    f"select carrier, delay from {F} qualify row_number() over (partition by carrier order by delay desc nulls last, distance, flight_date, origin) <= 2",
    f"select distinct on (carrier) carrier, delay, distance from {F} order by carrier, delay desc, distance, flight_date",
    f"select carrier, distance from {F} where delay between 1 and 9 and origin in ('LGA', 'JFK') or not (carrier = 'AA' and distance > 3)",
    f"select origin, carrier from {F} union all select name, carrier from {C} order by 1",
    f"select carrier, origin from {F} except (select name, carrier from {C} union select origin, carrier from {F} where delay > 5)",
    f"select carrier from {F} f where exists (select 1 from {C} c where c.carrier = f.carrier and distance > 3)",
    f"select carrier from {C} c where distance > (select min(delay) from {F} where carrier = c.carrier)",
    f"select carrier, delay from {F} where (carrier, distance) in (select carrier, distance from {C})",
    f"select origin, carrier, count(*) as n, grouping(origin, carrier) as g from {F} group by rollup (origin, carrier)",
    f"select case when delay > 10 then 'late' when delay is null then 'none' else 'ok' end as k, count(*) filter (where distance > 2) as n from {F} where 1 = 1 group by 1",
    f"select flight_date, list(distinct carrier order by carrier) as l from {F} where flight_date >= swathe_partition_start() and flight_date < swathe_partition_end() group by 1",
    f"select carrier, sum(d) as s from (select carrier, delay * -(distance - 2) - (1 - 3) as d from {F} where delay - (distance - 1) > 0) group by carrier",
    f"select x.carrier, x.n, y.name from (select carrier, count(*) as n from {F} group by 1) x join (select carrier, name from {C}) y on x.carrier = y.carrier",
    f"with a as (select carrier, distance from {F} limit 1000), b as (select carrier from a), unused as (select * from b) select carrier, count(*) as n from b group by all order by n limit 100",
    f"select origin, delay % 3 as m, cast(delay as double) / 2 as h, delay // 2 as q, 2 ** 3 as p from {F} where not delay > 3",
    f"select carrier, strftime(flight_date, '%Y-%m') as ym, coalesce(delay, 0) as delay, carrier || '-' || origin as k from {F}",
    f"with a as (select origin, cast(flight_date as timestamp) as t, delay * 2 - distance as d, carrier from {F} where delay > 0), b as (select d + 1 as e, t, origin from a) select origin, t, sum(e) as s from b where e > 1 group by all having min(e) < 9",
    f"with a as (select delay + 1 as delay, distance from {F}), final as (select distinct delay, distance from a), last as (select distance, delay from final) select * from last",
    f"with u as (select * from (select carrier, origin from {F} union select name, carrier from {C})) select * from (select origin, carrier from u)",
    f"select carrier, origin from (select origin, carrier from {F}) union all (select * from (select name, carrier from {C} order by distance limit 2))",
    f"with g as (select distance * 2 as d, origin from {F}) select d, (select count(*) from {C} c where c.distance < d) as n, row_number() over (order by d, origin) as r from g qualify r < 9",
    f"select v.a, f.origin from {F} f join (values (1, 'JFK'), (2, 'LGA')) as v(a, b) on v.b = f.origin",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_realistic_queries_keep_their_rows(sql: str) -> None:
    assert rows_of(canonical(sql)) == rows_of(sql)


def test_nearly_all_of_them_are_understood() -> None:
    weaker = [sql for sql in QUERIES if "\n-- full " not in canonical(sql)]
    assert len(weaker) <= 1, weaker


names = st.sampled_from(["carrier", "origin", "delay", "distance", "flight_date", "k"])
integers = st.sampled_from(["delay", "distance", "f.delay", "f.distance"])
numbers = st.recursive(
    integers | st.integers(0, 9).map(str),
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "-", "*"]), inner)
        | inner.map("({})".format)
        | inner.map("-({})".format)
    ),
    max_leaves=4,
)
predicates = st.recursive(
    st.builds(
        "{} {} {}".format, numbers, st.sampled_from(["<", "<=", ">", ">=", "=", "<>", "is distinct from"]), numbers
    )
    | st.builds("{} between {} and {}".format, numbers, numbers, numbers)
    | st.builds("f.delay in ({}, {}, {})".format, numbers, numbers, numbers)
    | st.sampled_from(["1 = 1", "f.carrier is null", "true", "origin = 'JFK'"])
    | st.sampled_from(
        [
            f"exists (select 1 from {C} c where c.carrier = f.carrier and c.distance > f.delay)",
            f"origin in (select origin from {F} g where g.delay < f.delay)",
            f"delay > (select min(distance) from {C})",
            f"exists (select 1 from {C} f where f.distance = delay)",
            f"exists (select 1 from (select distinct origin from {F}) f join {C} g on f.origin <> name where delay > 2)",
        ]
    ),
    lambda inner: (
        st.builds("{} and {}".format, inner, inner)
        | st.builds("{} or {}".format, inner, inner)
        | inner.map("not ({})".format)
        | inner.map("({})".format)
    ),
    max_leaves=4,
)
sources = st.sampled_from(
    [
        f"{F} f",
        f"(select * from {F}) f",
        f"(select carrier, origin, delay, distance, flight_date from {F} g where g.delay > 1) f",
        f"(select g.* from {F} g join {C} c on g.carrier = c.carrier where c.distance > 3) f",
        f"(select carrier, origin, distance as delay, delay as distance, flight_date from {F}) f",
        f"(select carrier, origin, distance * 2 - 1 as delay, delay + distance as distance, flight_date from {F} g where g.delay > 1) f",
        f"(select * from (select flight_date, origin, carrier, distance, max(delay) as delay from {F} group by all)) f",
        f"{F} f left join (select carrier as k, distance * 0 as z from {C}) c on c.k = f.carrier",
        f"(select * from (select * exclude (delay), delay + 1 as delay from {F}) where delay > 2) f",
        f"(select distinct * from {F} f) f",
        "cte f",
        f"{F} f left join (select carrier as k, name from {C} where distance > 3) c on c.k = f.carrier",
        f"{F} f join cte g on f.delay = g.distance and g.origin > f.origin",
        f"{F} f join (select carrier, name from {C}) c using (carrier)",
        f"{F} f right join (select carrier, distance as d from {C}) c using (carrier) left join cte using (carrier, origin)",
        f"cte f, (select name from {C} where distance > 3 order by name limit 1) c",
    ]
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Queries full of what makes names ambiguous: aliases that hide columns, doubled aliases, nested sources."""
    source, where = draw(sources), draw(predicates)
    outputs = draw(st.lists(st.tuples(numbers, names), min_size=1, max_size=3, unique_by=lambda pair: pair[1]))
    selected = ", ".join(f"{number} as {name}" for number, name in outputs)
    cte = draw(
        st.sampled_from(
            [
                f"select * from {F}",
                f"select * from {F} f where delay > 2",
                f"with cte as (select * from {F} where delay > 1) select * from cte where distance > 3",
                f"with f as (select * from {F}), g as (select * from f) select f.* from f semi join g on f.delay = g.distance",
                f"select distinct carrier, origin, delay, distance, flight_date from {F}",
                f"select * from (select flight_date, delay + 1 as delay, origin, carrier, distance * 2 as distance from {F})",
                f"select * from (select delay, flight_date, origin, carrier, distance from {F} order by all limit 9)",
                f"select carrier, origin, delay, distance, flight_date from {F} union all select carrier, name, 1, distance, date '2013-01-09' from {C}",
            ]
        )
    )
    head = f"with cte as ({cte}) "
    match draw(st.integers(0, 4)):
        case 0:
            return f"{head}select {selected} from {source} where {where}"
        case 1:
            keys = draw(st.sampled_from(["1", "all", outputs[0][1], f"{outputs[0][0]}"]))
            return f"{head}select {outputs[0][0]} as {outputs[0][1]}, count(*) as n from {source} where {where} group by {keys}"
        case 2:
            having = draw(st.sampled_from(["n > 1", "count(*) > 1", "sum(f.delay) > 3", "n > 1 and origin <> 'LGA'"]))
            return f"{head}select origin, count(*) as n, min({outputs[0][0]}) as {outputs[0][1]} from {source} where {where} group by origin having {having}"
        case 3:
            window = f"row_number() over (partition by f.origin order by {outputs[0][0]}, f.delay, f.distance, f.carrier, f.flight_date)"
            return f"{head}select {selected}, {window} as rn from {F} f where {where} qualify rn < 4"
        case _:
            other = ", ".join(draw(st.sampled_from(["delay", "distance", "7"])) for _ in outputs)
            return f"{head}select {selected} from {source} where {where} union all select {other} from cte order by 1"


@settings(max_examples=60, deadline=None)
@given(queries())
def test_generated_queries_keep_their_rows(sql: str) -> None:
    try:
        expected = rows_of(sql)
    except duckdb.Error:
        assume(False)
        raise
    assert rows_of(canonical(sql)) == expected

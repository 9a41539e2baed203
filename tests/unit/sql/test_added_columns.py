"""Whether a query is an earlier one with columns added and nothing else.

Each pair is run on DuckDB, where the earlier columns of the new query are to hold the earlier query's rows. The traps are
not called additions, and where they look like one the rows that they give show why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from swathe.model.definition import Column
from swathe.sql.canonical import added_columns
from swathe.sql.canonical.unused import is_known_to_give_one_value

F = '"swathe:ref"."flights"'
C = '"swathe:ref"."carriers"'
FLIGHTS = {"flight_date": "DATE", "carrier": "VARCHAR", "origin": "VARCHAR", "delay": "INTEGER", "distance": "BIGINT"}
CARRIERS = {"carrier": "VARCHAR", "name": "VARCHAR", "size": "INTEGER"}
SCHEMA = {
    ("swathe:ref", "flights"): [Column(name, kind) for name, kind in FLIGHTS.items()],
    ("swathe:ref", "carriers"): [Column(name, kind) for name, kind in CARRIERS.items()],
}
LATE = f"late as (select carrier, origin, sum(delay) as s from {F} group by 1, 2)"

ADDITIONS = [
    ("at the end", f"select carrier from {F}", f"select carrier, origin from {F}", ["origin"]),
    ("at the front", f"select carrier from {F}", f"select origin, carrier from {F}", ["origin"]),
    ("two between", f"select carrier, delay from {F}", f"select carrier, origin, distance * 2 as d, delay from {F}", ["origin", "d"]),
    ("with other layout", f"select carrier from {F} where delay > 1 and origin = 'JFK'", f"SELECT origin, f.carrier FROM {F} f WHERE 'JFK' = f.origin AND 1 < f.delay", ["origin"]),
    ("nameless", f"select carrier from {F}", f"select carrier, delay + 1 from {F}", ["(delay + 1)"]),
    ("an aggregate", f"select carrier, sum(delay) as s from {F} group by 1", f"select carrier, max(delay) as m, sum(delay) as s from {F} group by 1", ["m"]),
    ("an aggregate before its key", f"select carrier, sum(delay) as s from {F} group by 1", f"select max(delay) as m, carrier, sum(delay) as s from {F} group by 2", ["m"]),
    ("an aggregate beside another", f"select sum(delay) as s from {F}", f"select sum(delay) as s, count(*) as n from {F}", ["n"]),
    ("one that HAVING reads", f"select carrier from {F} group by 1 having count(*) > 8", f"select carrier, count(*) as n from {F} group by 1 having n > 8", ["n"]),
    ("one that WHERE reads", f"select carrier from {F} where delay * 2 > 8", f"select carrier, delay * 2 as d from {F} where d > 8", ["d"]),
    ("a window", f"select carrier, delay from {F}", f"select carrier, delay, sum(delay) over (partition by carrier) as s, row_number() over (order by delay, distance, flight_date) as r from {F}", ["s", "r"]),
    ("beside QUALIFY", f"select carrier from {F} qualify row_number() over (partition by carrier order by delay, distance, origin) = 1", f"select carrier, row_number() over (partition by carrier order by delay, distance, origin) as r from {F} qualify r = 1", ["r"]),
    ("a subquery", f"select carrier from {F}", f"select carrier, (select max(name) from {C} c where c.carrier = f.carrier) as name from {F} f", ["name"]),
    ("a subquery beside none that groups", f"select carrier, count(*) as n from {F} group by 1", f"select carrier, count(*) as n, (select max(size) from {C}) as m from {F} group by 1", ["m"]),
    ("CASE and functions", f"select carrier from {F}", f"select carrier, case when delay > 3 then upper(origin) end as k, coalesce(delay, 0) as d, extract(month from flight_date) as m from {F}", ["k", "d", "m"]),
    ("of the other side of a join", f"select f.carrier from {F} f left join {C} c on f.carrier = c.carrier", f"select f.carrier, c.name from {F} f left join {C} c on f.carrier = c.carrier", ["name"]),
    ("in every branch", f"select carrier from {F} union all select name from {C}", f"select delay as x, carrier from {F} union all select size, name from {C}", ["x"]),
    ("in three branches", f"select carrier from {F} union all (select name from {C} union all select origin from {F})", f"select carrier, 1 as x from {F} union all (select name, 2 from {C} union all select origin, 3 from {F})", ["x"]),
    ("beside ORDER BY and LIMIT", f"select distance, delay from {F} order by 1, 2 limit 5", f"select origin, distance, delay from {F} order by 2, 3 limit 5", ["origin"]),
    ("beside DISTINCT ON", f"select distinct on (carrier) carrier, delay from {F} order by carrier, delay, distance, origin", f"select distinct on (carrier) carrier, delay, distance as d from {F} order by carrier, delay, distance, origin", ["d"]),
    ("in a CTE that the star gives out", f"with {LATE} select * from late", f"with {LATE.replace('sum(', 'max(delay) as m, sum(')} select * from late", ["m"]),
    ("in a chain of stars", f"with f as (select carrier, delay from {F}), g as (select * from f where delay > 1) select * from g", f"with f as (select carrier, delay, distance from {F}), g as (select *, delay * distance as dd from f where delay > 1) select * from g", ["distance", "dd"]),
    ("after a CTE that groups", f"with {LATE} select carrier, s from late where s > 3", f"with {LATE.replace('sum(', 'max(delay) as m, sum(')} select carrier, s, m + s as ms from late where s > 3", ["ms"]),
    ("in a CTE that is read twice", f"with {LATE} select a.carrier, b.s from late a join late b on a.origin = b.carrier or a.carrier = b.carrier", f"with {LATE.replace('sum(', 'max(delay) as m, sum(')} select a.carrier, b.s, b.m from late a join late b on a.origin = b.carrier or a.carrier = b.carrier", ["m"]),
    ("in an import that is read twice", f"with f as (select carrier, delay from {F}) select a.carrier from f a join f b on a.delay = b.delay", f"with f as (select carrier, delay, distance from {F}) select a.carrier, b.distance from f a join f b on a.delay = b.delay", ["distance"]),
    ("in a derived union", f"select * from (select carrier from {F} union all select name from {C})", f"select * from (select carrier, delay from {F} union all select name, size from {C})", ["delay"]),
    ("put through a final CTE", f"select carrier, sum(delay) as s from {F} group by 1", f"with final as (select carrier, sum(delay) as s, count(*) as n from {F} group by 1) select * from final", ["n"]),
    ("beside partition values", f"select carrier from {F} where flight_date >= swathe_partition_start()", f"select carrier, swathe_partition_start() as p from {F} where flight_date >= swathe_partition_start()", ["p"]),
]  # fmt: skip

TRAPS = [
    ("nothing added", f"select carrier, origin from {F}", f"select origin, carrier from {F}"),
    ("one removed", f"select carrier, origin from {F}", f"select carrier from {F}"),
    ("one renamed", f"select carrier from {F}", f"select carrier as c from {F}"),
    ("one renamed and one added", f"select carrier, delay from {F}", f"select carrier, delay as d, origin from {F}"),
    ("one added and one changed", f"select carrier, delay from {F}", f"select carrier, delay + 1 as delay, origin from {F}"),
    ("a name taken over", f"select carrier from {F}", f"select carrier as origin, origin as carrier from {F}"),
    ("a filter", f"select carrier from {F}", f"select carrier, origin from {F} where delay > 1"),
    ("a join", f"select f.carrier from {F} f", f"select f.carrier, c.name from {F} f join {C} c on true"),
    ("an outer join", f"select f.carrier from {F} f", f"select f.carrier, c.name from {F} f left join {C} c on c.size > f.delay"),
    ("a key", f"select carrier, count(*) as n from {F} group by 1", f"select carrier, origin, count(*) as n from {F} group by 1, 2"),
    ("a key of GROUP BY ALL", f"select carrier, count(*) as n from {F} group by all", f"select carrier, origin, count(*) as n from {F} group by all"),
    ("another key by its place", f"select carrier, origin from {F} group by 1, 2", f"select carrier, delay, origin from {F} group by 1, 2, 3"),
    ("DISTINCT", f"select distinct carrier from {F}", f"select distinct carrier, origin from {F}"),
    ("UNION", f"select carrier from {F} union select name from {C}", f"select carrier, delay from {F} union select name, size from {C}"),
    ("EXCEPT", f"select carrier from {F} except select carrier from {C}", f"select carrier, delay from {F} except select carrier, size from {C}"),
    ("INTERSECT", f"select carrier from {F} intersect select carrier from {C}", f"select carrier, delay from {F} intersect select carrier, size from {C}"),
    ("UNION in a CTE", f"with u as (select carrier from {F} union select name from {C}) select * from u", f"with u as (select carrier, delay from {F} union select name, size from {C}) select * from u"),
    ("DISTINCT in a CTE", f"with d as (select distinct carrier from {F}) select carrier from d", f"with d as (select distinct carrier, origin from {F}) select carrier, origin from d"),
    ("DISTINCT in a CTE, not given out", f"with d as (select distinct carrier from {F}) select carrier from d", f"with d as (select distinct carrier, origin from {F}) select carrier, 1 as x from d"),
    ("the first aggregate", f"select 1 as one from {F}", f"select 1 as one, count(*) as n from {F}"),
    ("the first aggregate, in a CTE", f"with f as (select 1 as one from {F}) select * from f", f"with f as (select 1 as one, max(delay) as m from {F}) select * from f"),
    ("the first aggregate, in a function", f"select 'x' as k from {F}", f"select 'x' as k, coalesce(sum(delay), 0) as s from {F}"),
    ("the first aggregate, of a window", f"select 'x' as k from {F}", f"select 'x' as k, sum(sum(delay)) over () as s from {F}"),
    ("the first aggregate, beside a window", f"select sum(1) over () as w from {F}", f"select sum(1) over () as w, count(*) as n from {F}"),
    ("the first aggregate, of a subquery", f"select 'x' as k from {F}", f"select 'x' as k, (select sum(f.delay)) as s from {F} f"),
    ("rows by unnest", f"select carrier from {F}", f"select carrier, unnest([1, 2]) as u from {F}"),
    ("rows by unnest, in a function", f"select carrier from {F}", f"select carrier, 1 + unnest([1, 2]) as u from {F}"),
    ("a function that nobody knows", f"select carrier from {F}", f"select carrier, twice(delay) as u from {F}"),
    ("another order with LIMIT", f"select distance from {F} order by 1 limit 3", f"select delay, distance from {F} order by 1, 2 limit 3"),
    ("LIMIT by the new column", f"select distance from {F} limit 3", f"select distance, delay * 7 % 5 as k from {F} order by k, distance limit 3"),
    ("LIMIT without an order", f"select distance from {F} limit 3", f"select distance, delay from {F} limit 3"),
    ("ORDER BY ALL with LIMIT", f"select distance from {F} order by all limit 3", f"select delay, distance from {F} order by all limit 3"),
    ("DISTINCT ON the new column", f"select distinct on (carrier) carrier from {F} order by carrier", f"select distinct on (k) carrier, origin as k from {F} order by k, carrier"),
    ("another alias of GROUP BY", f"select delay as k, count(*) as n from {F} group by k", f"select delay as k, origin, count(*) as n from {F} group by k, origin"),
    ("another row of QUALIFY", f"select carrier from {F} qualify row_number() over (order by delay, distance) = 1", f"select carrier, row_number() over (order by distance, delay) as r from {F} qualify r = 1"),
    ("another branch", f"select carrier from {F} union all select name from {C}", f"select carrier, delay from {F} union all select carrier, size from {C}"),
    ("columns of a branch swapped", f"select carrier from {F} union all select carrier from {C}", f"select name, carrier from {C} union all select name, carrier from {C}"),
    ("added in one place, swapped in a branch", f"select carrier as a, origin as b from {F} union all select name, carrier from {C}", f"select carrier as a, 1 as x, origin as b from {F} union all select carrier, 1, name from {C}"),
    ("a CTE of another filter", f"with f as (select carrier from {F} where delay > 1) select * from f", f"with f as (select carrier, delay from {F} where delay > 2) select * from f"),
    ("a whole row", f"select carrier, to_json(f) as j from (select carrier from {F}) f", f"select carrier, origin, to_json(f) as j from (select carrier, origin from {F}) f"),
    ("a count of rows", f"with d as (select distinct carrier from {F}) select count(*) as n from d", f"with d as (select distinct carrier, origin from {F}) select count(*) as n, 1 as x from d"),
    ("a random number", f"select carrier from {F}", f"select carrier, random() as r from {F}"),
]  # fmt: skip


def parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def added(before: str, after: str) -> tuple[int, ...]:
    return added_columns(parsed(before), SCHEMA, parsed(after), SCHEMA, "duckdb")


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute('create schema "swathe:ref"')
    con.execute(
        f"create table {F} as select date '2013-01-01' + cast(i % 5 as integer) as flight_date, "
        "['AA', 'UA', null, 'DL'][i % 4 + 1] as carrier, ['JFK', 'LGA', 'EWR'][i % 3 + 1] as origin, "
        "case when i % 7 = 0 then null else (i * 37 % 23)::integer - 5 end as delay, "
        "(i * 101 % 11)::bigint as distance from range(41) t(i)"
    )
    con.execute(f"create table {C} (carrier varchar, name varchar, size integer)")
    con.execute(f"insert into {C} values ('AA', 'American', 3), ('UA', 'United', 5), (null, 'None', 7), ('AA', 'B', 1)")
    con.execute("create macro swathe_partition_start() as date '2013-01-02'")
    con.execute("create macro twice(x) as unnest([x, x])")
    return con


def rows_of(sql: str, columns: Sequence[str] = ()) -> Counter[tuple[str, ...]]:
    """Rows as a multiset, of some columns by name; without any of all, in the order of their names."""
    cursor = warehouse().execute(sql)
    names = [column[0].lower() for column in cursor.description or ()]
    places = [names.index(name) for name in columns or sorted(names)]
    return Counter(tuple(repr(row[place]) for place in places) for row in cursor.fetchall())


def names_of(sql: str) -> list[str]:
    return [column[0].lower() for column in warehouse().execute(sql).description or ()]


@pytest.mark.parametrize(
    ("before", "after", "names"), [pytest.param(*pair, id=name.replace(" ", "-")) for name, *pair in ADDITIONS]
)
def test_columns_are_added_and_nothing_else(before: str, after: str, names: list[str]) -> None:
    given = names_of(after)
    assert [given[at] for at in added(before, after)] == names
    assert rows_of(after, sorted(names_of(before))) == rows_of(before)
    assert added(after, before) == ()


@pytest.mark.parametrize(("before", "after"), [pytest.param(a, b, id=name.replace(" ", "-")) for name, a, b in TRAPS])
def test_what_is_not_only_an_addition(before: str, after: str) -> None:
    assert added(before, after) == ()


def test_nearly_all_of_the_traps_give_other_rows() -> None:
    looks_alike = {name: (a, b) for name, a, b in TRAPS if set(names_of(a)) < set(names_of(b))}
    same = [name for name, (a, b) in looks_alike.items() if rows_of(b, sorted(names_of(a))) == rows_of(a)]
    assert same == ["LIMIT without an order", "a random number"]
    assert len(looks_alike) > 25


def test_a_star_over_an_input_that_gained_a_column() -> None:
    narrow = {**SCHEMA, ("swathe:ref", "carriers"): SCHEMA["swathe:ref", "carriers"][:2]}
    for text in (f"select * from {C}", f"with c as (select * from {C}) select c.* from c where name > 'B'"):
        assert added_columns(parsed(text), narrow, parsed(text), SCHEMA, "duckdb") == (2,)
    for text in (f"select distinct * from {C}", f"select *, count(*) as n from {C} group by all"):
        assert added_columns(parsed(text), narrow, parsed(text), SCHEMA, "duckdb") == ()


def test_a_table_of_which_nothing_is_known() -> None:
    assert added("select * from lake.t", "select *, 1 as x from lake.t") == ()


def test_both_queries_are_left_as_they_were() -> None:
    before, after = parsed(f"select carrier from {F}"), parsed(f"with f as (select * from {F}) select * from f")
    copies = before.copy(), after.copy()
    assert added_columns(before, SCHEMA, after, SCHEMA, "duckdb") == (0, 2, 3, 4)
    assert (before, after) == copies


def test_every_aggregate_of_the_engine_is_known_to_be_one() -> None:
    """Else leaving out the first one would not be seen to change how rows are grouped."""
    functions = warehouse().execute(
        "select function_name, bool_or(function_type = 'aggregate'), bool_and(function_type in ('scalar', 'macro')) "
        "from duckdb_functions() where regexp_full_match(function_name, '[a-z_][a-z_0-9]*') "
        "and schema_name = 'main' and database_name = 'system' group by 1"
    )
    wrong = []
    for name, is_aggregate, is_scalar in functions.fetchall():
        for arguments in ("", "x", "x, y", "x, y, z"):
            try:
                call = parsed(f"select {name}({arguments})").selects[0]
            except sqlglot.ParseError:
                continue
            finds = call.find(exp.AggFunc) is not None
            if is_known_to_give_one_value(call) and ((is_aggregate and not finds) or (is_scalar and finds)):
                wrong.append(call.sql("duckdb"))
    assert wrong == []


values = st.sampled_from(
    [
        "f.delay",
        "f.distance * 2",
        "sum(f.delay)",
        "count(*)",
        "max(f.delay) over ()",
        "f.origin",
        "1",
        "'x'",
        "null",
        "(select max(c.size) from carriers c)",
        "sum(count(*)) over ()",
        "unnest([1, 2])",
        "row_number() over (order by 1)",
        "(select sum(f.delay))",
        "twice(f.delay)",
        "coalesce(max(f.distance), 0)",
    ]
)
tails = st.sampled_from(
    [
        "",
        "where f.delay > 3",
        "group by all",
        "group by 1",
        "group by f.origin",
        "order by 1 limit 3",
        "order by a limit 4",
        "order by b, a limit 4",
        "qualify row_number() over (order by a, f.distance) < 4",
        "having count(*) > 1",
        "limit 2",
        "group by a, b",
        "where b > 3",
        "qualify b > 3",
        "group by f.origin having b > 3",
        "order by all limit 3",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_generated_additions_keep_the_earlier_columns(data: st.DataObject) -> None:
    """An added column among others, in all shapes of queries: what is called an addition is one."""
    first, second, third = (data.draw(values) for _ in range(3))
    tail, other_tail = data.draw(tails), data.draw(tails)
    head = data.draw(st.sampled_from(["select", "select", "select", "select distinct", "select distinct on (a)"]))
    source = data.draw(st.sampled_from(["flights", "(select * from flights where delay > 1)"]))
    frame = data.draw(
        st.sampled_from(
            [
                "{}",
                "{}",
                "select * from ({})",
                "with q as ({}) select * from q where a is not null",
                "with q as ({}) select x.* from q x join q y on x.a is not distinct from y.a",
            ]
        )
    )
    columns = data.draw(st.permutations([f"{first} as a", f"{second} as b", f"{third} as c"]))
    both = [
        f"{head} {first} as a from {source} f {tail}",
        f"{head} {', '.join(columns)} from {source} f {data.draw(st.sampled_from([tail, other_tail]))}",
    ]
    before, after = (
        frame.format(text).replace("from flights", f"from {F}").replace("from carriers", f"from {C}") for text in both
    )
    if not added(before, after):
        return
    try:
        expected, given = rows_of(before), rows_of(after, sorted(names_of(before)))
    except duckdb.Error:
        return
    assert given == expected, (before, after)

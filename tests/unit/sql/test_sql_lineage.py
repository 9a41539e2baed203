"""Which columns each output column is made from, and which decide the rows."""

from __future__ import annotations

import pytest

from swathe.errors import Location
from swathe.model.definition import Column, InputName, InputRef
from swathe.sql.lineage import Lineage, trace
from swathe.sql.lineage_reach import InputColumn
from swathe.sql.parse import parse_query
from swathe.sql.prune import prune, prune_values
from swathe.sql.prune.prepare import prepare, scans_of

NAMES = {"t": "t", "u": "raw.u"}
INPUTS = {("swathe:ref", name): InputRef(InputName(shown)) for name, shown in NAMES.items()}
SCHEMA = {
    ("swathe:ref", "t"): [
        Column("a", "INTEGER"),
        Column("b", "VARCHAR"),
        Column("L", "INTEGER[]"),
        Column("st", "STRUCT(x INTEGER, y INTEGER)"),
    ],
    ("swathe:ref", "u"): [Column("a", "INTEGER"), Column("c", "VARCHAR")],
}
T, U = '"swathe:ref"."t"', '"swathe:ref"."u"'


def lineage(text: str, *columns: str) -> Lineage:
    query = parse_query(text.format(t=T, u=U), INPUTS, "duckdb", lambda offset: Location("m.sql", 1, offset + 1))
    return trace(query, SCHEMA, [Column(name, "INTEGER") for name in columns], "duckdb")


def names(origin: frozenset[InputColumn]) -> str:
    return " ".join(sorted(f"{column.input}.{column.column or '*'}" for column in origin))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", "t.a"),
        ("cast(a + 1 as varchar) || b", "t.a t.b"),
        ("1", ""),
        ("count(*)", ""),
        ("count(*) filter (where b = 'x')", "t.b"),
        ("case when b = 'x' then a end", "t.a t.b"),
        ("sum(a) over (partition by b order by l)", "t.L t.a t.b"),
        ("sum(a) over w", "t.L t.a t.b"),
        ("sum(a) over (w rows unbounded preceding)", "t.L t.a t.b"),
        ("count(*) over ()", ""),
        ("st.x", "t.st"),
        ("st['x']", "t.st"),
        ("list_transform(l, lambda x: x + a)", "t.L t.a"),
        ("[x for x in l if x > a]", "t.L t.a"),
        ("t", "t.L t.a t.b t.st"),
        ("hash(t.*)", "t.L t.a t.b t.st"),
        ("rowid", "t.L t.a t.b t.st"),
        ("#2", "t.L t.a t.b t.st"),
        ("(select max(c) from {u} as u where u.a = t.a)", "raw.u.a raw.u.c t.a"),
        ("exists (select c from {u} as u where u.a = t.a)", "raw.u.a t.a"),
        ("b in (select c from {u} as u)", "raw.u.c t.b"),
        ("max(__swathe_partition_start__)", ""),
    ],
)
def test_an_expression_is_made_from_what_it_reads(expression: str, expected: str) -> None:
    text = f"select {expression} as q from {{t}} as t window v as (partition by b), w as (v order by l)"
    assert names(lineage(text, "q").made_from["q"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select q from (select a as q from {t})", "t.a"),
        ("select q from (select a, b from {t}) as d(p, q)", "t.b"),
        ("with d(p, q) as (select a, b from {t}) select q from d", "t.b"),
        ("with d as (select * from {t}), e as (select b as q, * from d) select q from e", "t.b"),
        ("with a as (select a from {t}) select (with a as (select c from {u}) select max(c) from a) as q", "raw.u.c"),
        ("select q from {t} as f(o, q)", "t.b"),
        ("select a as q from {t} union all select c from {u}", "raw.u.c t.a"),
        ("(select a as q from {t}) intersect (select a from {u})", "raw.u.a t.a"),
        ("select a as q from {t} semi join {u} using (a)", "t.a"),
        ("select a as q from {t} left join {u} using (a)", "t.a"),
        ("select a as q from {t} full join {u} using (a)", "raw.u.a t.a"),
        ("select x.a as q from ({t} as x join {u} as y on x.a = y.a)", "t.a"),
        ("select q from {t}, unnest(l) as k(q)", "t.L"),
        ("select q from {t} as t, lateral (select c as q from {u} as u where u.a = t.a) as k", "raw.u.c"),
        ("select q from (values (1), (2)) as v(q) join {t} as t on t.a = v.q", ""),
        ("select q from range(5) as r(q), {t}", ""),
        ("select range as q from range(5), {t}", ""),
        ("from {t} select a as q", "t.a"),
        ("select A as q from {t}", "t.a"),
        ("select columns('a') as q from {t}", "t.L t.a t.b t.st"),
        ("select q from {t} pivot (sum(a) for b in ('q'))", "t.*"),
        ("select q from (pivot {t} on b using sum(a))", "t.*"),
    ],
)  # fmt: skip
def test_a_column_is_followed_to_the_inputs(text: str, expected: str) -> None:
    assert names(lineage(text, "q").made_from["q"]) == expected


def test_any_column_of_a_recursive_query_may_come_out_at_any_other() -> None:
    text = "with recursive r(q, n, m) as (select a, b, 1 from {t} union all select n, c, m from r join {u} as u on u.a = n) "
    found = lineage(text + "select q, m from r", "q", "m")
    assert names(found.made_from["q"]) == names(found.made_from["m"]) == "raw.u.a raw.u.c t.a t.b"


def test_a_column_is_one_of_several() -> None:
    aliased = lineage("select a as z, z + 1 as q from {t}", "z", "q")
    assert names(aliased.made_from["q"]) == "t.a"
    united = lineage("select a as q, b from {t} union all by name select c as b, a as q from {u}", "q", "b")
    assert names(united.made_from["q"]) == "raw.u.a t.a"
    unpacked = lineage("select s.* from (select {{'q': a, 'r': b}} as s from {t})", "q", "r")
    assert names(unpacked.made_from["q"]) == "t.a t.b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a from {t}", ""),
        ("select a from {t} order by b", ""),
        ("select a from {t} order by b limit 3", "t.b"),
        ("select a as z from {t} order by z limit 3", "t.a"),
        ("select a from {t} where b > 'x'", "t.b"),
        ("select a from {t} where a in (select a from {u} where c > 'x')", "raw.u.a raw.u.c t.a"),
        ("select a from {t} where exists (from {u})", ""),
        ("select a from {t} qualify row_number() over (partition by b order by l) = 1", "t.L t.b"),
        ("select max(a) as a from {t} group by b having count(l) > 1", "t.L t.b"),
        ("select b as a, count(*) as n from {t} group by all", "t.b"),
        ("select b as a, count(*) as n from {t} group by 1", "t.b"),
        ("select distinct a from {t}", "t.a"),
        ("select distinct on (a) a from {t} order by a, l", "t.L t.a"),
        ("select t.a from {t} as t join {u} as u on u.a = t.a and c > 'x'", "raw.u.a raw.u.c t.a"),
        ("select t.a from {t} as t left join (select a from {u} where c > 'x') as u using (a)", "raw.u.a raw.u.c t.a"),
        ("select t.a from {t} as t, {u} as u", ""),
        ("select a from {t} union select a from {u}", "raw.u.a t.a"),
        ("select a from {t} except all select a from {u} where c > 'x'", "raw.u.a raw.u.c t.a"),
        ("select a, unnest(l) as n from {t}", "t.L"),
        ("select a from {t}, unnest(l) as k(n)", "t.L"),
        ("with unused as (select 1 from {t} where b > 'x') select a from {t}", ""),
    ],
)
def test_what_filters_joins_or_groups_decides_the_rows(text: str, expected: str) -> None:
    columns = ["a", "n"] if " as n" in text else ["a"]
    assert names(lineage(text, *columns).decided_by) == expected


def test_columns_are_matched_by_position_however_the_database_calls_them() -> None:
    found = lineage("select count(b), a + 1 from {t}", "count(b)", "(a + 1)")
    assert {name: names(origin) for name, origin in found.made_from.items()} == {"count(b)": "t.b", "(a + 1)": "t.a"}


def test_a_star_stands_for_the_columns_of_the_schema() -> None:
    found = lineage("select * exclude (a) from {t}", "b", "L", "st")
    assert {name: names(origin) for name, origin in found.made_from.items()} == {"b": "t.b", "l": "t.L", "st": "t.st"}


def test_where_sqlglot_gives_up_every_column_may_matter() -> None:
    found = lineage("select query('x') as q from {t} join {u} using (a)", "q")
    assert names(found.made_from["q"]) == names(found.decided_by) == "raw.u.* t.*"


def test_a_model_of_several_queries_is_made_from_all() -> None:
    one, other = lineage("select a as q from {t}", "q"), lineage("select c as q from {u} where a > 1", "q")
    merged = Lineage.merged([one, other])
    assert names(merged.made_from["q"]) == "raw.u.c t.a"
    assert names(merged.decided_by) == "raw.u.a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a from {t} order by b", "t.a t.b"),
        ("select first(a) as a from (select a, b from {t} order by b)", "t.a t.b"),
        ("select first(a) as a from (select a, b from {t} order by 2)", "t.a t.b"),
        ("select first(a) as a from (select a, b from {t} order by all)", "t.a t.b"),
        ("with s as (select a from {t} order by l) select first(a) as a from s", "t.L t.a"),
        ("select first(a) as a from (select a, b from {t} union all select a, c from {u} order by 2)",
         "raw.u.a raw.u.c t.a t.b"),
        ("select a from {t} where exists (select 1 from {u})", "t.a"),
        ("select a from (select a, b from {t})", "t.a"),
    ],
)  # fmt: skip
def test_what_is_read_is_all_that_has_an_influence(text: str, expected: str) -> None:
    assert names(lineage(text, "a").reads) == expected


@pytest.mark.parametrize(
    "text",
    [
        "select t.a, count(*) as n from {t} as t join {u} as u using (a) where b = 'x' group by t.a",
        "select distinct on (b) a, b from {t} order by b, a",
        "select a, sum(a) over (partition by b order by a) as n from {t} qualify n > 1",
        "with s as (select a, b from {t}) select s.a, u.c from s left join {u} as u on u.a = s.a or u.c = s.b",
        "select a from {t} union select a from {u} where exists (select 1 from {t} as k where k.a = u.a)",
    ],
)
def test_nobody_changes_the_resolved_query_that_all_share(text: str) -> None:
    query = parse_query(text.format(t=T, u=U), INPUTS, "duckdb", lambda offset: Location("m.sql", 1, offset + 1))
    scans = scans_of(query.tree, SCHEMA)
    shared = prepare(query.tree, scans, "duckdb")
    before = repr(shared)
    prune(query.tree, SCHEMA, "duckdb", "a")
    prune_values(query.tree, SCHEMA, "duckdb", "a")
    trace(query, SCHEMA, [Column("a", "INTEGER")], "duckdb")
    assert prepare(query.tree, scans, "duckdb") is shared
    assert repr(shared) == before

"""Filtering scans by IS NULL changes nothing in the rows of the query that have NULL in the partition column."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one
from test_pruned_values import COLUMNS, DAYS, HUGE, SCHEMA, TABLES, TEXTS, Draw, parsed
from test_pruned_values import TEMPLATES as OF_VALUES

from swathe.model.definition import Column
from swathe.sql.prune import prune_nulls, prune_values

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))

TEMPLATES = [
    "select cast(d as timestamp) as p, x from s.f",
    "select cast(k as integer) as p, x from s.f",
    "select try_cast(k as date) as p, x from s.f",
    "select k::json as p, x from s.f",
    "select cast(j as varchar) as p, x from s.f",
    "select cast(j as integer) as p, x from s.f",
    "select date_trunc('month', ts) as p, count(*) from s.f group by 1",
    "select date_trunc('month', ts) as p, count(*) from s.f group by ts",
    "select d + interval 1 day as p, x from s.f",
    "select d + x as p, x from s.f",
    "select n + 1 as p, sum(x) from s.f group by n + 1",
    "select n + u as p, x from s.f",
    "select n - u as p, x from s.f",
    "select 1 + (n - 1) as p, x from s.f",
    "select n // 0 as p, x from s.f",
    "select n % x as p, x from s.f",
    "select nullif(n, 1) as p, x from s.f",
    "select coalesce(k, k2) as p, x from s.f",
    "select greatest(n, x) as p, x from s.f",
    "select case when x > 3 then k end as p, x from s.f",
    "select max(k) as p, n from s.f group by n",
    "select k as p, count(*) from s.f group by rollup (k)",
    "select k as p, n, count(*) from s.f group by grouping sets ((k), (n))",
    "select k as p, n, count(*) from s.f group by cube (k, n)",
    "select lag(k) over (order by x) as p, x from s.f",
    "select n as p, x, sum(x) over (order by n) as m from s.f",
    "select n as p, x, sum(x) over (order by n nulls first) as m from s.f",
    "select n as p, x, sum(x) over (order by n range between 1 preceding and current row) as m from s.f",
    "select n as p, x, sum(x) over (order by n range between unbounded preceding and 1 following) as m from s.f",
    "select d as p, x, count(*) over (order by d range between interval 1 day preceding and current row) as m from s.f",
    "select k as p, x, row_number() over (partition by k order by x) as m from s.f",
    "select distinct on (k) k as p, x from s.f order by k, x",
    "select g.k as p, f.x from s.f left join s.g on f.x = g.x",
    "select g.k as p, f.x from s.f left join s.g on f.k = g.k",
    "select g.k as p, f.x from s.f left join s.g on f.x = g.x where g.n >= 0",
    "select g.k as p, f.x from s.f left join s.g on f.x = g.x join s.h on h.x = g.x",
    "select g.k as p, f.x from s.f left join s.g on f.x = g.x where g.k is null",
    "select g.k as p, f.x from s.f left join s.g on f.x = g.x where g.k is null and f.n = g.n",
    "select f.k as p, f.x, g.k from s.f left join s.g on f.k = g.k",
    "select f.k as p, f.x, g.k from s.f left join s.g on f.k is not distinct from g.k",
    "select f.k as p, f.x, g.k from s.f join s.g on f.k is not distinct from g.k",
    "select f.k as p, f.x, g.x from s.f right join s.g on f.x = g.x",
    "select g.k as p, f.x, g.x from s.f right join s.g on f.x = g.x",
    "select f.k as p, f.x, g.x from s.f full join s.g on f.x = g.x",
    "select f.k as p, f.x, g.x from s.f full join s.g on f.x = g.x where f.n > 0",
    "select k as p, f.x, g.x from s.f full join s.g using (k)",
    "select k as p, f.x, g.x from s.f left join s.g using (k)",
    "select k as p, f.x, g.x from s.f right join s.g using (k)",
    "select f.k as p, f.x from s.f semi join s.g on f.x = g.x",
    "select f.k as p, f.x from s.f anti join s.g on f.x = g.x",
    "select f.k as p, f.x, g.x from s.f, s.g where f.x = g.x and f.n = g.n",
    "select k as p, x from s.f except select k2, x from s.g",
    "select k as p, n from s.f intersect select k2, n from s.g",
    "select n as p, x from s.f union all select k, x from s.g",
    "select n as p, x from s.f union all select j, x from s.g",
    "select k as p, x from s.f union all select null, x from s.g",
    "with w as (select k, k2, x from s.f) select a.k as p, b.x from w a join w b using (x)",
    "with w as (select k, k2, x from s.f) select a.k as p, b.x from w a join w b on a.x = b.x and b.k2 = a.k2",
    "with w as (select k, x from s.f) select k as p, x from w union all select k, x + 1 from w",
    "select k as p, x from s.f where x in (select x from s.g where k is not null)",
    "select k as p, (select max(x) from s.g where g.k = f.k) as m from s.f",
    "select k as p, (select count(*) from s.g where g.k is not distinct from f.k) as m from s.f",
    "select k as p, x from s.f where not exists (select 1 from s.g where g.k = f.k)",
    "select k as p, x from s.f where k not in (select k from s.g)",
    "select k as p, x from s.f order by x limit 3",
    "select p, n from (select k as p, count(*) as n from s.f group by k having count(*) > 1)",
    *(OF_VALUES if DEEP else ()),
]

ALL = [*COLUMNS, Column("j", "JSON")]
WITH_JSON = dict.fromkeys(SCHEMA, ALL)


@pytest.fixture(scope="module", params=range(3 if DEEP else 1))
def connection(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute("pragma disable_optimizer")
        connection.execute("create schema s")
        dice = random.Random(request.param)
        marks = ", ".join("?" for _ in ALL)
        for table in TABLES:
            connection.execute(f"create table s.{table} ({', '.join(f'{each.name} {each.type}' for each in ALL)})")
            for x in range(dice.randint(6, 14)):
                connection.execute(f"insert into s.{table} values ({marks})", [x, *_row(dice)])
        yield connection


def _row(dice: random.Random) -> list[object]:
    def one(*choices: object) -> object:
        return None if dice.random() < 0.45 else dice.choice(choices)

    huge = (0, 1, HUGE)
    moments = tuple(f"{day} {hour:02}:00" for day in DAYS for hour in (0, 12))
    return [
        one(*TEXTS), one(*TEXTS), one(0, 1, 2), one(0, 1, 2), one(*huge), one(*huge), one(True, False), one(*DAYS),
        one(*moments), one(0.0, 1.5), one(*TEXTS), one(*TEXTS), one("null", "1", "null"),
    ]  # fmt: skip


def _filtered(query: exp.Query, conditions: dict[int, list[str]]) -> str:
    def rewrite(node: exp.Expr) -> exp.Expr:
        wanted = conditions.get(node.meta.get("scan", -1)) if isinstance(node, exp.Table) else None
        if not wanted:
            return node
        bare = node.copy()
        bare.set("alias", None)
        return parse_one(
            f"(select * from {bare.sql('duckdb')} where {' and '.join(wanted)}) as {node.alias_or_name}",
            dialect="duckdb",
        )

    return query.copy().transform(rewrite).sql("duckdb")


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> list[object]:
    return connection.execute(
        f"select * from (select cast(columns(*) as varchar) from (select * from ({sql}) where {where})) order by all"
    ).fetchall()


def _in_both(column: str) -> str:
    """NULL, or a value out of a set. Within a kind, equal values are written alike."""
    return f"(cast({column} as varchar) in ('1', '2', 'true', '{DAYS[0]}') or {column} is null)"


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether the query is one that DuckDB runs, and some scan of it is filtered."""
    query = parsed(sql)
    try:
        expected = _rows(connection, sql, "p is null")
    except duckdb.Error:
        return False
    nulls = prune_nulls(query, WITH_JSON, "duckdb", "p")
    by_null = {
        number: [f"{each.column} is null" for each in found]
        for number, found in nulls.items()
        if isinstance(found, tuple)
    }
    if by_null:
        filtered = _filtered(query, by_null)
        assert _rows(connection, filtered, "p is null") == expected, filtered
    _check_both(connection, query)
    return bool(by_null)


def _check_both(connection: duckdb.DuckDBPyConnection, query: exp.Query) -> None:
    """Where a batch holds NULL and values, what both proofs reach is filtered by both."""
    nulls = prune_nulls(query, WITH_JSON, "duckdb", "p")
    same = prune_values(query, WITH_JSON, "duckdb", "p")
    both = {}
    for number, found in nulls.items():
        also = same.get(number)
        if isinstance(found, tuple) and isinstance(also, tuple):
            columns = {each.column for each in found} & {each.column for each in also}
            both[number] = [_in_both(column) for column in sorted(columns)]
    if any(both.values()):
        filtered, plain = _filtered(query, both), query.sql("duckdb")
        assert _rows(connection, filtered, _in_both("p")) == _rows(connection, plain, _in_both("p")), filtered


@pytest.mark.parametrize("sql", TEMPLATES)
def test_filtered_scans_give_the_same_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    _check(connection, sql)


def test_many_are_filtered() -> None:
    """Else the test above says little."""
    found = [prune_nulls(parsed(sql), WITH_JSON, "duckdb", "p") for sql in TEMPLATES]
    assert sum(any(isinstance(result, tuple) for result in each.values()) for each in found) > 25


@settings(
    max_examples=4_000 if DEEP else 30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32))
def test_generated_queries(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(4):
        if _check(connection, Draw(dice).query(dice.randint(1, 3))):
            return

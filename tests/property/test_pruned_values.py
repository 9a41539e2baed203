"""Filtering scans by a set of values changes nothing in the rows of the query that hold one of them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.sql.prune import ValuesResult, prune_values

COLUMNS = [
    Column("x", "INTEGER"),
    Column("k", "VARCHAR"),
    Column("k2", "VARCHAR"),
    Column("n", "BIGINT"),
    Column("u", "UTINYINT"),
    Column("h", "HUGEINT"),
    Column("uh", "UHUGEINT"),
    Column("b", "BOOLEAN"),
    Column("d", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("r", "DOUBLE"),
    Column("c", "VARCHAR COLLATE NOCASE"),
    Column("e", "ENUM('0', '1', '01', '1e0', '1E0', '2')"),
]
TABLES = ("f", "g", "h")
SCHEMA = {("s", table): COLUMNS for table in TABLES}
# All of them are numbers, and some the same number, so that every conversion succeeds and several give one value.
TEXTS = ("0", "1", "01", "1e0", "1E0", "2")
DAYS = tuple(date(2024, 3, 5) + timedelta(days=day) for day in range(4))
HUGE = 10**37

TEMPLATES = [
    # expressions
    "select k as p, x from s.f",
    'select (K) as "P", x from s.f',
    "select n as k, k as p, x from s.f",
    "select lower(k) as p, x from s.f",
    "select coalesce(k, k2) as p, x from s.f",
    "select cast(x as varchar) as p from s.f",
    "select cast(u as integer) as p, x from s.f",
    "select n + 1 as p, x from s.f",
    "select not b as p, x from s.f",
    "select case when x > 3 then k else k2 end as p, x from s.f",
    "select k collate nocase as p, x from s.f",
    "select c as p, x from s.f",
    "select e as p, x from s.f",
    "select r as p, x from s.f",
    "select uh as p, x from s.f",
    "select h as p, x from s.f",
    "select d as p, x from s.f",
    "select d + 1 as p, x from s.f",
    "select cast(ts as date) as p, x from s.f",
    "select k as p, x from s.f where k = k2",
    "select k as p, x from s.f where k = c",
    "select n as p, x from s.f where n = u and u = h",
    "select n as p, x from s.f where n = r and r = u",
    "select k as p, x from s.f where k = '1' or n = 1",
    # one SELECT
    "select k as p, count(*), sum(x) from s.f group by k",
    "select k as p, k2, count(*) from s.f group by 1, 2 having count(*) > 1",
    "select k as p, count(*) from s.f group by p",
    "select k as p, count(*) from s.f group by k, k2",
    "select k as p, count(*) from s.f group by all",
    "select lower(k) as p, count(*) from s.f group by lower(k)",
    "select lower(k) as k, lower(k) as p, count(*) from s.f group by k",
    "select min(k) as p, k2 from s.f group by k2",
    "select any_value(k) as p from s.f",
    "select k as p, count(*) from s.f group by rollup (k)",
    "select k as p, count(*) from s.f group by cube (k, n)",
    "select k2 as k, k as p, count(*) from s.f group by k, k2",
    "select distinct k as p, n from s.f",
    "select distinct on (k) k as p, x from s.f order by k, x",
    "select distinct on (k2) k as p, x from s.f order by k2, x",
    "select distinct on (k) k2 as k, k2 as p, x from s.f order by k, x",
    "select distinct on (k collate nocase) k as p, x from s.f order by k collate nocase, x",
    "select k as p, x from s.f order by x limit 5",
    "select k as p, x from s.f order by x offset 2",
    "select k as p, x from s.f where x in (select x from s.g)",
    "select k as p, x from s.f where k not in (select k2 from s.g where k2 is not null)",
    "select k as p, (select count(*) from s.g where g.k = f.k) as n from s.f",
    "select k as p, x from s.f where not exists (select 1 from s.g where g.k = f.k)",
    "select (select max(k) from s.g where g.x = f.x) as p, x from s.f",
    # window functions
    "select k as p, row_number() over (partition by k order by x) as n, x from s.f",
    "select k as p, row_number() over (partition by k2 order by x) as n, x from s.f",
    "select k as p, row_number() over (order by x) as n, x from s.f",
    "select k as p, sum(x) over w as n, x from s.f window w as (partition by k, n)",
    "select k as p, x from s.f qualify row_number() over (partition by k order by x) = 1",
    "select k2 as k, k2 as p, x from s.f qualify row_number() over (partition by k order by x) = 1",
    "select first_value(k) over (partition by k2 order by x) as p, x from s.f",
    "select n as p, x, sum(x) over (order by n range between 1 preceding and current row) as m from s.f",
    "select n as p, x, sum(x) over (order by n range between current row and current row) as m from s.f",
    ("select d as p, x, sum(x) over (order by d range between interval 1 day preceding and current row) as m from s.f"),
    "select p, n from (select k as p, row_number() over (partition by k order by x) as n from s.f) where n < 3",
    # joins
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.k",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.k2 and f.n = g.n",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.n",
    "select f.n as p, f.x, g.x from s.f join s.g on f.n = g.k",
    "select f.n as p, f.x, g.x from s.f join s.g on f.n = g.u",
    "select f.n as p, f.x, g.x from s.f join s.g on f.n = g.r",
    "select f.h as p, f.x, g.x from s.f join s.g on f.h = g.uh",
    "select f.h as p, f.x, g.x from s.f join s.g on f.h = g.uh and g.uh = g.h",
    "select f.n as p, f.x, g.x from s.f join s.g on f.n = g.b",
    "select f.b as p, f.x, g.x from s.f join s.g on f.b = g.n",
    "select f.b as p, f.x, g.x from s.f join s.g on f.b = g.b",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.c",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.k collate nocase",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.e",
    "select f.d as p, f.x, g.x from s.f join s.g on f.d = g.d",
    "select f.d as p, f.x, g.x from s.f join s.g on f.d = g.ts",
    "select f.d as p, f.x, g.x from s.f join s.g on f.d = g.ts join s.h on h.d = g.ts",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = lower(g.k)",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k is not distinct from g.k",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k <> g.k",
    "select f.n as p, f.x, g.x from s.f join s.g on g.n between f.n and f.n",
    "select f.n as p, f.x, g.x from s.f join s.g on g.n >= f.n and g.n <= f.u and f.n = f.u",
    "select f.n as p, f.x, g.x from s.f join s.g on g.n = f.n - 1",
    "select f.k as p, f.x, g.x from s.f join s.g on f.k = g.k or f.n = g.n",
    "select f.k as p, f.x, g.x from s.f join s.g on (f.k, f.n) = (g.k, g.n)",
    "select f.k as p, f.x from s.f join s.g on f.k = any (select k from s.h) and g.k = any (select k from s.h)",
    "select k as p, f.x, g.x from s.f join s.g using (k)",
    "select k as p, f.x, g.x, h.x from s.f join s.g using (k) left join s.h using (k)",
    "select k as p, f.x, g.x from s.f left join s.g using (k)",
    "select k as p, f.x, g.x from s.f right join s.g using (k)",
    "select k as p, f.x, g.x from s.f full join s.g using (k)",
    "select k as p, f.x, g.x, h.x from s.f full join s.g using (k) join s.h using (k)",
    "select k as p, a.x, b.x from s.f a join (select n as k, x from s.g) b using (k)",
    "select k as p, a.x, b.x from (select n as k, x from s.f) a join (select k, x from s.g) b using (k)",
    "select k as p, a.x, b.x from (select n as k, x from s.f) a right join (select k, x from s.g) b using (k)",
    "select k as p, a.x, b.x from (select c as k, x from s.f) a left join (select k, x from s.g) b using (k)",
    "select k as p, a.x, b.x from (select n as k, x from s.f) a left join (select u as k, x from s.g) b using (k)",
    (
        "select k as p, a.x, h.x from (select n as k, x from s.f) a join (select k, x from s.g) b using (k)"
        " join s.h on h.n = k"
    ),
    "select a.i as j, a.i as p, a.x, g.x from (select k as i, k2 as j, x from s.f) a, s.g where j = g.k",
    "select f.k as p, f.x, g.x from s.f natural join s.g",
    "select f.k as p, f.x, g.x from s.f left join s.g on f.k = g.k",
    "select g.k as p, f.x, g.x from s.f left join s.g on f.k = g.k",
    "select g.k as p, f.x, g.x from s.f left join s.g on f.x = g.x",
    "select f.k as p, f.x, g.x from s.f left join s.g on f.x = g.x where g.k = f.k",
    "select f.k as p, f.x, g.x from s.f left join s.g on f.k = g.k where g.n = 1",
    "select f.k as p, f.x, g.x from s.f left join s.g on f.x = g.x where g.k is null",
    "select f.k as p, f.x, g.x from s.f left join s.g on f.k = g.k where coalesce(g.k, '1') = '1'",
    "select f.k as p, f.x, g.x from s.f right join s.g on f.k = g.k",
    "select g.k as p, f.x, g.x from s.f right join s.g on f.k = g.k and f.x > 3",
    "select f.k as p, f.x, g.x, h.x from s.f left join s.g on f.k = g.k left join s.h on h.k = g.k",
    "select f.k as p, f.x, g.x, h.x from s.f left join s.g on f.k = g.k join s.h on h.k = g.k",
    "select h.k as p, f.x, g.x, h.x from s.f join s.g on f.k = g.k right join s.h on h.k = g.k",
    "select f.k as p, f.x from s.f semi join s.g on f.k = g.k",
    "select k as p, x from s.f anti join s.g using (k)",
    "select f.k as p, f.x, g.x from s.f, s.g where f.k = g.k",
    "select f.k as p, f.x, h.x from s.f, s.g join s.h using (k) where f.x = g.x",
    "select f.k as p, f.x, h.x from s.f, s.g right join s.h on g.k = h.k where f.k = h.k",
    "select f.k as p, f.x, g.x from s.f cross join s.g",
    "select f.k as p, f.x, g.ts from s.f asof join s.g on f.k = g.k and f.ts >= g.ts",
    "select f.k as p, j.x from s.f left join (s.g join s.h on g.k = h.k) as j(x, k) on j.k = f.k",
    "select f.k as p, n from s.f, lateral (select count(*) as n from s.g where g.k = f.k)",
    "select t.k as p, f.x from (values ('1'), ('01')) t(k) left join s.f on f.k = t.k",
    "select f.k as p, t.u from s.f, unnest(['1', '01']) as t(u) where t.u = f.k",
    "select a.k as p, a.x, b.m from s.f a left join (select k, count(*) as m from s.g group by k) b on a.k = b.k",
    "select a.k as p, a.x, b.m from s.f a join (select n as k, count(*) as m from s.g group by n) b on a.k = b.k",
    # several queries
    "with t as (select k as p, x from s.f where x > 2) select * from t",
    "with t(p, y) as (select k, x from s.f) select p, sum(y) from t group by p",
    "with t as (select k, x from s.f) select a.k as p, a.x, b.x from t a join t b on b.k = a.k",
    "with t as (select k, x from s.f) select a.k as p, a.x, b.x from t a join t b on b.x = a.x",
    "with t as (select k, k2, x from s.f) select a.k as p, a.x, b.x from t a join t b on a.k = b.k2",
    "with t as (select k, x from s.f) select k as p, x from t where x > (select avg(x) from t)",
    "with t as (select k as p, x from s.f order by x limit 4) select * from t",
    (
        "with recursive r as (select k, x from s.f union all select k, x + 100 from r where x < 100)"
        " select k as p, x from r"
    ),
    (
        "with recursive r as (select k, 1 as i from s.f union select g.k, i + 1 from r join s.g on g.k2 = r.k"
        " where i < 3) select k as p, i from r"
    ),
    (
        "with recursive r as (select '1' as k union all select k from r where false) select f.k as p, x from r, s.f"
        " where r.k = f.k"
    ),
    "select k as p, x from s.f union all select k2, x from s.g",
    "select k as p, x from s.f union select k2, x from s.f",
    "select k as p, n from s.f except select k, n from s.g",
    "select k as p, n from s.f intersect all select k2, n from s.g",
    "select k as p, x from s.f union all select '1', x from s.g",
    "select k as p, x from s.f union all select null, x from s.g",
    "select n as p, x from s.f union all select 1, x from s.g",
    "select n as p, x from s.f union all select u, x from s.g",
    "select n as p, x from s.f union select k, x from s.g",
    "select n as p, x from s.f union all select r, x from s.g",
    "select h as p, x from s.f union all select uh, x from s.g",
    "select b as p, x from s.f union all select n, x from s.g",
    "select k as p, x from s.f union select c, x from s.g",
    "select d as p, x from s.f union all select ts, x from s.g",
    "select k as p, x from s.f union all select lower(k), x from s.g",
    "select k as p, x from s.f union all select cast(n as varchar), x from s.g",
    "select k as p, x from s.f union all select cast(c as varchar), x from s.g",
    "select f.k as p, v.x from s.f join (select k, x from s.g union all select cast(c as varchar), x from s.g) v using (k)",
    "select n as p, x from s.f union all by name select u as p, x from s.g",
    (
        "select f.n as p, f.x from s.f join (select n as i, x from s.g union all by name select k as i, x as y from s.g) v"
        " on f.n = v.i join s.h on h.n = v.i"
    ),
    (
        "select f.h as p, f.x from s.f join (select h as i, x from s.g union all by name select x as y, uh as i from s.g) v"
        " on f.h = v.i join s.h on h.h = v.i"
    ),
    "(select k as p, x from s.f order by x limit 2) union all select k, x from s.g",
    "select k as p, x from s.f union all select k, x from s.g order by x limit 3",
    "select p, count(*) from (select k as p from s.f union all select n from s.g) group by p",
    "select p, count(*) from (select n as p from s.f union all select u from s.g) group by p",
    "select f.k as p, a.i from s.f join (select n as i from s.g union all select k from s.h) a on a.i = f.k",
    "select * replace (k2 as k), k2 as p from s.f",
]


@pytest.fixture(scope="module", params=range(3))
def connection(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        # What a query means is tried here. Some of the generated ones do not get through the optimizer of DuckDB 2.0.
        connection.execute("pragma disable_optimizer")
        connection.execute("create schema s")
        dice = random.Random(request.param)
        marks = ", ".join("?" for _ in COLUMNS)
        for table in TABLES:
            connection.execute(f"create table s.{table} ({', '.join(f'{each.name} {each.type}' for each in COLUMNS)})")
            for x in range(dice.randint(8, 20)):
                connection.execute(f"insert into s.{table} values ({marks})", [x, *_row(dice)])
        yield connection


def _row(dice: random.Random) -> list[object]:
    def one(*choices: object) -> object:
        return None if dice.random() < 0.1 else dice.choice(choices)

    moments = (datetime(2024, 3, 5), datetime(2024, 3, 5, 12), datetime(2024, 3, 6))
    return [
        one(*TEXTS),
        one(*TEXTS),
        one(-1, 0, 1, 2),
        one(0, 1, 2),
        one(0, 1, HUGE, HUGE + 1),
        one(0, 1, HUGE, HUGE + 1),
        one(True, False),
        one(*DAYS),
        one(*moments),
        one(0.0, 1.0, 1.5, 2.0),
        one(*TEXTS),
        one(*TEXTS),
    ]


Predicate = Callable[[str], str]
"""A column's name made into the condition that its value lies in a set."""


def _literals(column_type: str) -> list[str]:
    """Values of the type, or nothing for a type that a table cannot be cut by."""
    if column_type.endswith("INT") or column_type == "INTEGER":
        return ["0", "1", "2", "3", *([str(HUGE), str(HUGE + 1)] if "HUGE" in column_type else [])]
    return {
        "VARCHAR": [f"'{text}'" for text in TEXTS],
        "BOOLEAN": ["true", "false"],
        "DATE": [f"date '{day}'" for day in DAYS],
    }.get(column_type, [])


def _some_set(dice: random.Random, literals: list[str]) -> Predicate:
    chosen = ", ".join(dice.sample(literals, dice.randint(1, len(literals) - 1)))
    forms = ["{} in ({})", "{} in ({})", "{} not in ({})"]
    if "3" in literals:
        forms.append("{} >= 1 and {} < 3")
    form = dice.choice(forms)
    return lambda column: form.replace("{}", column, 1).replace("{}", chosen if "in (" in form else column, 1)


def parsed(sql: str) -> exp.Query:
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    for number, table in enumerate(query.find_all(exp.Table)):
        if table.db == "s":
            table.meta["scan"] = number
    return query


def _filtered(query: exp.Query, results: dict[int, ValuesResult], inside: Predicate) -> str:
    def rewrite(node: exp.Expr) -> exp.Expr:
        result = results.get(node.meta.get("scan", -1)) if isinstance(node, exp.Table) else None
        if not isinstance(result, tuple):
            return node
        bare = node.copy()
        bare.set("alias", None)
        conditions = " and ".join(inside(same.column) for same in result)
        text = f"(select * from {bare.sql('duckdb')} where {conditions}) as {node.alias_or_name}"
        return parse_one(text, dialect="duckdb")

    return query.copy().transform(rewrite).sql("duckdb")


def _inside(connection: duckdb.DuckDBPyConnection, sql: str, inside: Predicate) -> list[object]:
    return connection.execute(
        f"select * from (select cast(columns(*) as varchar) from (select * from ({sql}) where {inside('p')})) order by all"
    ).fetchall()


def _kind(column_type: str) -> str:
    return "an integer" if column_type.endswith("INT") or column_type == "INTEGER" else column_type


def _check(connection: duckdb.DuckDBPyConnection, sql: str, dice: random.Random, sets: int) -> bool:
    """Whether the query is one that DuckDB runs, and some scan of it is filtered."""
    query = parsed(sql)
    plain = query.sql("duckdb")
    try:
        types = {name.lower(): kind for name, kind, *_ in connection.execute(f"describe {plain}").fetchall()}
        connection.execute(plain).fetchall()
    except (duckdb.BinderException, duckdb.ConversionException):
        return False
    results = prune_values(query, SCHEMA, "duckdb", "p")
    assert results.keys() == {table.meta["scan"] for table in query.find_all(exp.Table) if table.db == "s"}
    found = [same for result in results.values() if isinstance(result, tuple) for same in result]
    assert all(_kind(same.column_type) == _kind(types["p"]) for same in found), (types["p"], found)
    for _ in range(sets if found else 0):
        inside = _some_set(dice, _literals(types["p"]))
        filtered = _filtered(query, results, inside)
        assert _inside(connection, filtered, inside) == _inside(connection, plain, inside), (inside("p"), filtered)
    return bool(found)


@pytest.mark.parametrize("sql", TEMPLATES)
def test_filtered_scans_give_the_same_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    _check(connection, sql, random.Random(sql), 4)


class Draw:
    """Queries put together at random: every one has the columns `p` and `q` of any type, and `x` (an integer)."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._names = 0
        # Most columns of one query are of one family, so that most of its comparisons can be followed.
        self._family = dice.choice((("k", "k2"), ("k", "k2", "k", "c", "n"), ("n", "u", "x"), ("n", "u", "b", "r", "k"), ("d", "ts", "d"), ("h", "uh", "n"), ("b", "b", "n")))  # fmt: skip

    def query(self, depth: int) -> str:
        if depth == 0:
            return self._input()
        shapes = (
            self._select,
            self._select,
            self._group,
            self._window,
            self._join,
            self._join,
            self._union,
            self._with,
        )
        return self._dice.choice(shapes)(depth - 1)

    def _input(self) -> str:
        p, q = self._dice.choice(self._family), self._dice.choice(self._family)
        where = self._dice.choice(("", "", "", f" where {p} = {q}", f" where {q} in (select {p} from s.g)"))
        return f"select {p} as p, {q} as q, x from s.{self._dice.choice(TABLES)}{where}"

    def _value(self, p: str, q: str) -> str:
        forms = (p,) * 12 + (q,) * 4 + (f"({p})", f"coalesce({p}, {q})", f"case when {p} = {q} then {p} end", f"cast({p} as varchar)", "1", "'1'", "date '2024-03-05'")  # fmt: skip
        return self._dice.choice(forms)

    def _from(self, depth: int) -> tuple[str, str]:
        self._names += 1
        name = f"q{self._names}"
        return f"({self.query(depth)}) as {name}", name

    def _select(self, depth: int) -> str:
        source, name = self._from(depth)
        value = self._value(f"{name}.p", f"{name}.q")
        distinct = self._dice.choice(
            ("", "", "distinct ", f"distinct on ({name}.p) ", f"distinct on ({value}, x) ", "distinct on (q) ")
        )
        where = self._dice.choice(
            (
                "",
                " where x > 3",
                " where p is not null",
                " where p = q",
                f" where exists (select 1 from s.g where g.x = {name}.x)",
                f" where {name}.q not in (select {self._dice.choice(self._family)} from s.h)",
            )
        )
        limit = self._dice.choice(("", "", "", "", "", "", " limit 5"))
        order = f" order by all{limit}" if "on" in distinct or limit else ""
        return f"select {distinct}{value} as p, {name}.q, x from {source}{where}{order}"

    def _group(self, depth: int) -> str:
        source, name = self._from(depth)
        value = self._value(f"{name}.p", f"{name}.q")
        by = self._dice.choice(("1, 2", f"{value}, {name}.q", "all", f"{name}.p, {name}.q", f"{name}.q, {name}.p, x"))
        return f"select {value} as p, {name}.q, cast(sum(x) as integer) as x from {source} group by {by}"

    def _window(self, depth: int) -> str:
        source, name = self._from(depth)
        over = self._dice.choice(
            (
                "partition by p",
                f"partition by {name}.p, {name}.q",
                "partition by q",
                "",
                "order by x range between 2 preceding and current row",
                "order by p range between current row and current row",
                "partition by q order by p",
            )
        )
        value = self._value(f"{name}.p", f"{name}.q")
        qualify = self._dice.choice(("", "", f" qualify count(*) over (partition by {name}.p) < 3"))
        return f"select {value} as p, {name}.q, cast(sum(x) over ({over}) as integer) as x from {source}{qualify}"

    def _join(self, depth: int) -> str:
        (left, a), (right, b) = self._from(depth), self._from(self._dice.randint(0, depth))
        how = self._dice.choice(("join", "join", "left join", "left join", "right join", "right join", "full join", "semi join", "anti join"))  # fmt: skip
        half = how in ("semi join", "anti join")
        if self._dice.random() < 0.3:
            where = self._dice.choice(("", f" where {a}.q = p")) if not half else ""
            columns = f"p, {a}.q, {a}.x" if half or self._dice.random() < 0.5 else f"p, {b}.q, {b}.x"
            return f"select {columns} from {left} {how} {right} using (p){where}"
        on = self._dice.choice(
            (
                f"{a}.p = {b}.p",
                f"{a}.p = {b}.q",
                f"{a}.p = {b}.p and {a}.q = {b}.q",
                f"{b}.p = {a}.p and {a}.x > {b}.x",
                f"{a}.x = {b}.x",
                f"{a}.p between {b}.p and {b}.q",
                f"{a}.p is not distinct from {b}.p",
                f"{a}.p = {b}.p or {a}.x = {b}.x",
                f"{a}.p = coalesce({b}.p, {b}.q)",
            )
        )
        owner, other = (a, a) if half else self._dice.choice(((a, b), (a, b), (b, a)))
        where = (
            ""
            if half
            else self._dice.choice(
                (
                    "",
                    "",
                    f" where {a}.x <> {b}.x",
                    f" where {b}.p = {a}.p",
                    f" where {b}.q is null",
                    f" where {b}.q = {a}.q",
                )
            )
        )
        value = self._value(f"{owner}.p", f"{other}.q")
        return f"select {value} as p, {other}.q, {other}.x from {left} {how} {right} on {on}{where}"

    def _union(self, depth: int) -> str:
        how = self._dice.choice(("union all", "union all", "union", "except", "intersect", "union all by name"))
        left, right = self._from(depth)[0], self._from(self._dice.randint(0, depth))[0]
        second = self._dice.choice(("p", "p", "p", "q", "null", "'1'", "1", "cast(q as varchar)"))
        return f"select p, q, x from {left} {how} select {second} as p, q, x from {right}"

    def _with(self, depth: int) -> str:
        inner = self.query(depth)
        self._names += 1
        name = f"w{self._names}"
        on = self._dice.choice(("a.p = b.p", "a.p = b.q", "a.x = b.x", "a.q = b.q and a.p = b.p"))
        how = self._dice.choice(("join", "left join", "right join", "semi join"))
        second = "a" if how == "semi join" else "b"
        return f"with {name} as ({inner}) select a.p, {second}.q, a.x from {name} a {how} {name} b on {on}"


DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))


@settings(
    max_examples=4_000 if DEEP else 60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**32))
def test_generated_queries(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(4):
        if _check(connection, Draw(dice).query(dice.randint(1, 3)), dice, 2):
            return

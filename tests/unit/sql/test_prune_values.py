"""Which columns of each scan hold the values of the query's column, and the reason when none does."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.sql.prune import SameValues, Schema, Unpruned, ValuesResult, prune_values

FLIGHTS = [
    Column("k", "VARCHAR"),
    Column("k2", "VARCHAR"),
    Column("x", "INTEGER"),
    Column("big", "BIGINT"),
    Column("small", "UTINYINT"),
    Column("huge", "HUGEINT"),
    Column("unsigned", "UHUGEINT"),
    Column("ok", "BOOLEAN"),
    Column("d", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("r", "DOUBLE"),
    Column("price", "DECIMAL(9,0)"),
    Column("nocase", "VARCHAR COLLATE NOCASE"),
    Column("e", "ENUM('a', 'b')"),
]
SCHEMA: Schema = {("s", table): FLIGHTS for table in ("f", "g", "h")}


def pruned(sql: str, column: str = "p", schema: Schema = SCHEMA, dialect: str = "duckdb") -> list[ValuesResult]:
    """The results in the order the scans are written."""
    query = parse_one(sql, dialect=dialect)
    assert isinstance(query, exp.Query)
    tables = [table for table in query.find_all(exp.Table) if table.db]
    tables.sort(key=lambda table: int(table.this.meta["start"]))
    for number, table in enumerate(tables):
        table.meta["scan"] = number
    results = prune_values(query, schema, dialect, column)
    assert sorted(results) == list(range(len(tables)))
    return [results[number] for number in range(len(tables))]


def shown(result: ValuesResult) -> set[str] | str:
    """The columns, or the reason why there is none."""
    return result.reason if isinstance(result, Unpruned) else {same.column for same in result}


def made_with(what: str) -> str:
    return f"`p` is made with {what}, which is not traced to one column"


def not_exact(column: str, type_: str) -> str:
    return f"`{column}` is {type_}, which is no text, integer, boolean or date that compares exactly"


FULL = "FULL JOIN keeps the rows of both sides that match nothing"
NO_TIE = "no condition ties `g` to `p`"
MIXED = "the branches of UNION are not sure to give `p` the same type"
K = {"k"}

COLUMNS: list[tuple[str, list[set[str] | str]]] = [
    # only a column itself
    ("select k as p from s.f", [K]),
    ('select ((K)) as "P", x from s.f', [K]),
    ("select k2 as k, k as p from s.f", [K]),
    ("select x as p from s.f where k = 'EWR' and x between 1000 and 1999", [{"x"}]),
    ("select ok as p from s.f", [{"ok"}]),
    ("select d as p from s.f", [{"d"}]),
    ("select lower(k) as p from s.f", [made_with("LOWER")]),
    ("select k || '' as p from s.f", [made_with("an expression")]),
    ("select cast(x as bigint) as p from s.f", [made_with("CAST")]),
    ("select cast(ts as date) as p from s.f", [made_with("CAST")]),
    ("select x + 0 as p from s.f", [made_with("an expression")]),
    ("select d + 1 as p from s.f", [made_with("an expression")]),
    ("select coalesce(k, k2) as p from s.f", [made_with("COALESCE")]),
    ("select case when x > 1 then k else k2 end as p from s.f", [made_with("CASE")]),
    ("select k collate nocase as p from s.f", [made_with("COLLATE")]),
    ("select 'EWR' as p from s.f", ["`p` is the same for all rows here"]),
    ("select r as p from s.f", [not_exact("r", "DOUBLE")]),
    ("select price as p from s.f", [not_exact("price", "DECIMAL(9,0)")]),
    ("select ts as p from s.f", [not_exact("ts", "TIMESTAMP")]),
    ("select nocase as p from s.f", [not_exact("nocase", "VARCHAR COLLATE NOCASE")]),
    ("select e as p from s.f", [not_exact("e", "ENUM('a', 'b')")]),
    ("select unsigned as p from s.f", [not_exact("unsigned", "UHUGEINT")]),
    # one SELECT
    ("select k as p, count(*) from s.f group by k, x", [K]),
    ("select k as p, count(*) from s.f group by 1", [K]),
    ("select k as p, count(*) from s.f group by p", [K]),
    ("select k as p, count(*) from s.f group by all", [K]),
    ("select max(k) as p, x from s.f group by x", ["GROUP BY does not contain `p`"]),
    ("select max(k) as p from s.f", ["MAX without GROUP BY reads all rows"]),
    ("select lower(k) as k, lower(k) as p from s.f group by k", ["GROUP BY does not contain `p`"]),
    ("select k as p from s.f group by rollup (k)", [K]),
    (
        "select max(k) as p from s.f group by rollup (x)",
        ["ROLLUP, CUBE and GROUPING SETS also group over all values of `p`"],
    ),
    ("select distinct k as p, x from s.f", [K]),
    ("select distinct on (k) k as p, x from s.f order by x", [K]),
    ("select distinct on (x) k as p, x from s.f", ["DISTINCT ON does not contain `p`"]),
    ("select distinct on (k) k2 as k, k2 as p from s.f", [{"k2"}]),
    ("select k as p from s.f limit 10", ["LIMIT decides over all rows"]),
    ("select k as p, rank() over (partition by x, k order by d) from s.f", [K]),
    ("select k as p, rank() over (order by d) from s.f", ["the window of RANK is not partitioned by `p`"]),
    (
        "select d as p, sum(x) over (order by d range between interval 6 day preceding and current row) from s.f",
        ["the window of SUM is not partitioned by `p`"],
    ),
    (
        "select d as p, sum(x) over (order by d range between current row and current row) from s.f",
        ["the window of SUM is not partitioned by `p`"],
    ),
    (
        "select k2 as k, k2 as p from s.f qualify row_number() over (partition by k order by x) = 1",
        ["the window of ROW_NUMBER is not partitioned by `p`"],
    ),
    ("select k as p from s.f where k not in (select k from s.g)", [K, "read by a subquery in WHERE"]),
    ("select k as p, (select max(x) from s.g where g.k = f.k) from s.f", [K, K]),
    ("select k as p, (select max(x) from s.g where g.x = f.x) from s.f", ["read by a subquery in the select list", K]),
    ("select k as p from s.f where k in (select k from s.g)", [K, K]),
    ("select k as p from s.f where k not in (select k from s.g)", [K, "read by a subquery in WHERE"]),
    # equality
    ("select k as p from s.f where k = k2", [{"k", "k2"}]),
    ("select f.k as p from s.f join s.g on f.k = g.k2", [K, {"k2"}]),
    ("select f.k as p from s.f, s.g where (g.k) = f.k and g.x > 3", [K, K]),
    ("select f.k as p from s.f join s.g on f.k = g.k join s.h on h.k2 = g.k", [K, K, {"k2"}]),
    ("select f.x as p from s.f join s.g on f.x = g.big and g.small = g.big", [{"x"}, {"big", "small"}]),
    ("select f.huge as p from s.f join s.g on f.huge = g.small", [{"huge"}, {"small"}]),
    ("select f.huge as p from s.f join s.g on f.huge = g.unsigned", [{"huge"}, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = g.k", [{"x"}, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = g.ok", [{"x"}, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = g.r and f.x = g.price", [{"x"}, NO_TIE]),
    ("select f.d as p from s.f join s.g on f.d = g.ts", [{"d"}, NO_TIE]),
    ("select f.k as p from s.f join s.g on f.k = g.nocase", [K, NO_TIE]),
    ("select f.k as p from s.f join s.g on f.k = g.k collate nocase", [K, NO_TIE]),
    ("select f.k as p from s.f join s.g on f.k = g.e", [K, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.x = f.x - 1", [{"x"}, NO_TIE]),
    ("select f.k as p from s.f join s.g on lower(g.k) = f.k", [K, NO_TIE]),
    ("select lower(f.k) as p from s.f join s.g on g.k = lower(f.k)", [made_with("LOWER")] * 2),
    ("select f.k as p from s.f join s.g on g.k <= f.k and g.k >= f.k", [K, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.x between f.x and f.x", [{"x"}, NO_TIE]),
    ("select f.k as p from s.f join s.g on f.k is not distinct from g.k", [K, NO_TIE]),
    ("select f.k as p from s.f join s.g on f.k = g.k or f.x = g.x", [K, NO_TIE]),
    # joins
    ("select k as p from s.f join s.g using (k)", [K, K]),
    ("select k as p from s.f natural join s.g", [K, K]),
    ("select k as p from s.f left join s.g using (k)", [K, K]),
    ("select k as p from s.f right join s.g using (k)", [K, K]),
    ("select k as p from s.f full join s.g using (k)", [K, K]),
    ("select k as p from s.f full join s.g using (k, x)", [K, K]),
    ("select coalesce(f.k, g.k) as p from s.f full join s.g on f.x = g.x", [FULL] * 2),
    ("select f.k as p from s.f full join s.g on f.k = g.k", [K, K]),
    ("select f.k as p from s.f left join s.g on f.k = g.k", [K, K]),
    ("select g.k as p from s.f left join s.g on f.k = g.k", [K, K]),
    ("select g.k as p from s.f left join s.g on f.x = g.x", ["no condition ties `f` to `p`", K]),
    ("select f.k as p from s.f left join s.g on f.x = g.x where g.k is null", [K, NO_TIE]),
    ("select f.k as p from s.f semi join s.g on f.k = g.k", [K, K]),
    ("select f.k as p from s.f anti join s.g on f.k = g.k", [K, K]),
    ("select f.k as p from s.f anti join s.g on f.x = g.x", [K, "ANTI JOIN looks for matches among all its rows"]),
    ("select p from s.f join (select k2 as k, k as p from s.g) as g using (k)", [NO_TIE.replace("g", "f", 1), K]),
    (
        "select k as p from s.f join (select x as k from s.g) as g using (k)",
        [made_with("COALESCE")] * 2,
    ),
    ("select k as p from (select x as k from s.f) a join (select big as k from s.g) b using (k)", [{"x"}, {"big"}]),
    (
        "select a.k as p from s.f a join (select x as k, k as q from s.g) b on a.k = b.k join s.h on h.k = b.q",
        [K, "no condition ties `b` to `p`", "no condition ties `h` to `p`"],
    ),
    # several queries
    ("with t as (select k, x from s.f) select k as p, x from t", [K]),
    ("with t as (select k from s.f) select a.k as p from t a join t b on a.k = b.k", [K]),
    (
        "with t as (select k, x from s.f) select a.k as p from t a join t b on a.x = b.x",
        ["no condition ties `b` to `p`"],
    ),
    (
        "with t as (select k, k2 from s.f) select a.k as p from t a join t b on a.k = b.k2",
        ["it is read more than once, restricted by different columns"],
    ),
    ("with recursive r as (select k from s.f union all select k from r) select k as p from r", ["`r` is recursive"]),
    ("select k as p from s.f union all select k2 from s.g", [K, {"k2"}]),
    ("select x as p from s.f union select big from s.g", [{"x"}, {"big"}]),
    ("select k as p from s.f except select k from s.g", [K, K]),
    ("select k as p from s.f union all select 'EWR' from s.g", [K, "`p` is the same for all rows here"]),
    ("select x as p from s.f union all select 1 from s.g", [{"x"}, "`p` is the same for all rows here"]),
    ("select k as p from s.f union all select cast(x as varchar) from s.g", [K, made_with("CAST")]),
    ("select k as p from s.f union all select cast(nocase as varchar) from s.g", [MIXED] * 2),
    ("select k as p from s.f union all select cast(x as varchar collate nocase) from s.g", [MIXED] * 2),
    ("select k as p from s.f union all select x from s.g", [MIXED] * 2),
    ("select x as p from s.f union all select '1' from s.g", [MIXED] * 2),
    ("select x as p from s.f union all select 1.5 from s.g", [MIXED] * 2),
    ("select x as p from s.f union all select 12345678901234567890123456789012345678901 from s.g", [MIXED] * 2),
    ("select ok as p from s.f union all select x from s.g", [MIXED] * 2),
    ("select d as p from s.f union all select ts from s.g", [MIXED] * 2),
    ("select huge as p from s.f union all select unsigned from s.g", [MIXED] * 2),
    ("select k as p from s.f intersect select nocase from s.g", [MIXED.replace("UNION", "INTERSECT")] * 2),
    (
        "select p from (select k as p from s.f union all select x from s.g) union all select k from s.h",
        [MIXED] * 3,
    ),
    ("select k as p from s.f union all by name select k as p from s.g", ["this form of UNION is not followed"] * 2),
    # a branch whose columns are not all known gives no kinds, and BY NAME gives them in another order
    (
        "select f.k as p from s.f join (select x, k from s.g union all select * from t()) u on u.k = f.k",
        [K, "no condition ties `u` to `p`"],
    ),
    (
        (
            "select f.huge as p from s.f, (select huge as i, x from s.g union all by name select x as y, unsigned as i"
            " from s.g) u, s.h where u.i = f.huge and u.i = h.huge"
        ),
        [{"huge"}, *["no condition ties `u` to `p`"] * 2, "no condition ties `h` to `p`"],
    ),
    # names
    ("select x from s.f", ["the query's known output has no column `p`"]),
    ("select k as p, x as P from s.f", ["two output columns are called `p`"]),
    ("select p from s.unknown", ["the columns of `unknown` are not known"]),
]


@pytest.mark.parametrize(("sql", "expected"), COLUMNS)
def test_columns_of_each_scan(sql: str, expected: list[object]) -> None:
    assert [shown(result) for result in pruned(sql)] == expected


POSTGRES: Schema = {
    ("s", "f"): [Column("t", "text"), Column("v", "character varying(5)"), Column("i", "integer")],
    ("s", "g"): [
        Column("t", "character(5)"),
        Column("v", "character varying(9)"),
        Column("i", "numeric(10,0)"),
        Column("c", "citext"),
        Column("b", "bpchar"),
        Column("b2", "bigint"),
    ],
}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select f.t as p from s.f join s.g on f.t = g.v", [{"t"}, {"v"}]),
        ("select v as p from s.f join s.g using (v)", [{"v"}, {"v"}]),
        ("select f.v as p from s.f join s.g on f.v = g.t", [{"v"}, NO_TIE]),
        ("select f.t as p from s.f join s.g on f.t = g.c", [{"t"}, NO_TIE]),
        ("select f.t as p from s.f join s.g on f.t = g.b", [{"t"}, NO_TIE]),
        ("select f.i as p from s.f join s.g on f.i = g.b2", [{"i"}, {"b2"}]),
        ("select i as p from s.f join s.g using (i)", [made_with("COALESCE")] * 2),
        ("select t as p from s.g", [not_exact("t", "character(5)")]),
    ],
)
def test_types_of_postgres(sql: str, expected: list[object]) -> None:
    assert [shown(result) for result in pruned(sql, schema=POSTGRES, dialect="postgres")] == expected


def test_names_and_types_keep_the_schema_spelling() -> None:
    schema: Schema = {("s", "Flights"): [Column("Origin", "varchar")]}
    assert pruned('select ORIGIN from s."Flights"', "origin", schema) == [(SameValues("Origin", "varchar"),)]


@pytest.mark.parametrize(
    ("sql", "marked"),
    [
        ("select k as p from s.f limit 10", "10"),
        ("select lower(k) as p from s.f", "lower"),
        ("select k as p, row_number() over (order by x) from s.f", "row_number"),
        ("select k as p from s.f union all select x from s.g", "x from s.g"),
    ],
)
def test_a_reason_points_at_the_construct(sql: str, marked: str) -> None:
    result = pruned(sql)[-1]
    assert isinstance(result, Unpruned)
    assert result.offset is not None
    assert sql[result.offset :].startswith(marked)


def test_many_branches() -> None:
    def united(branches: int) -> set[str] | str:
        found = pruned(" union all ".join(["select k as p from s.f"] * branches))
        assert len({str(result) for result in found}) == 1
        return shown(found[0])

    assert united(60) == K
    assert united(800) in (K, "the query is nested too deeply", "the names in this query could not be resolved")


def test_the_query_is_left_as_it_was() -> None:
    query = parse_one("select k from s.f join s.g using (k)", dialect="duckdb")
    assert isinstance(query, exp.Query)
    before = query.copy()
    prune_values(query, SCHEMA, "duckdb", "k")
    assert query == before

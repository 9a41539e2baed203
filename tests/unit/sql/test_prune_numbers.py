"""Which whole numbers of each scan decide a span of the query's column, and the reason when it is all of them."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.partition.number_window import NumberSpan
from swathe.sql.prune import Pruned, ScanResult, Schema, Unpruned, prune_numbers

F = [
    Column("x", "INTEGER"),
    Column("y", "INTEGER"),
    Column("b", "BIGINT"),
    Column("u", "UTINYINT"),
    Column("h", "HUGEINT"),
    Column("uh", "UHUGEINT"),
    Column("r", "DOUBLE"),
    Column("e", "DECIMAL(9,0)"),
    Column("k", "VARCHAR"),
    Column("d", "DATE"),
    Column("v", "INTEGER"),
]
SCHEMA: Schema = {("s", table): F for table in ("f", "g", "h")}
SPAN = NumberSpan(100, 200)


def pruned(sql: str, dialect: str = "duckdb", schema: Schema = SCHEMA) -> list[ScanResult]:
    """The results in the order the scans are written."""
    query = parse_one(sql, dialect=dialect)
    assert isinstance(query, exp.Query)
    tables = [table for table in query.find_all(exp.Table) if table.db]
    tables.sort(key=lambda table: int(table.this.meta["start"]))
    for number, table in enumerate(tables):
        table.meta["scan"] = number
    results = prune_numbers(query, schema, dialect, "p")
    assert sorted(results) == list(range(len(tables)))
    return [results[number] for number in range(len(tables))]


Shown = dict[str, tuple[int | None, int | None]] | str


def shown(result: ScanResult) -> Shown:
    """What is read of each column for the numbers from 100 to 199 (both bounds inclusive), or why it is everything."""
    if isinstance(result, Unpruned):
        return result.reason

    def read(each: Pruned) -> tuple[int | None, int | None]:
        span = each.window.apply_to_numbers(SPAN)
        return span.start, None if span.end is None else span.end - 1

    return {each.column: read(each) for each in result}


def made_with(what: str) -> str:
    return f"`p` is made with {what}, which is not traced to one column"


def not_exact(column: str, type_: str) -> str:
    return f"`{column}` is {type_}, which is no integer that compares exactly"


ODD = made_with("an expression")
NO_TIE = "no condition ties `g` to `p`"
MIXED = "the branches of UNION are not sure to give `p` the same type"
SAME = {"x": (100, 199)}

EXPRESSIONS: list[tuple[str, Shown]] = [
    ("x", SAME),
    ("((x))", SAME),
    ("u", {"u": (100, 199)}),
    ("h", {"h": (100, 199)}),
    ("x + 5", {"x": (95, 194)}),
    ("5 + x", {"x": (95, 194)}),
    ("x - 5", {"x": (105, 204)}),
    ("x - -5", {"x": (95, 194)}),
    ("-5 + x", {"x": (105, 204)}),
    ("(x + 5) - 3", {"x": (98, 197)}),
    ("x + 0", SAME),
    ("x * 10", {"x": (10, 19)}),
    ("7 * x", {"x": (15, 28)}),
    ("x * 1000", {"x": (1, 0)}),
    ("x // 100", {"x": (10000, 19999)}),
    ("(x + 50) // 100", {"x": (9950, 19949)}),
    ("x // 100 * 100", {"x": (100, 199)}),
    ("x // 7 // 3", {"x": (2100, 4199)}),
    ("cast(x as bigint)", SAME),
    ("x::hugeint + 1", {"x": (99, 198)}),
    ("cast(b as integer)", {"b": (100, 199)}),
    ("cast(x as ubigint)", SAME),
    ("try_cast(b as utinyint) + 1", {"b": (99, 198)}),
    # the order is reversed, or not kept
    ("-x", ODD),
    ("5 - x", ODD),
    ("x * -1", ODD),
    ("x * 0", ODD),
    ("x // -2", ODD),
    ("x // 0", ODD),
    ("100 // x", ODD),
    ("x % 10", ODD),
    ("x & 3", ODD),
    ("abs(x)", made_with("ABS")),
    ("x ** 2", made_with("POWER")),
    ("x + y", ODD),
    ("x * y", ODD),
    ("x // y", ODD),
    # not all whole numbers are exact
    ("x / 100", ODD),
    ("floor(x / 100)", made_with("FLOOR")),
    ("cast(floor(x / 100) as integer)", made_with("CAST")),
    ("cast(cast(b as double) as bigint)", made_with("CAST")),
    ("cast(x + 0.5 as integer)", made_with("CAST")),
    ("cast(r as integer)", made_with("CAST")),
    ("cast(e as integer)", made_with("CAST")),
    ("cast(k as integer)", made_with("CAST")),
    ("cast(x as uhugeint)", made_with("CAST")),
    ("cast(x as double)", made_with("CAST")),
    ("cast(x as varchar)", made_with("CAST")),
    ("x + 1.0", ODD),
    ("x + 1e3", ODD),
    ("x + '5'", ODD),
    ("x + 1234567890123456789", ODD),
    ("x + null", ODD),
    ("r + 1", ODD),
    ("e + 1", ODD),
    ("uh + 1", ODD),
    ("coalesce(x, 1)", made_with("COALESCE")),
    ("uh", not_exact("uh", "UHUGEINT")),
    ("r", not_exact("r", "DOUBLE")),
    ("e", not_exact("e", "DECIMAL(9,0)")),
    ("k", not_exact("k", "VARCHAR")),
    ("d", not_exact("d", "DATE")),
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_expressions(expression: str, expected: Shown) -> None:
    assert shown(*pruned(f"select {expression} as p from s.f")) == expected
    # What is followed is followed as a key, too.
    if not isinstance(expected, str):
        grouped = f"select {expression} as p, count(*) from s.f group by {expression}"
        assert shown(*pruned(grouped)) == expected


def test_bounds_that_are_too_far_out_are_left_out() -> None:
    steps = " // 100000000000000000" * 3
    assert shown(*pruned(f"select h{steps} as p from s.f")) == {"h": (10**38, None)}


FRAMES: list[tuple[str, Shown]] = [
    ("order by x range between 10 preceding and current row", {"x": (90, 199)}),
    ("order by x range 10 preceding", {"x": (90, 199)}),
    ("order by x asc range between 10 preceding and 5 following", {"x": (90, 204)}),
    ("order by x range between 10 preceding and 5 preceding", {"x": (90, 199)}),
    ("order by x range between 5 following and 10 following", {"x": (100, 209)}),
    ("order by x range between current row and current row", {"x": (100, 199)}),
    ("partition by k order by x range between 10 preceding and current row", {"x": (90, 199)}),
    ("order by x desc range between 10 preceding and current row", {"x": (100, 209)}),
    ("order by x, y range between current row and current row", {"x": (100, 199)}),
    ("order by y range between 10 preceding and current row", "the window of SUM is not partitioned by `p`"),
    ("order by x range between -1 preceding and current row", "the window of SUM is not partitioned by `p`"),
    ("order by x range between 1.5 preceding and current row", "the window of SUM is not partitioned by `p`"),
    ("order by x range between '1' preceding and current row", "the window of SUM is not partitioned by `p`"),
    ("order by x range between y preceding and current row", "the window of SUM is not partitioned by `p`"),
    (
        "order by x range between interval 1 day preceding and current row",
        "the window of SUM is not partitioned by `p`",
    ),
    ("order by x rows between 10 preceding and current row", {"x": (None, 199)}),
    ("order by x groups between 10 preceding and current row", {"x": (None, 199)}),
]


@pytest.mark.parametrize(("over", "expected"), FRAMES)
def test_frames(over: str, expected: Shown) -> None:
    assert shown(*pruned(f"select x as p, sum(v) over ({over}) from s.f")) == expected


def test_a_frame_over_what_the_column_is_made_from() -> None:
    over = "range between 10 preceding and current row"
    assert shown(*pruned(f"select x // 10 as p, sum(v) over (order by x {over}) from s.f")) == {"x": (990, 1999)}
    assert shown(*pruned(f"select x // 10 as p, sum(v) over (order by x // 10 {over}) from s.f")) == {"x": (900, 1999)}


QUERIES: list[tuple[str, list[Shown]]] = [
    ("select f.x as p from s.f join s.g on g.b = f.x", [SAME, {"b": (100, 199)}]),
    ("select f.x as p from s.f join s.g on g.b = f.x + 5", [SAME, {"b": (105, 204)}]),
    ("select f.x as p from s.f join s.g on g.x - 5 = f.x * 2", [SAME, {"x": (205, 404)}]),
    ("select f.x as p from s.f join s.g on g.x // 10 = f.x", [SAME, {"x": (1000, 1999)}]),
    ("select f.x as p from s.f join s.g on g.x = f.x // 10", [SAME, {"x": (10, 19)}]),
    ("select f.x as p from s.f join s.g on g.x between f.x - 5 and f.x + 5", [SAME, {"x": (95, 204)}]),
    ("select f.x as p from s.f left join s.g on g.x > f.x - 5 and g.x < f.x", [SAME, {"x": (95, 199)}]),
    ("select f.x as p from s.f left join s.g on f.x between g.x and g.x + 5", [SAME, {"x": (95, 199)}]),
    ("select f.x as p from s.f join s.g on g.x between f.x // 10 and f.x", [SAME, {"x": (10, 199)}]),
    ("select f.x as p from s.f join s.g on g.x between f.x + 5 and f.x - 5", [SAME, {"x": (105, 194)}]),
    ("select f.x as p from s.f join s.g on g.x >= f.x - 5", [SAME, {"x": (95, None)}]),
    ("select f.x as p from s.f join s.g on g.x between f.x - f.y and f.x", [SAME, {"x": (None, 199)}]),
    ("select f.x as p from s.f join s.g on g.x - f.x between 0 and 5", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.x % 10 = f.x % 10", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.r = f.x", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.e = f.x and g.k = f.x", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.uh = f.x", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = random()::int and g.x = random()::int", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = -g.r and g.x = -g.r", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on f.x = -g.y and g.x = -g.y", [SAME, SAME]),
    (
        "select f.x as p from s.f join s.g on g.x between f.x - 5 and f.x + 5 join s.h on h.x between f.x - 7 and g.x",
        [SAME, {"x": (95, 204)}, {"x": (93, 204)}],
    ),
    ("select f.x as p from s.f join s.g on g.x is not distinct from f.x", [SAME, NO_TIE]),
    ("select f.x as p from s.f join s.g on g.x <> f.x", [SAME, NO_TIE]),
    ("select x + 1 as p from s.f join s.g using (x)", [{"x": (99, 198)}, {"x": (99, 198)}]),
    ("select x as p from s.f join (select k as x from s.g) using (x)", [made_with("COALESCE")] * 2),
    ("select x + 1 as p from s.f join (select k as x from s.g) using (x)", [ODD] * 2),
    ("select x as p from s.f union all select b + 1 from s.g", [SAME, {"b": (99, 198)}]),
    ("select x as p from s.f union all select r from s.g", [MIXED] * 2),
    ("select x as p from s.f union all select uh from s.g", [MIXED] * 2),
    (
        (
            "with t as (select x // 10 as i, count(*) as c from s.f group by 1)"
            " select a.i as p from t a left join t b on b.i between a.i - 2 and a.i - 1"
        ),
        [{"x": (980, 1999)}],
    ),
    ("select x // 10 as p, max(x) from s.f group by x // 100, x", [{"x": (1000, 1999)}]),
    ("select x // 10 as p, max(x) from s.f group by x % 10, x // 10", [{"x": (1000, 1999)}]),
    ("select max(x) // 10 as p from s.f group by y", ["GROUP BY does not contain `p`"]),
    ("select x + 1 as p, sum(v) over (partition by x) from s.f", [{"x": (99, 198)}]),
    ("select x as p, sum(v) over (partition by x // 10) from s.f", ["the window of SUM is not partitioned by `p`"]),
    ("select x + 1 as p from s.f limit 5", ["LIMIT decides over all rows"]),
]


@pytest.mark.parametrize(("sql", "expected"), QUERIES)
def test_queries(sql: str, expected: list[Shown]) -> None:
    assert [shown(result) for result in pruned(sql)] == expected


POSTGRES: Schema = {("s", "f"): [Column("x", "integer"), Column("b", "bigint"), Column("n", "numeric")]}


@pytest.mark.parametrize(
    ("expression", "dialect", "expected"),
    [
        ("x / 100", "postgres", {"x": (10000, 19999)}),
        ("b / 100 + 1", "postgres", {"b": (9900, 19899)}),
        ("n / 100", "postgres", ODD),
        ("x / 100.0", "postgres", ODD),
        ("div(x, 100)", "postgres", made_with("CAST")),
        ("cast(b as integer) - 1", "postgres", {"b": (101, 200)}),
        ("x / 100", "duckdb", ODD),
        # Here a sum may wrap around.
        ("x", "spark", SAME),
        ("x + 5", "spark", ODD),
        ("cast(b as int)", "spark", made_with("TRY_CAST")),
        ("x div 100", "mysql", ODD),
    ],
)
def test_other_dialects(expression: str, dialect: str, expected: Shown) -> None:
    assert shown(*pruned(f"select {expression} as p from s.f", dialect, POSTGRES)) == expected

"""Which window each scan of a query gets, and the reason when it gets none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from swathe.model.definition import Column
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.relative import relative_window
from swathe.partition.window import Delta, LocalToUtc, Shift, Step, Untruncate, UtcToLocal, Window
from swathe.sql.prune import Pruned, ScanResult, Unpruned, prune
from swathe.sql.prune.offsets import Offset

FLIGHTS = [
    Column("d", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("tz", "TIMESTAMP WITH TIME ZONE"),
    Column("x", "INTEGER"),
    Column("k", "VARCHAR"),
    Column("ns", "TIMESTAMP_NS"),
]
SCHEMA = {
    ("s", "f"): FLIGHTS,
    ("s", "g"): [Column("d", "DATE"), Column("ts", "TIMESTAMP"), Column("y", "INTEGER"), Column("k", "VARCHAR")],
    ("s", "h"): [Column("d", "DATE"), Column("z", "INTEGER")],
}
SAMPLE_DAY = 16000


def pruned(sql: str, column: str = "d") -> list[ScanResult]:
    """The results in the order the scans are written."""
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    tables = [table for table in query.find_all(exp.Table) if table.db]
    tables.sort(key=lambda table: int(table.this.meta["start"]))
    for number, table in enumerate(tables):
        table.meta["scan"] = number
    results = prune(query, SCHEMA, "duckdb", column)
    assert sorted(results) == list(range(len(tables)))
    return [results[number] for number in range(len(tables))]


def shown(result: ScanResult) -> dict[str, tuple[int | None, int | None]] | str:
    """The windows in days around the partition, or the reason why there is none."""
    if isinstance(result, Unpruned):
        return result.reason
    return {part.column: relative_window(part.window, Granularity.DAY, SAMPLE_DAY) for part in result}


ALONE = (0, 0)
WINDOWS: list[tuple[str, list[dict[str, tuple[int | None, int | None]] | str]]] = [
    # expressions
    ("select d, x from s.f", [{"d": ALONE}]),
    ("select (d) as D from s.f", [{"d": ALONE}]),
    ("select cast(ts as date) as d from s.f", [{"ts": ALONE}]),
    ("select try_cast(tz as date) as d from s.f", [{"tz": ALONE}]),
    ("select cast(d as timestamp) as d from s.f", [{"d": ALONE}]),
    ("select date_trunc('hour', ts) as d from s.f", [{"ts": ALONE}]),
    ("select date_trunc('second', ts) as d from s.f", [{"ts": ALONE}]),
    ("select date_trunc('week', ts) as d from s.f", [{"ts": (0, 6)}]),
    ("select date_trunc('month', ts) as d from s.f", [{"ts": (0, 30)}]),
    (
        "select date_trunc('decade', ts) as d from s.f",
        ["`d` is made with DATE_TRUNC, which is not traced to one column"],
    ),
    ("select ts + interval 1 day as d from s.f", [{"ts": (-1, -1)}]),
    ("select interval '30 hours' + ts as d from s.f", [{"ts": (-2, -1)}]),
    ("select d - interval 1 month as d from s.f", [{"d": (28, 31)}]),
    ("select date_add(d, interval 2 days) as d from s.f", [{"d": (-2, -2)}]),
    ("select d - 3 as d from s.f", [{"d": (3, 3)}]),
    ("select cast(2 + d as timestamp) as d from s.f", [{"d": (-2, -2)}]),
    ("select tz at time zone 'America/New_York' as d from s.f", [{"tz": (0, 1)}]),
    ("select cast(tz at time zone 'Asia/Tokyo' as date) as d from s.f", [{"tz": (-1, 0)}]),
    ("select ts at time zone 'UTC' as d from s.f", [{"ts": ALONE}]),
    (
        "select ts at time zone 'EST' as d from s.f",
        ["`d` is made with AT TIME ZONE, which is not traced to one column"],
    ),
    ("select ts at time zone k as d from s.f", ["`d` is made with AT TIME ZONE, which is not traced to one column"]),
    ("select cast(k as date) as d from s.f", ["`d` is made with CAST, which is not traced to one column"]),
    (
        "select coalesce(d, current_date) as d from s.f",
        ["`d` is made with COALESCE, which is not traced to one column"],
    ),
    ("select cast(ts as timestamp(0)) as d from s.f", ["`d` is made with CAST, which is not traced to one column"]),
    ("select d + x as d from s.f", ["`d` is made with an expression, which is not traced to one column"]),
    ("select date '2024-01-01' as d from s.f", ["`d` is the same for all rows here"]),
    ("select k as d from s.f", ["`k` is VARCHAR, which is no date or timestamp"]),
    ("select ns as d from s.f", ["`ns` is TIMESTAMP_NS, which is no date or timestamp"]),
    # one SELECT
    ("select d, count(*) from s.f group by d", [{"d": ALONE}]),
    ("select d, count(*) filter (x > 1) from s.f group by 1 having count(*) > 1 order by 2", [{"d": ALONE}]),
    ("select cast(ts as date) as d, count(*) from s.f group by ts", [{"ts": ALONE}]),
    ("select cast(ts as date) as d, count(*) from s.f group by all", [{"ts": ALONE}]),
    ("select date_trunc('day', ts) as d from s.f group by date_trunc('day', ts)", [{"ts": ALONE}]),
    ("select k, min(d) as d from s.f group by k", [{"d": (None, 0)}]),
    ("select k, min(d) as d, sum(x) from s.f group by k", ["GROUP BY does not contain `d`"]),
    ("select max(d) as d, sum(x) from s.f", ["MAX without GROUP BY reads all rows"]),
    ("select d from s.f group by rollup (d)", [{"d": ALONE}]),
    (
        "select min(d) as d, count(*) from s.f group by rollup (k)",
        ["ROLLUP, CUBE and GROUPING SETS also group over all values of `d`"],
    ),
    ("select distinct d, k from s.f", [{"d": ALONE}]),
    ("select distinct on (k, d) d, x from s.f order by x", [{"d": ALONE}]),
    ("select distinct on (k) d, x from s.f", ["DISTINCT ON does not contain `d`"]),
    ("select d from s.f order by x", [{"d": ALONE}]),
    ("select d from s.f limit 10", ["LIMIT decides over all rows"]),
    ("select d from s.f offset 10", ["OFFSET decides over all rows"]),
    ("select d from s.f using sample 10 rows", ["a sample decides over all rows"]),
    ("select d from s.f tablesample 10%", ["TABLESAMPLE decides over all rows"]),
    ("select d from s.f where x in (select y from s.g)", [{"d": ALONE}, "read by a subquery in WHERE"]),
    (
        "select d, (select max(y) from s.g where g.d = f.d) from s.f",
        [{"d": ALONE}, {"d": ALONE}],
    ),
    # window functions
    ("select d, row_number() over (partition by k, d order by x) from s.f", [{"d": ALONE}]),
    ("select cast(ts as date) as d, sum(x) over (partition by ts) from s.f", [{"ts": ALONE}]),
    ("select d, sum(x) over w from s.f window w as (partition by d)", [{"d": ALONE}]),
    ("select d, x from s.f qualify row_number() over (partition by d order by x) = 1", [{"d": ALONE}]),
    ("select d, rank() over (partition by k) from s.f", ["the window of RANK is not partitioned by `d`"]),
    (
        "select d, sum(x) over (order by d range between interval 6 day preceding and current row) from s.f",
        [{"d": (-6, 0)}],
    ),
    (
        (
            "select d, sum(x) over (partition by k order by d range between interval 1 week preceding and interval 2 day"
            " following), avg(x) over (partition by d) from s.f"
        ),
        [{"d": (-7, 2)}],
    ),
    (
        (
            "select d, sum(x) over (order by d range between interval 1 day preceding and current row),"
            " max(x) over (order by d range between current row and interval 3 day following) from s.f"
        ),
        [{"d": (-1, 3)}],
    ),
    (
        (
            "select d, sum(count(*)) over (order by d range between interval 1 month preceding and current row) from s.f"
            " group by d"
        ),
        [{"d": (-31, 0)}],
    ),
    ("select d, sum(x) over (order by d range 2 preceding) from s.f", [{"d": (-2, 0)}]),
    (
        "select d, lag(x) over (order by d range between interval 6 day preceding and current row) from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d, sum(x) over (order by d rows between 6 preceding and current row) from s.f",
        [{"d": (None, 0)}],
    ),
    (
        "select d, sum(x) over (order by d desc range between interval 6 day preceding and current row) from s.f",
        [{"d": (0, 6)}],
    ),
    (
        "select d from s.f qualify sum(x) over (order by d range between interval 6 day preceding and current row) > 1",
        [{"d": (-6, 0)}],
    ),
    # joins
    ("select f.d from s.f join s.g on f.d = g.d", [{"d": ALONE}, {"d": ALONE}]),
    ("select d from s.f join s.g using (d) left join s.h using (d)", [{"d": ALONE}] * 3),
    ("select d from s.f natural join s.g", [{"d": ALONE}, {"d": ALONE}]),
    ("select f.d from s.f, s.g where g.d = f.d - 1", [{"d": ALONE}, {"d": (-1, -1)}]),
    ("select f.d from s.f cross join s.g", [{"d": ALONE}, "no condition ties `g` to `d`"]),
    ("select f.d from s.f join s.g on f.d = g.d or f.k = g.k", [{"d": ALONE}, "no condition ties `g` to `d`"]),
    ("select f.d from s.f left join s.g on f.d = g.d join s.h on h.d = g.d", [{"d": ALONE}] * 3),
    ("select g.d from s.f left join s.g on f.k = g.k", ["no condition ties `f` to `d`", {"d": ALONE}]),
    ("select g.d from s.f left join s.g on f.d = g.d", [{"d": ALONE}, {"d": ALONE}]),
    (
        "select f.d from s.f left join s.g on f.k = g.k where g.d is null",
        [{"d": ALONE}, "no condition ties `g` to `d`"],
    ),
    ("select g.d from s.f right join s.g on g.d = f.d", [{"d": ALONE}, {"d": ALONE}]),
    ("select d from s.f right join s.g using (d)", [{"d": ALONE}, {"d": ALONE}]),
    ("select d from s.f full join s.g using (d)", [{"d": ALONE}, {"d": ALONE}]),
    (
        "select coalesce(f.d, g.d) as d from s.f full join s.g using (k)",
        ["FULL JOIN keeps the rows of both sides that match nothing"] * 2,
    ),
    ("select f.d from s.f semi join s.g using (d)", [{"d": ALONE}, {"d": ALONE}]),
    (
        "select f.d from s.f anti join s.g on f.k = g.k",
        [{"d": ALONE}, "ANTI JOIN looks for matches among all its rows"],
    ),
    ("select f.d from s.f positional join s.g", ["this kind of JOIN is not followed"] * 2),
    ("select f.d from s.f join s.g on cast(g.ts as date) = f.d", [{"d": ALONE}, {"ts": ALONE}]),
    ("select f.ts as d from s.f join s.g on g.d = cast(f.ts as date)", [{"ts": ALONE}, {"d": ALONE}]),
    ("select f.d from s.f left join s.g on g.d between f.d - interval 6 day and f.d", [{"d": ALONE}, {"d": (-6, 0)}]),
    (
        "select f.d from s.f join s.g on g.ts >= f.d - interval '6 days' and f.d + 1 > g.ts",
        [{"d": ALONE}, {"ts": (-6, 1)}],
    ),
    ("select f.d from s.f join s.g on f.d <= g.d + 6 and g.d <= f.d", [{"d": ALONE}, {"d": (-6, 0)}]),
    ("select f.d from s.f join s.g on g.d >= f.d", [{"d": ALONE}, {"d": (0, None)}]),
    (
        "select f.d from s.f, s.g join s.h using (d)",
        [{"d": ALONE}, *["no condition ties `g` to `d`", "no condition ties `h` to `d`"]],
    ),
    (
        "select f.d from s.f join (s.g join s.h on g.d = h.d) on f.d = g.d",
        [{"d": ALONE}, *["joins in parentheses are not followed"] * 2],
    ),
    (
        "select f.d from s.f, lateral (select max(y) from s.g where g.d = f.d)",
        [{"d": ALONE}, {"d": ALONE}],
    ),
    ("select f.d, u from s.f, unnest([1, 2]) as t(u)", [{"d": ALONE}]),
    (
        (
            "select cast(c.day as date) as d from generate_series(timestamp '2024-01-01', timestamp '2024-02-01',"
            " interval 1 day) c(day) left join s.f on f.d = cast(c.day as date)"
        ),
        [{"d": ALONE}],
    ),
    # several queries
    ("select d from (select d, x from s.f where x > 1) where x < 3", [{"d": ALONE}]),
    ("select d from (select d from s.f order by x limit 10)", ["LIMIT decides over all rows"]),
    ("with t(d) as (select ts from s.f) select cast(d as date) as d from t", [{"ts": ALONE}]),
    ("with t as (select d, x from s.f) select a.d from t a join t b on b.d = a.d - 2", [{"d": (-2, 0)}]),
    ("with t as (select d, x from s.f) select a.d from t a join t b on b.x = a.x", ["no condition ties `b` to `d`"]),
    (
        "with t as (select d, x from s.f) select d from t where x > (select avg(x) from t)",
        ["read by a subquery in WHERE"],
    ),
    ("with t as (select d from s.f) select d from s.g", ["no part of the query reads this WITH query", {"d": ALONE}]),
    (
        (
            "with recursive r as (select d from s.f union all select d + 1 from r where d < date '2024-01-09')"
            " select d from r"
        ),
        ["`r` is recursive"],
    ),
    ("select d from s.f union all select cast(ts as date) as other from s.g", [{"d": ALONE}, {"ts": ALONE}]),
    ("select d from s.f except select d from s.g", [{"d": ALONE}, {"d": ALONE}]),
    (
        "select d from s.f union all select date '2024-01-01' from s.g",
        [{"d": ALONE}, "`d` is the same for all rows here"],
    ),
    ("select d from s.f union all by name select d from s.g", ["this form of UNION is not followed"] * 2),
    ("select d from s.f union all select d from s.g limit 3", ["LIMIT decides over all rows"] * 2),
    ("select * from s.f", [{"d": ALONE}]),
    ("select * replace (cast(ts as date) as d) from s.f", [{"ts": ALONE}]),
    # names
    ("select x from s.f", ["the query's known output has no column `d`"]),
    ("select * from s.f join s.g on f.d = g.d", ["two output columns are called `d`"] * 2),
    ("select d from s.unknown", ["the columns of `unknown` are not known"]),
    ("select d from query_table('t'), s.f", ["the names in this query could not be resolved"]),
]


@pytest.mark.parametrize(("sql", "expected"), WINDOWS)
def test_window_of_each_scan(sql: str, expected: list[object]) -> None:
    assert [shown(result) for result in pruned(sql)] == expected


def only(sql: str) -> Window:
    (result,) = pruned(sql)
    assert isinstance(result, tuple)
    return result[0].window


def test_steps_run_from_the_partition_to_the_input() -> None:
    day = Untruncate(Granularity.DAY)
    local = "select cast((tz at time zone 'America/New_York') - interval 6 hour as date) as d from s.f"
    six_hours = Delta(fixed=timedelta(hours=6))
    assert only(local) == Window(((day, Shift(six_hours, six_hours), LocalToUtc("America/New_York")),))
    assert only("select cast(cast(ts as date) as timestamp) as d from s.f") == Window(((day,),))
    assert only("select ts at time zone 'Europe/Berlin' as d from s.f") == Window(((UtcToLocal("Europe/Berlin"),),))


def test_a_frame_is_one_shift() -> None:
    sql = "select d, sum(x) over (order by d range between interval 6 day preceding and current row) from s.f"
    assert only(sql) == Window(((Shift(Delta(fixed=-timedelta(days=6)), Delta()),),))


def test_a_scan_can_be_pruned_on_several_columns() -> None:
    (result,) = pruned("select d from s.f where d = cast(ts as date)")
    assert result == (
        Pruned("d", "DATE", Window()),
        Pruned("ts", "TIMESTAMP", Window(((Untruncate(Granularity.DAY),),))),
    )


@pytest.mark.parametrize(
    ("sql", "marked"),
    [
        ("select d from s.f limit 10", "10"),
        ("select x, d from s.f union all select sum(y), min(d) from s.g group by k", "k"),
        ("select coalesce(f.d, g.d) as d from s.f full join s.g on f.k = g.k", "g on"),
        ("select d, row_number() over (order by x) from s.f", "row_number"),
        ("select coalesce(d, ts) as d from s.f", "coalesce"),
    ],
)
def test_a_reason_points_at_the_construct(sql: str, marked: str) -> None:
    result = pruned(sql)[-1]
    assert isinstance(result, Unpruned)
    assert result.offset is not None
    assert sql[result.offset :].startswith(marked)


def test_the_query_is_left_as_it_was() -> None:
    query = parse_one("select d from s.f join s.g using (d)", dialect="duckdb")
    assert isinstance(query, exp.Query)
    before = query.copy()
    prune(query, SCHEMA, "duckdb", "d")
    assert query == before


def test_names_keep_the_schema_spelling() -> None:
    query = parse_one('select FLIGHT_DATE as day from "swathe:ref"."Flights"', dialect="duckdb")
    assert isinstance(query, exp.Query)
    for table in query.find_all(exp.Table):
        table.meta["scan"] = 7
    schema = {("swathe:ref", "Flights"): [Column("Flight_Date", "date")]}
    assert prune(query, schema, "duckdb", "DAY") == {7: (Pruned("Flight_Date", "date", Window()),)}


def test_opaque_functions_are_constants() -> None:
    assert shown(pruned("select d from s.f where d >= swathe_partition_start() - 1")[0]) == {"d": ALONE}


moments = st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1))
offsets = st.builds(
    Offset, st.integers(-14, 14), st.sampled_from([timedelta(), timedelta(days=-2), timedelta(hours=31)])
)


def run(steps: Sequence[Step], span: TimeSpan) -> TimeSpan:
    return Window((tuple(steps),)).apply(span)


def inside(moment: datetime, span: TimeSpan) -> bool:
    return (span.start is None or span.start <= moment) and (span.end is None or moment < span.end)


@given(moments, moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=40)), offsets)
def test_offsets_lead_outwards_both_ways(moment: datetime, start: datetime, width: timedelta, offset: Offset) -> None:
    moved = Delta(offset.months, offset.fixed).add_to(moment)
    span = TimeSpan(start, start + width)
    if inside(moment, span):
        assert inside(moved, run(offset.steps_to, span))
    if inside(moved, span):
        assert inside(moment, run(offset.steps_from, span))


@given(st.integers(26, 31), st.integers(0, 23), st.integers(26, 31), st.integers(0, 23), st.integers(-3, 3))
def test_offsets_of_months_near_the_end_of_a_month(day: int, hour: int, end: int, end_hour: int, months: int) -> None:
    moment, bound = datetime(2024, 1, day, hour), datetime(2024, 1, end, end_hour)
    offset = Offset(months=months)
    moved = Delta(months).add_to(moment)
    if moment >= bound:
        assert inside(moved, run(offset.steps_to, TimeSpan(bound, None)))
    else:
        assert inside(moved, run(offset.steps_to, TimeSpan(None, bound)))


zones = st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])


@given(st.datetimes(datetime(2011, 9, 1), datetime(2012, 5, 1)), st.timedeltas(-timedelta(days=2), timedelta()), zones)
def test_time_zones_lead_outwards_both_ways(wall: datetime, before: timedelta, name: str) -> None:
    """For both readings of a wall clock, and for the wall clock of the instant that is read."""
    for fold in (0, 1):
        instant = wall.replace(tzinfo=ZoneInfo(name), fold=fold).astimezone(UTC)
        shown_again = instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)
        instant = instant.replace(tzinfo=None)
        skipped = shown_again != wall
        if skipped and fold == 1:
            continue  # no engine reads a skipped time with the offset after the change
        width = timedelta(hours=1)
        for span in (TimeSpan(wall + before, None), TimeSpan(None, wall + width + before)):
            if inside(wall, span):
                assert inside(instant, run([LocalToUtc(name)], span))
            if inside(shown_again, span):
                assert inside(instant, run([LocalToUtc(name)], span))
        for span in (TimeSpan(instant + before, None), TimeSpan(None, instant + width + before)):
            if inside(instant, span):
                assert inside(wall, run([UtcToLocal(name)], span))
                assert inside(shown_again, run([UtcToLocal(name)], span))

"""The rows that are read for one day of a thousand: by its statements, and by a whole backfill of it.

The rows are those that DuckDB's own profile says were read from storage. What is written by hand reads the slice that
somebody who knows the query would read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, ProcessError, Scale, swathe
from benchmarks.project import compiled, write_project
from benchmarks.scanned import by_statements, by_swathe

ROWS, DAYS = 10_000_000, 1_000
FIRST, END, DAY = "2021-01-01", "2023-09-28", "2022-05-05"
HELD = f"day >= date '{DAY}' and day < date '{DAY}' + 1"


@dataclass(frozen=True, slots=True)
class Shape:
    """A query, and how many days before the day it reads."""

    query: str
    before: int = 0


SHAPES: Mapping[str, Shape] = {
    "aggregate": Shape(
        "select cast(seen_at as date) as day, kind, count(*) as n, sum(amount) as total from {events} group by 1, 2"
    ),
    "CTE, used twice": Shape(
        "with daily as (select cast(seen_at as date) as day, kind, sum(amount) as total from {events} group by 1, 2) "
        "select d.day, d.kind, d.total, t.total as all_kinds from daily as d "
        "join (select day, sum(total) as total from daily group by day) as t on t.day = d.day"
    ),
    "join by day": Shape(
        "select cast(e.seen_at as date) as day, e.kind, count(*) as n, sum(e.amount * c.price) as total "
        "from {events} as e join {prices} as c on c.day = cast(e.seen_at as date) and c.item = e.id % 1000 "
        "group by 1, 2"
    ),
    "rolling 7 days": Shape(
        "with daily as (select cast(seen_at as date) as day, kind, sum(amount) as total from {events} group by 1, 2) "
        "select day, kind, sum(total) over (partition by kind order by day "
        "range between interval 6 days preceding and current row) as total from daily",
        before=6,
    ),
}

GROUPED = "select cast(seen_at as date) as day, id % 3000 as id, sum(amount) as total from {events} group by 1, 2"
READER = "select day, count(*) as n, sum(total) as total from {{ ref('grouped') }} group by day"
"""A table of many groups in each partition, and what reads a day of it."""

CUT = f'partition_by={{"column": "day", "granularity": "day"}}, begin="{FIRST}", end="{END}"'
BOTH = "[{name: events, event_time: seen_at, watch: none}, {name: prices, event_time: day, watch: none}]"
SOURCES = f"sources: [{{name: raw, tables: {BOTH}}}]\n"
WATCHED = "sources: [{name: raw, tables: [{name: events, event_time: seen_at}]}]\n"
FILES = (
    "sources: [{name: raw, tables: [{name: events, event_time: seen_at, location: 'files/*.parquet', watch: none}]}]\n"
)


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    if duckdb.__version__.startswith(("0.", "1.")):
        raise ProcessError(f"DuckDB {duckdb.__version__} does not say how many rows it read: 2.0 does")
    for name, shape in SHAPES.items():
        yield _of_statements(_project(folder, shape, SOURCES, scale), f"{name}, a table", shape, "raw.events")
    for watched, sources in (("source not watched", SOURCES), ("source watched", WATCHED)):
        yield _of_backfill(_project(folder, SHAPES["aggregate"], sources, scale), watched, scale)
    project = _project(folder, SHAPES["aggregate"], FILES, scale)
    _write_files(project)
    yield _of_statements(project, "aggregate, a file a day", SHAPES["aggregate"], "'files/*.parquet'")
    yield _of_files(project)
    yield _of_built(folder, scale)


def _of_statements(project: Path, name: str, shape: Shape, events: str) -> Figure:
    swathe(project, "backfill", "--yes", "--to", FIRST)  # makes the table
    database = project / "bench.duckdb"
    taken = by_statements(database, compiled(project, "made", DAY)).rows
    by_hand = by_statements(database, _by_hand(shape, events)).rows
    return Figure(f"statements of a day: {name}", taken, 2 * by_hand, by_hand, "≤ 2 * by hand", "rows")


def _of_backfill(project: Path, name: str, scale: Scale) -> Figure:
    """All that is read for a day that is built once more; by hand, the rows written are read to be measured, too."""
    swathe(project, "backfill", "--yes")
    taken = by_swathe(project, "backfill", "--partition", DAY, "--full", "--yes").rows
    measure = f"select count(*), sum(hash(day, kind, n, total)) from made where {HELD}"
    by_hand = by_statements(project / "bench.duckdb", [*_by_hand(SHAPES["aggregate"], "raw.events"), measure]).rows
    watching = scale.of(ROWS) if name == "source watched" else 0
    rule = "≤ 2 * by hand" + (" + one look at the source" if watching else "")
    return Figure(f"whole backfill of a day: aggregate, {name}", taken, 2 * by_hand + watching, by_hand, rule, "rows")


def _of_built(folder: Path, scale: Scale) -> Figure:
    """A day of a table that swathe has built, many days to a statement. By hand, it was written in order."""
    models = {"grouped": (CUT, GROUPED.format(events="{{ source('raw', 'events') }}")), "made": (CUT, READER)}
    project = _fill(write_project(folder / "project", models, SOURCES), scale)
    swathe(project, "backfill", "--yes")
    database = project / "bench.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table in_order as from grouped order by day")
    taken = by_statements(database, compiled(project, "made", DAY)).rows
    query = READER.replace("{{ ref('grouped') }}", f"(select * from in_order where {HELD})")
    by_hand = by_statements(database, _overwritten(query)).rows
    return Figure("statements of a day: of a table built before", taken, 2 * by_hand, by_hand, "≤ 2 * by hand", "rows")


def _of_files(project: Path) -> Figure:
    """By hand, the file is named."""
    database = project / "bench.duckdb"
    taken = by_statements(database, compiled(project, "made", DAY)).files
    by_hand = by_statements(database, _by_hand(SHAPES["aggregate"], f"'files/{DAY}.parquet'")).files
    return Figure(
        f"statements of a day: files opened of {DAYS:,}", taken, 2 * by_hand, by_hand, "≤ 2 * by hand", "files"
    )


def _by_hand(shape: Shape, events: str) -> list[str]:
    seen = f"seen_at >= date '{DAY}' - {shape.before} and seen_at < date '{DAY}' + 1"
    slices = {
        "events": f"(select * from {events} where {seen})",
        "prices": f"(select * from raw.prices where {HELD})",
    }
    return _overwritten(shape.query.format(**slices))


def _overwritten(query: str) -> list[str]:
    return [f"delete from made where {HELD}", f"insert into made select * from ({query}) where {HELD}"]


def _project(folder: Path, shape: Shape, sources: str, scale: Scale) -> Path:
    names = {name: f"{{{{ source('raw', '{name}') }}}}" for name in ("events", "prices")}
    return _fill(write_project(folder / "project", {"made": (CUT, shape.query.format(**names))}, sources), scale)


def _fill(project: Path, scale: Scale) -> Path:
    with duckdb.connect(str(project / "bench.duckdb")) as connection:
        count = scale.of(ROWS)
        connection.execute("create schema raw")
        connection.execute(
            f"create table raw.events as select timestamp '{FIRST}' + to_seconds(i * {DAYS} * 86400 // {count}) as "
            "seen_at, i as id, 'k' || (hash(i) % 20) as kind, (hash(i) % 1000)::integer as amount "
            f"from range({count}) as t(i)"
        )
        connection.execute(
            f"create table raw.prices as select (date '{FIRST}' + (i // 1000)::integer) as day, i % 1000 as item, "
            f"(hash(i) % 90)::integer as price from range({DAYS * 1000}) as t(i)"
        )
    return project


def _write_files(project: Path) -> None:
    """A file for each day."""
    (project / "files").mkdir()
    with duckdb.connect(str(project / "bench.duckdb")) as connection:
        for number in range(DAYS):
            day = f"date '{FIRST}' + {number}"
            name = connection.execute(f"select strftime({day}, '%Y-%m-%d')").fetchall()[0][0]
            connection.execute(
                f"copy (from raw.events where seen_at >= {day} and seen_at < {day} + 1) "
                f"to '{project}/files/{name}.parquet'"
            )

"""A year of days over ten million rows in DuckDB, every partition recorded with its rows and data version."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, Scale, python, swathe, timed
from benchmarks.project import write_project

ROWS = 10_000_000
DAYS = 365
MODELS = {
    "aggregate": (
        "select cast(seen_at as date) as day, kind, count(*) as n, sum(amount) as total from {events} group by 1, 2"
    ),
    "pass-through": "select cast(seen_at as date) as day, id, kind, amount, seen_at from {events}",
}
SOURCES = "sources: [{name: raw, tables: [{name: events, event_time: seen_at}]}]\n"
CUT = 'partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-12-31"'

ONE_INSERT = """
import sys, time, duckdb
path, query = sys.argv[1:]
connection = duckdb.connect(path)
connection.execute("set enable_progress_bar = false")
start = time.perf_counter()
connection.execute(f"create table made as {query} limit 0")
connection.execute(f"insert into made {query}")
connection.close()
print(time.perf_counter() - start)
"""

LOOP = """
import sys, time, duckdb, datetime
path, query, days = sys.argv[1:]
connection = duckdb.connect(path)
connection.execute("set enable_progress_bar = false")
start = time.perf_counter()
connection.execute(f"create table made as {query} limit 0")
connection.execute("create table record (day date, n bigint, version bigint)")
columns = ", ".join(row[0] for row in connection.execute("describe made").fetchall())
for number in range(int(days)):
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=number)
    events = f"(select * from raw.events where seen_at >= date '{day}' and seen_at < date '{day}' + 1) as e"
    connection.execute("begin")
    connection.execute(f"delete from made where day = date '{day}'")
    connection.execute("insert into made " + query.replace("raw.events", events))
    connection.execute(
        f"insert into record select day, count(*), (sum(hash({columns})) % 9223372036854775808)::bigint "
        f"from made where day = date '{day}' group by day"
    )
    connection.execute("commit")
connection.close()
print(time.perf_counter() - start)
"""


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    source = write_source(folder, scale)
    for name, query in MODELS.items():
        written = query.format(events="raw.events")
        one, taken = scale.alternate(_by_hand(source, ONE_INSERT, written), by_swathe(source, query, ""))
        rule = "≤ 1.15 * one INSERT + 0.7 s"
        yield Figure(f"{DAYS} days, {name}, DuckDB", taken, 1.15 * one + 0.7, one, rule)
        by_hand = _by_hand(source, LOOP, written, str(DAYS))
        loop, taken = scale.alternate(by_hand, by_swathe(source, query, ", batch_size=1"))
        rule = "≤ 1.15 * a loop of transactions that measure"
        yield Figure(f"{DAYS} days, {name}, DuckDB, one by one", taken, 1.15 * loop, loop, rule)


def _by_hand(source: Path, script: str, *arguments: str) -> Callable[[], float]:
    path = source.with_name("by_hand.duckdb")

    def once() -> float:
        shutil.copy(source, path)
        return python(script, str(path), *arguments)

    return once


def events(count: int) -> list[str]:
    """Statements that make the events of a year, in the order of their time."""
    table = (
        f"create table raw.events as select timestamp '2024-01-01' + to_seconds(i * {DAYS} * 86400 // {count}) "
        "as seen_at, i as id, 'k' || (hash(i) % 20) as kind, (hash(i) % 1000)::integer as amount "
        f"from range({count}) as t(i)"
    )
    return ["create schema raw", table]


def write_source(folder: Path, scale: Scale) -> Path:
    """A database with the events of a year."""
    path = folder / "source.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in events(scale.of(ROWS)):
            connection.execute(statement)
    return path


def by_swathe(source: Path, query: str, config: str) -> Callable[[], float]:
    """The whole process, in a folder `project` beside a source of which it gets a fresh copy."""
    folder = source.with_name("project")

    def fresh() -> None:
        text = query.format(events="{{ source('raw', 'events') }}")
        write_project(folder, {"made": (CUT + config, text)}, SOURCES)
        shutil.copy(source, folder / "bench.duckdb")

    return timed(lambda: swathe(folder, "backfill", "--yes"), fresh)

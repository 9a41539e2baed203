"""Small databases full of the moments and values at which things go wrong."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

import duckdb

from swathe.model.definition import Column

COLUMNS = [
    Column("x", "INTEGER"),
    Column("k", "VARCHAR"),
    Column("k2", "VARCHAR"),
    Column("n", "INTEGER"),
    Column("n2", "BIGINT"),
    Column("b", "BOOLEAN"),
    Column("b2", "BOOLEAN"),
    Column("d", "DATE"),
    Column("d2", "DATE"),
    Column("ts", "TIMESTAMP"),
    Column("ts2", "TIMESTAMP"),
    Column("tz", "TIMESTAMP WITH TIME ZONE"),
]
Row = tuple[object, ...]
TABLES = ("f", "g", "h")
SCHEMA = {("s", table): COLUMNS for table in TABLES}
TEXTS = ("a", "b", "1", "2", "B", "01")
WORLDS = 48
THEMES = 8
"""Worlds whose numbers are congruent have their moments in the same weeks."""

# Ordinary days, both changes of New York's clocks, Berlin's, the ends of January and February of a leap year and of
# another, a year's end, quarters.
_THEMES = (
    (datetime(2024, 5, 13), 10),
    (datetime(2024, 3, 8), 6),
    (datetime(2024, 11, 1), 6),
    (datetime(2024, 10, 25), 5),
    (datetime(2024, 1, 26), 40),
    (datetime(2023, 2, 25), 9),
    (datetime(2023, 12, 24), 16),
    (datetime(2024, 3, 28), 8),
)


@dataclass(frozen=True, slots=True)
class World:
    """One set of tables. `first` and `days` are where most of their moments lie."""

    number: int
    first: datetime
    days: int
    tables: dict[str, list[Row]]


@lru_cache(maxsize=WORLDS)
def world(number: int) -> World:
    dice = Random(f"world {number}")
    first, days = _THEMES[number % len(_THEMES)]
    sizes = [0 if dice.random() < 0.06 else dice.choice((4, 8, 12, 16)) for _ in TABLES]
    shared: list[datetime] = [_moment(dice, first, days) for _ in range(3)]
    # Starts of weeks and months are met by what is truncated.
    monday = first + timedelta(days=7 - first.weekday())
    shared += [monday, first.replace(day=1), (first.replace(day=1) + timedelta(days=32)).replace(day=1)]
    close = dice.randrange(days)
    shared += [first + timedelta(days=close + dice.randrange(4), hours=dice.choice((0, 0, 9))) for _ in range(4)]
    nulls = dice.choice((0.0, 0.08, 0.2))
    tables = {
        table: [_row(dice, x, first, days, shared, nulls) for x in range(size)]
        for table, size in zip(TABLES, sizes, strict=True)
    }
    for rows in tables.values():
        rows += [dice.choice(rows) for _ in range(dice.choice((0, 0, 1, 2))) if rows]
    return World(number, first, days, tables)


def _row(dice: Random, x: int, first: datetime, days: int, shared: list[datetime], nulls: float) -> Row:
    def one(*choices: object) -> object:
        return None if dice.random() < nulls else dice.choice(choices)

    def moment() -> datetime | None:
        if dice.random() < nulls:
            return None
        return dice.choice(shared) if dice.random() < 0.5 else _moment(dice, first, days)

    def day() -> object:
        found = moment()
        return found and found.date()

    d, ts = moment(), moment()
    # Some rows have all their moments on one day, so that conditions between columns of a row hold at times.
    if dice.random() < 0.4:
        ts = d and d.replace(hour=dice.choice((0, 5, 23)))
    d2 = day()
    if d2 and dice.random() < 0.4:  # the start of a week or of a month, as tables of a coarser unit have it
        some = first + timedelta(days=dice.randrange(days))
        d2 = (some - timedelta(days=some.weekday()) if dice.random() < 0.6 else some.replace(day=1)).date()
    instant = moment()
    zoned = None if instant is None else f"{instant.isoformat()}+00:00"
    texts = TEXTS if dice.random() < 0.6 else ("a", "b")
    return (
        x if dice.random() < 0.9 else None, one(*texts), one(*texts), one(0, 1, 2, 3), one(-5, -1, 0, 1, 2, 3, 4, 7, 11),
        one(True, False), one(True, False), d and d.date(), d2, ts, moment(), zoned,
    )  # fmt: skip


def _moment(dice: Random, first: datetime, days: int) -> datetime:
    day = first + timedelta(days=dice.randrange(days) + dice.choice((0,) * 9 + (30, -31, 90, 366)))
    clock = dice.choice(
        (
            timedelta(),
            timedelta(),
            timedelta(hours=dice.randrange(24)),
            timedelta(seconds=dice.randrange(86400)),
            timedelta(days=1) - timedelta(microseconds=1),
            timedelta(hours=dice.choice((1, 2, 4, 5, 6, 7)), minutes=dice.choice((0, 30))),
        )
    )
    return day + clock


class Databases:
    """All worlds behind one connection; `use` makes one of them the place where names are looked for."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute("set threads = 1")
        # What a query means is tried here, not what an optimizer makes of it.
        self.connection.execute("pragma disable_optimizer")
        self._made: set[str] = set()

    def use(self, found: World, name: str | None = None) -> duckdb.DuckDBPyConnection:
        name = name or f"w{found.number}"
        if name not in self._made:
            self._made.add(name)
            self._make(found, name)
        self.connection.execute(f"use {name}")
        return self.connection

    def drop(self, name: str) -> None:
        if name not in self._made:
            return
        self._made.discard(name)
        self.connection.execute("use memory")
        self.connection.execute(f"detach {name}")

    def _make(self, found: World, name: str) -> None:
        run = self.connection.execute
        run(f"attach ':memory:' as {name}")
        run(f"create schema {name}.s")
        for table, rows in found.tables.items():
            self.fill(self.connection, f"{name}.s.{table}", rows)
        run(f"create macro {name}.main.same(a) as a")
        run(f"create macro {name}.main.later(a) as a + interval 1 day")
        run(f"create macro {name}.main.either(a, b) as coalesce(a, b)")

    @staticmethod
    def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
        """Make a table of the common columns with these rows."""
        listed = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
        connection.execute(f"create table {table} ({listed})")
        marks = ", ".join(["(" + ", ".join("?" * len(COLUMNS)) + ")"] * len(rows))
        if rows:
            connection.execute(f"insert into {table} values {marks}", [value for row in rows for value in row])


@lru_cache(maxsize=1)
def databases() -> Databases:
    return Databases()


# DuckDB's driver complains of connections that outlive the interpreter.
atexit.register(databases.cache_clear)

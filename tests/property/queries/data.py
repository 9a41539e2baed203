"""Small databases full of the moments and values at which things go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from swathe.model.definition import Column

_COLUMNS = {
    "x": ("INTEGER", "INTEGER"),
    "k": ("VARCHAR", "TEXT"),
    "k2": ("VARCHAR", "CHARACTER VARYING(9)"),
    "n": ("INTEGER", "INTEGER"),
    "n2": ("BIGINT", "BIGINT"),
    "b": ("BOOLEAN", "BOOLEAN"),
    "b2": ("BOOLEAN", "BOOLEAN"),
    "d": ("DATE", "DATE"),
    "d2": ("DATE", "DATE"),
    "ts": ("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE"),
    "ts2": ("TIMESTAMP", "TIMESTAMP(6) WITHOUT TIME ZONE"),
    "tz": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
}
_ONLY_POSTGRES = [Column("c", "CHARACTER(3)"), Column("dd", "public.day")]
COLUMNS = {
    "duckdb": [Column(name, kinds[0]) for name, kinds in _COLUMNS.items()],
    "postgres": [*(Column(name, kinds[1]) for name, kinds in _COLUMNS.items()), *_ONLY_POSTGRES],
}
"""By dialect, in the words of the product's adapters."""
Row = tuple[object, ...]
TABLES = ("f", "g", "h")
SCHEMA = {dialect: {("s", table): columns for table in TABLES} for dialect, columns in COLUMNS.items()}
TEXTS = ("a", "b", "1", "2", "B", "01")
TEXTS_OF = {"duckdb": TEXTS, "postgres": (*TEXTS, "a ")}
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


@lru_cache(maxsize=2 * WORLDS)
def world(number: int, dialect: str = "duckdb") -> World:
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
    if dialect == "postgres":
        tables = {table: [_strange(dice, row) for row in rows] for table, rows in tables.items()}
    return World(number, first, days, tables)


def _strange(dice: Random, row: Row) -> Row:
    """Some values that only PostgreSQL has, in few rows: times without end, texts that end with a blank."""
    if dice.random() < 0.9:
        return row
    endless = dice.choice(("infinity", "-infinity"))
    return (*row[:1], "a ", *row[2:7], *(endless if dice.random() < 0.4 else value for value in row[7:]))


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

"""A project on PostgreSQL, the sources that change under it, and the truth to hold it against.

Each day of the source is one delivery: so many rows, all with the same stamp, and each says how many there are. So
whoever sees a part of a partition, or two deliveries in one, can tell.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from support.postgres import Connection, PostgresDatabase

FIRST_DAY = date(2024, 1, 1)
DAYS = 42
WHO = ("ann", "bob", 'it\'s "x"')

_DAY = '{"column": "day", "granularity": "day"}'
_BEGIN = 'begin="2024-01-01", end="2024-02-12"'

SOURCES = """
version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: deliveries
        partition_by: {column: day, granularity: day}
        watch: checksum
"""

# The model's config, then its query; %(factor)s is what edits of the logic change.
MODELS = {
    "base": (
        f"partition_by={_DAY}, {_BEGIN}",
        "select day, who, part, parts, stamp, amount * %(factor)s as amount from {raw}",
    ),
    "swapped": (f"partition_by={_DAY}, {_BEGIN}, overwrite='swap'", "select * from {base}"),
    "daily": (
        f"partition_by={_DAY}, {_BEGIN}",
        "select day, who, count(*) as n, sum(amount) as total from {base} group by day, who",
    ),
    "rolling": (
        f"partition_by={_DAY}, {_BEGIN}",
        (
            "select d.day, count(*) as n, sum(p.total) * %(factor)s as total\n"
            "from (select distinct day from {daily}) as d\n"
            "join {daily} as p on p.day between d.day - 2 and d.day\ngroup by d.day"
        ),
    ),
    "by_person": (
        'partition_by=[{"column": "month", "granularity": "month"}, '
        '{"column": "who", "values": ["ann", "bob"], "else": true}], ' + _BEGIN.replace("2024-02-12", "2024-03-01"),
        "select cast(date_trunc('month', day) as date) as month, who, sum(total) as total from {daily}\ngroup by 1, 2",
    ),
    "loud": ("materialized='view'", "select day, who, total from {daily} where total > 100 * %(factor)s"),
    "weekly": (
        'partition_by={"column": "week", "granularity": "week"}, begin="2024-01-01", end="2024-02-12"',
        "select cast(date_trunc('week', day) as date) as week, count(*) as n, sum(total) as total from {loud}\ngroup by 1",
    ),
    "people": ("materialized='table'", "select who, sum(total) as total from {daily} group by who"),
}
TABLES = tuple(name for name in MODELS if name != "loud")
DELIVERED = ("base", "swapped")
"""The tables that hold whole deliveries."""
SWAPPED = ("swapped",)
KEYS = {"base": "day", "swapped": "day", "daily": "day", "rolling": "day", "by_person": "month", "weekly": "week"}


@dataclass
class World:
    """One database with its project. `factors` are the models' present logic."""

    root: Path
    database: PostgresDatabase
    randomness: random.Random
    factors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MODELS, 1))

    def create(self, port: int) -> None:
        """The project reaches the server by this port, which may be a proxy's."""
        (self.root / "models").mkdir(parents=True)
        (self.root / "pyproject.toml").write_text("[tool.swathe]\nlease_seconds = 2\n")
        output = {**self.database.keywords, "type": "postgres", "port": port, "schema": "main", "threads": 2}
        output["connect_timeout"] = 3
        profiles = {"chaos": {"target": "dev", "outputs": {"dev": output}}}
        (self.root / "profiles.yml").write_text(yaml.safe_dump(profiles))
        (self.root / "models" / "sources.yml").write_text(SOURCES)
        with self.database.connect() as connection:
            connection.execute("CREATE SCHEMA raw")
            connection.execute("CREATE SCHEMA truth")
            connection.execute(
                "CREATE TABLE raw.deliveries (day date, who text, part int, parts int, stamp int, amount int)"
            )
            for number in range(DAYS):
                self.deliver(connection, FIRST_DAY + timedelta(days=number))
        for name in MODELS:
            self.write_model(name)

    def write_model(self, name: str) -> None:
        """Also the truth about it: a view that is the whole query over true views, cut to the model's bounds."""
        config, query = MODELS[name]
        factor = {"factor": self.factors[name]}
        refs = {other: "{{ ref('" + other + "') }}" for other in MODELS} | {"raw": "{{ source('raw', 'deliveries') }}"}
        text = "{{ config(" + config + ") }}\n" + (query % factor).format(**refs) + "\n"
        # Replaced at once, as editors do: a command that reads it meanwhile sees the old one or the new one.
        made = self.root / f"{name}.new"
        made.write_text(text)
        made.replace(self.root / "models" / f"{name}.sql")
        true = {other: f"truth.{other}" for other in MODELS} | {"raw": "raw.deliveries"}
        with self.database.connect() as connection:
            connection.execute(f"CREATE OR REPLACE VIEW truth.{name} AS {(query % factor).format(**true)}")

    def deliver(self, connection: Connection, day: date) -> None:
        """Replace a day's delivery, in one transaction; now and then by nothing."""
        parts, stamp = self.randomness.choice((0, *range(1, 30))), self.randomness.randrange(1_000_000)
        rows = [(day, WHO[part % 3], part, parts, stamp, self.randomness.randrange(50)) for part in range(parts)]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE raw.deliveries IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("DELETE FROM raw.deliveries WHERE day = %s", [day])
            cursor.executemany("INSERT INTO raw.deliveries VALUES (%s, %s, %s, %s, %s, %s)", rows)

    def some_day(self) -> date:
        return FIRST_DAY + timedelta(days=self.randomness.randrange(DAYS))

    def change_data(self) -> None:
        with self.database.connect() as connection:
            for _ in range(self.randomness.randint(1, 6)):
                self.deliver(connection, self.some_day())

    def change_logic(self) -> None:
        name = self.randomness.choice([name for name, (_, query) in MODELS.items() if "%(factor)s" in query])
        self.factors[name] = self.randomness.randint(1, 4)
        self.write_model(name)

    def differences(self) -> list[str]:
        """What is not as a full refresh would have it. Ask when nothing runs."""
        found = []
        with self.database.connect() as connection:
            for name in TABLES:
                for more, less in ((f"main.{name}", f"truth.{name}"), (f"truth.{name}", f"main.{name}")):
                    query = f"SELECT count(*) FROM (SELECT * FROM {more} EXCEPT ALL SELECT * FROM {less}) AS d"
                    (count,) = _one(connection, query)
                    if count:
                        found.append(f"{count} rows of {more} are not in {less}")
        return found


def _one(connection: Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row

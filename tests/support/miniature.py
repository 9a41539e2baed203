"""A small project over one source that a test can edit, and the truth to hold it against.

The truth is a full refresh: every model's query run whole, without swathe, over the source as it is now.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from support.databases import opened
from swathe.api.backfill import Backfilled, BackfillOptions, backfill
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice, Planned, plan
from swathe.api.workspace import ProjectOptions
from swathe.model.definition import Column

FIRST_DAY = date(2024, 1, 1)
DAYS = 21
NOW = datetime(2024, 6, 1, tzinfo=UTC)

SOURCES = """
version: 2
sources:
  - name: raw
    tables:
      - name: events
        location: data/events/*.parquet
        event_time: seen_at
"""

BY_DAY = 'partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-22"'
BY_WEEK = 'partition_by={"column": "week", "granularity": "week"}, begin="2024-01-01", end="2024-01-22"'

MODELS = {
    "base": "{{ config(" + BY_DAY + ") }}\n"
    "select cast(seen_at as date) as day, who, cast(amount as integer) as amount from {{ source('raw', 'events') }}",
    "daily": "{{ config(" + BY_DAY + ") }}\n"
    "select day, who, count(*) as n, sum(amount) as total from {{ ref('base') }} group by day, who",
    "rolling": "{{ config(" + BY_DAY + ") }}\n"
    "select d.day, count(*) as n, sum(p.total) as total\n"
    "from (select distinct day from {{ ref('daily') }}) as d\n"
    "join {{ ref('daily') }} as p on p.day between d.day - interval '2' day and d.day\ngroup by d.day",
    "weekly": "{{ config(" + BY_WEEK + ") }}\n"
    "select cast(date_trunc('week', day) as date) as week, sum(total) as total from {{ ref('daily') }} group by 1",
    "people": "select who, sum(total) as total from {{ ref('daily') }} group by who",
    "loud": "{{ config(materialized='view') }}\nselect day, who, total from {{ ref('daily') }} where total > 10",
    "louder": "{{ config(" + BY_DAY + ") }}\nselect day, count(*) as n from {{ ref('loud') }} group by day",
}
ORDER = ("base", "daily", "rolling", "weekly", "people", "loud", "louder")
KEY_COLUMN = {"base": "day", "daily": "day", "rolling": "day", "weekly": "week", "louder": "day"}

Row = tuple[datetime, str, str]


@dataclass
class Miniature:
    """The project's folder, its models and its source rows per day."""

    root: Path
    models: dict[str, str] = field(default_factory=lambda: dict(MODELS))
    rows: dict[date, list[tuple[int, str, str]]] = field(default_factory=dict)
    yaml: str = SOURCES

    @classmethod
    def create(cls, root: Path) -> Miniature:
        made = cls(root)
        made.write_project()
        return made

    def write_project(self) -> None:
        """All of its files, and its rows."""
        (self.root / "models").mkdir(parents=True)
        (self.root / "profiles.yml").write_text(
            json.dumps({"mini": {"target": "dev", "outputs": {"dev": self.target}}})
        )
        for number in range(DAYS):
            day = FIRST_DAY + timedelta(days=number)
            self.rows[day] = [(hour, "ab"[hour % 2], str(number + hour)) for hour in (0, 9, 23)]
        self.write_sources()
        for name, text in self.models.items():
            self.write_model(name, text)

    @property
    def target(self) -> dict[str, Any]:
        """Its output in `profiles.yml`."""
        return {"type": "duckdb", "path": "mini.duckdb"}

    def write_model(self, name: str, text: str) -> None:
        self.models[name] = text
        (self.root / "models" / f"{name}.sql").write_text(text)

    def write_sources(self) -> None:
        (self.root / "models" / "sources.yml").write_text(self.yaml)
        for week in sorted({self._file(day) for day in self.rows}):
            self._write_file(week)

    def set_day(self, day: date, rows: list[tuple[int, str, str]]) -> None:
        self.rows[day] = rows
        self._write_file(self._file(day))

    def _file(self, day: date) -> int:
        return (day - FIRST_DAY).days // 7

    def _write_file(self, number: int) -> None:
        path = self.root / "data" / "events" / f"week-{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            (datetime(day.year, day.month, day.day, hour), who, amount)
            for day, listed in self.rows.items()
            if self._file(day) == number
            for hour, who, amount in listed
        ]
        with opened() as connection:
            connection.execute("create table t (seen_at timestamp, who varchar, amount varchar)")
            if rows:
                connection.executemany("insert into t values (?, ?, ?)", rows)
            connection.execute(f"copy (select * from t order by all) to '{path}' (format parquet)")

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=NOW)

    def plan(self, *select: str, **choice: Any) -> Planned:
        return plan(self.options, Choice(select=select, **choice))

    def backfill(self, *select: str, keys: KeyRange | None = None, workers: int = 1, **choice: Any) -> Backfilled:
        made = Choice(select=select, keys=keys or KeyRange(), **choice)
        return backfill(self.options, made, BackfillOptions(workers=workers), lambda _: True, lambda _: None)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with opened(self.root / "mini.duckdb") as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """What people do to the database themselves."""
        self.query(sql)

    def table(self, model: str) -> list[tuple[Any, ...]]:
        return sorted(self.query(f"select * from main.{model}"), key=repr)

    def columns(self, model: str, names: Iterable[str]) -> list[Column]:
        """Some columns of a model's table."""
        types = {name.lower(): Column(name, kind) for name, kind, *_ in self.query(f"describe main.{model}")}
        return [types[name] for name in names]

    def truth(self, held: Mapping[str, Mapping[str, Sequence[Any]]] | None = None) -> dict[str, list[tuple[Any, ...]]]:
        """Every model's rows after a full refresh, cut to the models' begin and end.

        `held` are partitions, by model and key, that have these rows whatever the query says.
        """
        with self.scratch() as (ask, source):
            for name in ORDER:
                query = self.models[name].partition("}}\n")[2] if "config(" in self.models[name] else self.models[name]
                query = query.replace("{{ source('raw', 'events') }}", source)
                for other in ORDER:
                    query = query.replace("{{ ref('" + other + "') }}", f"truth.{other}")
                if name in KEY_COLUMN:
                    column = KEY_COLUMN[name]
                    inside = f"{column} >= date '2024-01-01' and {column} < date '2024-01-22'"
                    query = f"select * from ({query}\n) as q where {inside}"
                ask(f"create table truth.{name} as {query}")
                for key, rows in (held or {}).get(name, {}).items():
                    where = f"{KEY_COLUMN[name]} = '{key}'" if name in KEY_COLUMN else "true"
                    ask(f"delete from truth.{name} where {where}")
                    for row in rows:
                        ask(f"insert into truth.{name} values ({', '.join(map(literal, row))})")
            return {name: sorted(ask(f"select * from truth.{name}"), key=repr) for name in ORDER}

    @contextmanager
    def scratch(self) -> Iterator[tuple[Callable[[str], list[tuple[Any, ...]]], str]]:
        """Asks a database with an empty schema `truth`, of which nothing is left afterwards; and what is to be read
        there for the source.
        """
        with opened() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("create schema truth")
            ask = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
            yield ask, f"read_parquet('{self.root}/data/events/*.parquet')"

    def copy_to(self, root: Path) -> Miniature:
        shutil.copytree(self.root, root)
        return Miniature(root, dict(self.models), {day: list(rows) for day, rows in self.rows.items()}, self.yaml)


def literal(value: Any) -> str:
    """As SQL has it."""
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def verdicts(planned: Planned, model: str) -> dict[str, str]:
    """Each partition's verdict by key."""
    found = next(entry for entry in planned.plan.models if entry.spec.name == model)
    return {found.spec.scheme.key(ordinal): str(run.verdict) for run in found.verdicts for ordinal in run.partitions}


def work(planned: Planned, model: str) -> dict[str, str]:
    """Each partition with work, by key: the reason, with `?` when it may turn out to be current."""
    found = next(entry for entry in planned.plan.models if entry.spec.name == model)
    return {
        found.spec.scheme.key(ordinal): f"{entry.reason}{'?' if entry.maybe else ''}"
        for entry in found.work
        for ordinal in entry.partitions
    }


def all_work(planned: Planned) -> dict[str, dict[str, str]]:
    """Of every model that has any."""
    return {entry.spec.name: work(planned, entry.spec.name) for entry in planned.plan.models if entry.work}

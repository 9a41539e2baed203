"""The small projects of other tests on PostgreSQL: their sources are tables, and their schema is called as DuckDB's is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from support.cuts import EVENTS, CutProject, Row
from support.miniature import Miniature
from support.postgres import PostgresDatabase

MINI_SOURCES = """
version: 2
sources:
  - name: raw
    tables:
      - name: events
        event_time: seen_at
"""


def target_of(database: PostgresDatabase) -> dict[str, Any]:
    """An output of `profiles.yml`."""
    keywords = {"password": "", **database.keywords}
    keys = ("host", "port", "user", "password", "dbname")
    return {"type": "postgres", **{key: keywords[key] for key in keys}, "schema": "main"}


@contextmanager
def asking(database: PostgresDatabase) -> Iterator[Callable[[str], list[Row]]]:
    """As people ask: each statement its own transaction, in UTC."""
    with database.connect(options="-c TimeZone=UTC") as connection:
        yield lambda sql: _rows(connection, sql)


def _rows(connection: psycopg.Connection[Row], sql: str) -> list[Row]:
    cursor = connection.execute(sql)
    return cursor.fetchall() if cursor.description else []


def same_rows(database: PostgresDatabase, table: str, query: str) -> bool:
    """Whether a table has exactly the rows of a query, each as often."""
    with asking(database) as ask:
        one, other = f"(select * from {table})", f"(select * from (\n{query}\n) as q)"
        ((more, less),) = ask(
            f"select (select count(*) from ({one} except all {other}) as a),"
            f" (select count(*) from ({other} except all {one}) as b)"
        )
    return (more, less) == (0, 0)


@dataclass
class PostgresMiniature(Miniature):
    """With its events in the table `raw.events`."""

    database: PostgresDatabase | None = None
    yaml: str = MINI_SOURCES

    @classmethod
    def on(cls, root: Path, database: PostgresDatabase) -> PostgresMiniature:
        made = cls(root, database=database)
        made.query("create schema raw")
        made.query("create table raw.events (seen_at timestamp, who varchar, amount varchar)")
        made.write_project()
        return made

    @property
    def target(self) -> dict[str, Any]:
        return target_of(self._database)

    @property
    def _database(self) -> PostgresDatabase:
        assert self.database is not None
        return self.database

    def _write_file(self, number: int) -> None:
        """The rows of a week."""
        days = [day for day in self.rows if self._file(day) == number]
        with self._database.connect() as connection, connection.transaction():
            connection.execute("delete from raw.events where cast(seen_at as date) = any(%s)", [days])
            connection.cursor().executemany(
                "insert into raw.events values (%s, %s, %s)",
                [
                    (datetime(day.year, day.month, day.day, hour), who, amount)
                    for day in days
                    for hour, who, amount in self.rows[day]
                ],
            )

    def query(self, sql: str) -> list[Row]:
        with asking(self._database) as ask:
            return ask(sql)

    @contextmanager
    def scratch(self) -> Iterator[tuple[Callable[[str], list[Row]], str]]:
        with (
            self._database.connect(options="-c TimeZone=UTC") as connection,
            connection.transaction(force_rollback=True),
        ):
            connection.execute("create schema truth")
            yield lambda sql: _rows(connection, sql), "raw.events"

    def copy_to(self, root: Path) -> Miniature:
        raise NotImplementedError("a database is not copied: make it anew")


@dataclass
class PostgresCutProject(CutProject):
    """With its events in the table `raw.events`."""

    database: PostgresDatabase | None = None

    @classmethod
    def on(
        cls,
        root: Path,
        database: PostgresDatabase,
        *,
        partition_by: Sequence[Mapping[str, Any]] = (),
        columns: Mapping[str, str] = EVENTS,
    ) -> PostgresCutProject:
        made = cls(root, columns, database=database)
        made.query("create schema raw")
        made.write_project(partition_by)
        return made

    @property
    def target(self) -> dict[str, Any]:
        return target_of(self._database)

    @property
    def source(self) -> dict[str, Any]:
        return {}

    @property
    def _database(self) -> PostgresDatabase:
        assert self.database is not None
        return self.database

    def write_rows(self, rows: Sequence[Row]) -> None:
        listed = ", ".join(f'"{name}" {kind}' for name, kind in self.columns.items())
        marks = ", ".join(["%s"] * len(self.columns))
        with self._database.connect() as connection, connection.transaction():
            connection.execute(f"create table if not exists raw.events ({listed})")
            connection.execute("delete from raw.events")
            connection.cursor().executemany(f"insert into raw.events values ({marks})", rows)

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], list[Row]]]:
        with asking(self._database) as ask:
            yield ask

    def is_whole(self, model: str, query: str) -> bool:
        """Whether a model's table is what its query, run whole over `raw.events`, gives."""
        return same_rows(self._database, f"main.{model}", query)


def day(number: int, month: int = 1) -> date:
    return date(2024, month, number)

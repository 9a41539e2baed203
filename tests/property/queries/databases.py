"""Where queries are run: DuckDB in this process, or a PostgreSQL server."""

from __future__ import annotations

import atexit
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import Timer
from typing import Any

import duckdb

from queries.data import COLUMNS, Row, World
from swathe.model.definition import Column

SECONDS = 10
SHOWN = ("p", "q", "x", "k")


class Refused(Exception):
    """The database does not run it."""


class Database(ABC):
    """All worlds behind one connection; `use` makes one of them the place where `s.f` is looked for."""

    dialect: str
    texts: str
    """Each column of a query as text."""

    def __init__(self) -> None:
        self._made: set[str] = set()
        self.name = ""

    @property
    def columns(self) -> Sequence[Column]:
        return COLUMNS[self.dialect]

    def use(self, found: World, name: str | None = None) -> None:
        self.name = name or f"w{found.number}"
        if self.name not in self._made:
            self._made.add(self.name)
            self._make(found, self.name)
        self._enter(self.name)

    def drop(self, name: str) -> None:
        if name in self._made:
            self._made.discard(name)
            self._drop(name)

    def texts_of(self, sql: str, *more: str, most: int = -1) -> list[Row]:
        """The rows of a query as texts, behind some expressions of it; no more than `most`. Raises Refused."""
        return self.rows(f"select {', '.join((*more, self.texts))} from ({sql}) as z", most)

    @abstractmethod
    def rows(self, sql: str, most: int = -1) -> list[Row]:
        """Raises Refused."""

    @abstractmethod
    def type_of(self, expression: str) -> str:
        """An expression for the name of its type, in the words of the product's adapter."""

    @abstractmethod
    def moment(self, expression: str) -> str:
        """An expression for a time in the calendar, and NULL for any other."""

    @abstractmethod
    def _make(self, found: World, name: str) -> None: ...

    @abstractmethod
    def _enter(self, name: str) -> None: ...

    @abstractmethod
    def _drop(self, name: str) -> None: ...


class DuckDatabase(Database):
    dialect = "duckdb"
    texts = "cast(columns(*) as varchar)"

    def __init__(self) -> None:
        super().__init__()
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute("set threads = 1")
        # What a query means is tried here, not what an optimizer makes of it.
        self.connection.execute("pragma disable_optimizer")

    def rows(self, sql: str, most: int = -1) -> list[Row]:
        try:
            with _limited(self.connection):
                done = self.connection.execute(sql)
                return done.fetchall() if most < 0 else done.fetchmany(most)
        except duckdb.Error as error:
            if isinstance(error, duckdb.InternalException | duckdb.FatalException):
                duck_database.cache_clear()  # an internal error of the database ends it: the next query finds a new one
            raise Refused(f"{type(error).__name__}: {str(error).splitlines()[0]}") from None

    def type_of(self, expression: str) -> str:
        return f"typeof({expression})"

    def moment(self, expression: str) -> str:
        return f"cast({expression} as timestamp)"

    def _enter(self, name: str) -> None:
        self.connection.execute(f"use {name}")

    def _drop(self, name: str) -> None:
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
        columns = COLUMNS["duckdb"]
        listed = ", ".join(f"{column.name} {column.type}" for column in columns)
        connection.execute(f"create table {table} ({listed})")
        marks = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * len(rows))
        if rows:
            connection.execute(f"insert into {table} values {marks}", [value for row in rows for value in row])


@lru_cache(maxsize=1)
def duck_database() -> DuckDatabase:
    return DuckDatabase()


# DuckDB's driver complains of connections that outlive the interpreter.
atexit.register(duck_database.cache_clear)

_postgres: list[Database] = []


def use_postgres(database: Database | None) -> None:
    """The server that cases in its dialect are run on."""
    _postgres[:] = [] if database is None else [database]


def database_of(dialect: str) -> Database:
    return duck_database() if dialect == "duckdb" else _postgres[0]


@contextmanager
def _limited(connection: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    timer = Timer(SECONDS, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

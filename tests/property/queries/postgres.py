"""The worlds on a PostgreSQL server, each in a schema of one database."""

from __future__ import annotations

import re
from datetime import datetime

import psycopg

from queries.data import Row, World
from queries.databases import SECONDS, SHOWN, Database, Refused
from swathe.engine.postgres.values import register

_TABLE = re.compile(r"\bs\.([fgh])\b", re.IGNORECASE)
_SETTINGS = {"TimeZone": "UTC", "statement_timeout": f"{SECONDS}s", "jit": "off", "client_min_messages": "error"}


class PostgresWorlds(Database):
    """What is text in SQL stays with the server's own rules: sessions are set as the product sets its own."""

    dialect = "postgres"
    texts = ", ".join(f"cast({name} as text)" for name in SHOWN)

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._connection = psycopg.connect(dsn, autocommit=True)
        register(self._connection)
        run = self._connection.execute
        for name, value in _SETTINGS.items():
            run(f"set {name} = '{value}'")
        run("create domain public.day as date")
        run("create function public.same(a anyelement) returns anyelement language sql immutable as 'select a'")
        run(
            "create function public.either(a anycompatible, b anycompatible) returns anycompatible"
            " language sql immutable as 'select coalesce(a, b)'"
        )

    def rows(self, sql: str, most: int = -1) -> list[Row]:
        text = _TABLE.sub(rf"{self.name}.\1", sql)
        try:
            done = self._connection.execute(text.encode())
            return done.fetchall() if most < 0 else done.fetchmany(most)
        except psycopg.Error as error:
            raise Refused(f"{type(error).__name__}: {str(error).splitlines()[0]}") from None

    def type_of(self, expression: str) -> str:
        return f"upper(format_type(pg_typeof({expression}), null))"

    def moment(self, expression: str) -> str:
        return f"case when isfinite({expression}) then cast({expression} as timestamp) end"

    def close(self) -> None:
        self._connection.close()

    def _enter(self, name: str) -> None:
        pass

    def _drop(self, name: str) -> None:
        self._connection.execute(f"drop schema {name} cascade".encode())

    def _make(self, found: World, name: str) -> None:
        self._connection.execute(f"create schema {name}".encode())
        for table, rows in found.tables.items():
            listed = ", ".join(f"{column.name} {column.type}" for column in self.columns)
            self._connection.execute(f"create unlogged table {name}.{table} ({listed})".encode())
            if rows:
                marks = ", ".join(["(" + ", ".join(["%s"] * len(self.columns)) + ")"] * len(rows))
                values = [
                    str(value) if isinstance(value, datetime) else value for row in rows for value in self._more(row)
                ]
                self._connection.execute(f"insert into {name}.{table} values {marks}".encode(), values)

    def _more(self, row: Row) -> Row:
        """The columns that only PostgreSQL has: a padded text, a domain."""
        columns = {column.name: value for column, value in zip(self.columns, row, strict=False)}
        return (*row, columns["k2"], columns["d2"])

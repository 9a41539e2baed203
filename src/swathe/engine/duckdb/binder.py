"""Describes queries against tables that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

from swathe.engine.duckdb.checksum import DIALECT
from swathe.engine.duckdb.files import DuckDBFiles
from swathe.engine.duckdb.session import DuckDBSession, NamedLocks, prepare
from swathe.model.definition import Column, Relation
from swathe.sql.literal import identifier, relation_sql


class DuckDBBinder:
    """Empty tables in a database of its own, in memory."""

    def __init__(self, root: Path) -> None:
        self._files = DuckDBFiles(root)
        self._database = f"swathe_binder_{next(_binders)}"
        connection = _binding_instance().cursor()
        prepare(connection)
        # What is described is bound and never run. To find a faster way to run it takes as long as all the rest.
        connection.execute("PRAGMA disable_optimizer")
        connection.execute(f"ATTACH ':memory:' AS {self._database}")
        connection.execute(f"USE {self._database}")
        self._session = DuckDBSession(connection, NamedLocks())
        self._unknown: set[tuple[str, str]] = set()
        self._schemas: set[str] = set()

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None:
        table = Relation(*relation)
        listed = ", ".join(f"{identifier(column.name, DIALECT)} {column.type}" for column in columns)
        self._make_schema(table.schema)
        if relation in self._unknown:
            self._unknown.remove(relation)
            self._session.execute(f"DROP VIEW {relation_sql(table, DIALECT)}")
        self._session.execute(f"CREATE OR REPLACE TABLE {relation_sql(table, DIALECT)} ({listed})")

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        table = Relation(*relation)
        listed = ", ".join(f"NULL AS {identifier(name, DIALECT)}" for name in names) or "NULL AS nothing"
        self._make_schema(table.schema)
        self._session.execute(f"CREATE VIEW {relation_sql(table, DIALECT)} AS SELECT {listed} WHERE FALSE")
        self._unknown.add(relation)

    def _make_schema(self, schema: str) -> None:
        if schema not in self._schemas:
            self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, DIALECT)}")
            self._schemas.add(schema)

    def describe(self, sql: str) -> tuple[Column, ...]:
        return tuple(Column(row[0], row[1]) for row in self._session.query(f"DESCRIBE {sql}"))

    def describe_files(self, location: str) -> tuple[Column, ...]:
        return self.describe(f"SELECT * FROM {self._files.files_sql(location)}")

    def close(self) -> None:
        self._session.close()
        with _binding_instance().cursor() as connection:
            connection.execute(f"DETACH {self._database}")


_binders = count()


@cache
def _binding_instance() -> duckdb.DuckDBPyConnection:
    """The instance of all binders of the process: starting one takes longer than binding a project."""
    # A file that is written twice within a tick of the clock must be read twice.
    return duckdb.connect(config={"threads": 1, "enable_external_file_cache": False})

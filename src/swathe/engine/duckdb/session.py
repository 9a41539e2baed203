"""Sessions: cursors of one connection, each with its own transaction.

The time zone is UTC always, so that casts between instants, timestamps and dates mean one thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock

import duckdb

from swathe.engine.adapter import Row
from swathe.engine.duckdb.checksum import DIALECT
from swathe.engine.duckdb.failures import translated
from swathe.errors import EngineError
from swathe.sql.literal import identifier, text_literal

_FEW = 8
"""So many rows are bound value by value in less time than DuckDB takes to plan the reading of JSON."""


class NamedLocks:
    """Locks of this process, which is the only one that has the file open."""

    def __init__(self) -> None:
        self._locks: dict[str, Lock] = {}
        self._making = Lock()
        self.held: set[str] = set()

    def of(self, name: str) -> Lock:
        with self._making:
            return self._locks.setdefault(name, Lock())


class DuckDBSession:
    """A cursor of the one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, locks: NamedLocks) -> None:
        self._connection = connection
        self._failed = False
        self._locks = locks
        self._locked: dict[str, Lock] = {}
        self._held: set[str] = set()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self.query(sql, parameters)  # fetched, since DuckDB runs a SELECT only as far as it is read

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        try:
            with translated():
                return self._run(sql, parameters).fetchall()
        except EngineError:
            self._failed = True
            raise

    def insert(self, table: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        if len(rows) <= _FEW:
            marks = f"({', '.join('?' * len(types))})"
            listed = ", ".join([marks] * len(rows))
            self.execute(f"INSERT INTO {table} VALUES {listed}", [value for row in rows for value in row])
            return
        # Each column travels as one JSON text: binding lists takes DuckDB 1.5 a hundred times as long.
        values = ", ".join(f"UNNEST(from_json(CAST(? AS JSON), {_json_array(kind)}))" for kind in types)
        columns = [json.dumps(column, default=str) for column in zip(*rows, strict=True)]
        self.execute(f"INSERT INTO {table} SELECT {values}", columns)

    def fetch(self, sql: str) -> tuple[tuple[str, ...], list[Row]]:
        described = self.query(f"DESCRIBE {sql}")
        # The driver needs another library for instants with a zone.
        shown = ", ".join(
            f"CAST({identifier(name, DIALECT)} AS VARCHAR)" if "TIME ZONE" in kind else identifier(name, DIALECT)
            for name, kind, *_ in described
        )
        return tuple(row[0] for row in described), self.query(f"SELECT {shown} FROM (\n{sql}\n) AS f")

    def _run(self, sql: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql, list(parameters)) if parameters else self._connection.execute(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN TRANSACTION")
        self._failed = False
        try:
            yield
            self._commit()
        except BaseException:
            # After any error DuckDB may have ended the transaction by itself; a ROLLBACK without one raises.
            with suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            raise
        finally:
            while self._locked:
                self._locked.popitem()[1].release()

    def snapshot(self) -> AbstractContextManager[None]:
        return self.transaction()  # all of its statements see what had committed before the first

    def make_room(self) -> None:
        """It takes what it needs."""

    def lock(self, name: str) -> None:
        if name not in self._locked:
            lock = self._locks.of(name)
            lock.acquire()
            self._locked[name] = lock

    def hold(self, name: str) -> None:
        self._held.add(name)
        self._locks.held.add(name)

    def is_held(self, name: str) -> bool:
        return name in self._locks.held

    def _commit(self) -> None:
        # After an error a COMMIT raises nothing, and what it then writes differs between versions of DuckDB.
        if self._failed:
            raise EngineError("a statement of the transaction failed, so nothing of it was written")
        self.execute("COMMIT")

    def exchange(self, statements: Sequence[str]) -> None:
        for statement in statements:  # no reader holds a table
            self.execute(statement)

    def interrupt(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        self._locks.held.difference_update(self._held)
        self._connection.close()


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    with translated():
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")


def _json_array(column_type: str) -> str:
    return text_literal(json.dumps([column_type]), DIALECT)

"""DuckDB, the embedded engine. The only module that imports its driver.

One process owns a database file; threads inside it each use a cursor, which is a connection with its own transaction.
The session's time zone is UTC always, so that casts between instants, timestamps and dates mean one thing.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import duckdb

from swathe.engine.adapter import FILE_COLUMN, Capabilities, Row, Session
from swathe.errors import EngineError, StatementError, TransientError
from swathe.model.definition import Column, Relation
from swathe.sql.literal import identifier, relation_sql, text_literal
from swathe.sql.native import NativeTable

DIALECT = "duckdb"
CAPABILITIES = Capabilities(DIALECT, "main", one_process=True, reads_files=True, indexed=False)
_READERS = {
    ".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json", ".jsonl": "read_json",
    ".ndjson": "read_json",
}  # fmt: skip
_LOCK_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")

_MISUSE = re.compile(r"transaction is aborted|within a transaction|no transaction is active")
"""What a transaction says that trying again can't mend."""


_FEW = 8
"""So many rows are bound value by value in less time than DuckDB takes to plan the reading of JSON."""

_MEANINGS = ("default_null_order", "default_order", "integer_division", "null_order")
"""Settings that decide what a query means. Windows and fingerprints take DuckDB's own values for granted."""


def _refuse_other_meanings(config: Mapping[str, Any]) -> None:
    for name in config:
        if name.lower() in _MEANINGS:
            raise EngineError(
                f"the setting `{name}` would change what queries mean", hint="take it out, and say it in the query"
            )


class NamedLocks:
    """Locks of this process, which is the only one that has the file open."""

    def __init__(self) -> None:
        self._locks: dict[str, Lock] = {}
        self._making = Lock()
        self.held: set[str] = set()

    def of(self, name: str) -> Lock:
        with self._making:
            return self._locks.setdefault(name, Lock())


_LOCKS: dict[str, NamedLocks] = {}
"""By file: it may be open more than once in this process."""


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


class DuckDBFiles:
    """How DuckDB spells reading files. Without a root, paths stay relative, to be shown and not to be run.

    What is run names whole paths: DuckDB looks for a relative one in the process's folder before anywhere else, and
    that may hold another file of that name.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    def files_sql(self, location: str) -> str:
        return f"{_reader(location)}({text_literal(self._whole(location), DIALECT)})"

    def file_list_sql(self, location: str, paths: Sequence[str]) -> str:
        named = f"filename = {text_literal(FILE_COLUMN, DIALECT)}"
        if _reader(location) == "read_parquet" or ".." in Path(location).parts:
            # DuckDB takes each path of a list for a pattern, too.
            listed = ", ".join(text_literal(self._whole(glob.escape(path)), DIALECT) for path in paths)
            return f"{_reader(location)}([{listed}], {named})"
        # The types of text are guessed: of these files alone they might be other ones than of all.
        listed = ", ".join(text_literal(str((self._root or Path()) / path), DIALECT) for path in paths)
        files = f"{_reader(location)}({text_literal(self._whole(location), DIALECT)}, {named})"
        return f"(SELECT * FROM {files} WHERE {identifier(FILE_COLUMN, DIALECT)} IN ({listed})) AS f"

    def _whole(self, location: str) -> str:
        if self._root is None or "://" in location:
            return location
        return str(Path(glob.escape(str(self._root))) / location)


class DuckDBEngine(DuckDBFiles):
    """A database file, or an empty database in memory where the file is only to be read and does not exist."""

    def __init__(
        self,
        path: str | None,
        *,
        root: Path,
        read_only: bool,
        default_schema: str = "main",
        threads: int | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(root)
        self.capabilities = replace(CAPABILITIES, default_schema=default_schema)
        config: dict[str, Any] = dict(settings or {})
        _refuse_other_meanings(config)
        if threads:
            config["threads"] = threads
        with opening(path):
            self._connection = duckdb.connect(
                path or ":memory:", read_only=read_only and path is not None, config=config
            )
        self._locks = _LOCKS.setdefault(path, NamedLocks()) if path else NamedLocks()
        _prepare(self._connection)

    def session(self) -> DuckDBSession:
        with translated():
            cursor = self._connection.cursor()
        _prepare(cursor)
        return DuckDBSession(cursor, self._locks)

    def table_columns(self, session: Session, relation: Relation) -> tuple[Column, ...] | None:
        rows = session.query(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = current_database() AND lower(schema_name) = lower(?) "
            "AND lower(table_name) = lower(?) ORDER BY column_index",
            [relation.schema, relation.name],
        )
        return tuple(Column(name, kind) for name, kind in rows) or None

    def relations(self, session: Session) -> frozenset[Relation]:
        rows = session.query(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        )
        return frozenset(Relation(schema, name) for schema, name in rows)

    def relation_kind(self, session: Session, relation: Relation) -> Literal["TABLE", "VIEW"] | None:
        rows = session.query(
            "SELECT table_type FROM information_schema.tables "
            "WHERE table_catalog = current_database() AND table_schema = ? AND table_name = ?",
            [relation.schema, relation.name],
        )
        return None if not rows else "VIEW" if rows[0][0] == "VIEW" else "TABLE"

    def native_table(self, _session: Session, _relation: Relation) -> NativeTable | None:
        return None

    def has_schema(self, session: Session, schema: str) -> bool:
        found = "SELECT 1 FROM duckdb_schemas() WHERE database_name = current_database() AND schema_name = ?"
        return bool(session.query(found, [schema]))

    def names_in(self, session: Session, schema: str) -> frozenset[str]:
        return frozenset(relation.name for relation in self.relations(session) if relation.schema == schema)

    def compares_texts_exactly(self, session: Session) -> bool:
        # A view may give what a table or another view collates, and of a column it is not told.
        ((default, collated),) = session.query(
            "SELECT current_setting('default_collation'), EXISTS (SELECT 1 FROM ("
            "SELECT sql FROM duckdb_tables() UNION ALL SELECT sql FROM duckdb_views() WHERE NOT internal"
            ") AS d WHERE d.sql ILIKE '% collate %')"
        )
        return not default and not collated

    def checksum_sql(self, columns: Sequence[Column]) -> str:
        return checksum_sql([column.name for column in columns])

    def close(self) -> None:
        self._connection.close()


class DuckDBBinder:
    """Empty tables in a database of its own, in memory."""

    def __init__(self, root: Path) -> None:
        self._files = DuckDBFiles(root)
        self._database = f"swathe_binder_{next(_binders)}"
        connection = _binding_instance().cursor()
        _prepare(connection)
        connection.execute(f"ATTACH ':memory:' AS {self._database}")
        connection.execute(f"USE {self._database}")
        self._session = DuckDBSession(connection, NamedLocks())
        self._unknown: set[tuple[str, str]] = set()

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None:
        table = Relation(*relation)
        listed = ", ".join(f"{identifier(column.name, DIALECT)} {column.type}" for column in columns)
        self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema, DIALECT)}")
        if relation in self._unknown:
            self._unknown.remove(relation)
            self._session.execute(f"DROP VIEW {relation_sql(table, DIALECT)}")
        self._session.execute(f"CREATE OR REPLACE TABLE {relation_sql(table, DIALECT)} ({listed})")

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        table = Relation(*relation)
        listed = ", ".join(f"NULL AS {identifier(name, DIALECT)}" for name in names) or "NULL AS nothing"
        self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema, DIALECT)}")
        self._session.execute(f"CREATE VIEW {relation_sql(table, DIALECT)} AS SELECT {listed} WHERE FALSE")
        self._unknown.add(relation)

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


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    with translated():
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")


def checksum_sql(columns: Sequence[str]) -> str:
    """Sum of row hashes. The hash of the hash breaks up the linear way in which DuckDB combines columns, which would
    let swapped values cancel out in a sum.

    The types go in, too: DuckDB hashes 1.00 as it does 100, and zeros as nothing at all, which no sum would show.
    """
    names = [identifier(name, DIALECT) for name in sorted(columns)]
    types = " || ',' || ".join(f"typeof({name})" for name in names) or "''"
    listed = ", ".join([*names, types])
    return f"CAST(COALESCE(SUM(hash(hash({listed}))), 0) % 9223372036854775808 AS BIGINT)"


def _json_array(column_type: str) -> str:
    return text_literal(json.dumps([column_type]), DIALECT)


def _reader(location: str) -> str:
    stem = location.lower().removesuffix(".gz").removesuffix(".zst")
    for suffix, reader in _READERS.items():
        if stem.endswith(suffix):
            return reader
    return "read_parquet"


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except duckdb.InterruptException:
        raise EngineError("the statement was interrupted") from None
    except (duckdb.TransactionException, duckdb.SerializationException) as error:
        kind = EngineError if _MISUSE.search(str(error)) else TransientError
        raise kind(_message(error)) from None
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        raise StatementError(_message(error)) from None
    except duckdb.Error as error:
        raise EngineError(_message(error)) from None


@contextmanager
def opening(path: str | None) -> Iterator[None]:
    """Errors of opening a file, each with what to do about it."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if found := _LOCK_HOLDER.search(text):
            raise EngineError(
                f"the database file `{path}` is in use by another process: PID {found['pid']} ({found['program']})",
                hint="wait for it to finish or stop it; a DuckDB file belongs to one process at a time",
            ) from None
        if "lock" in text.lower():
            raise EngineError(
                f"the database file `{path}` is locked by another process",
                hint="wait for it to finish or stop it; a DuckDB file belongs to one process at a time",
            ) from None
        if "not a valid DuckDB database file" in text or "not a DuckDB" in text:
            raise EngineError(
                f"`{path}` is not a DuckDB database file",
                hint="change `path` in profiles.yml, or move that file away",
            ) from None
        raise EngineError(
            f"the database file `{path}` can't be opened: {_message(error)}",
            hint="check that its folder exists and may be written to",
        ) from None


def _message(error: duckdb.Error) -> str:
    return str(error).strip()

"""A DuckDB file, opened. One process owns it; threads inside it each use a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from swathe.engine.adapter import Capabilities, Session
from swathe.engine.duckdb.checksum import DIALECT, checksum_sql, mixed_sql
from swathe.engine.duckdb.failures import opening, translated
from swathe.engine.duckdb.files import DuckDBFiles
from swathe.engine.duckdb.session import DuckDBSession, NamedLocks, prepare
from swathe.errors import EngineError
from swathe.model.definition import Column, Relation
from swathe.sql.native import NativeTable

CAPABILITIES = Capabilities(
    DIALECT,
    "main",
    one_process=True,
    reads_files=True,
    indexed=False,
    ordered_tables=True,
    row_group=122_880,
    binder=f"duckdb {duckdb.__version__}",
)

_LOCKS: dict[str, NamedLocks] = {}
"""By file: it may be open more than once in this process."""

_MEANINGS = ("default_null_order", "default_order", "integer_division", "null_order")
"""Settings that decide what a query means. Windows and fingerprints take DuckDB's own values for granted."""


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
        prepare(self._connection)

    def session(self) -> DuckDBSession:
        with translated():
            cursor = self._connection.cursor()
        prepare(cursor)
        return DuckDBSession(cursor, self._locks)

    def table_columns(self, session: Session, relation: Relation) -> tuple[Column, ...] | None:
        return self.columns_of(session, [relation]).get(relation)

    def columns_of(self, session: Session, relations: Collection[Relation]) -> dict[Relation, tuple[Column, ...]]:
        by_name = {(relation.schema.lower(), relation.name.lower()): relation for relation in relations}
        found: dict[Relation, list[Column]] = defaultdict(list)
        for schema, table, name, kind in session.query(
            "SELECT lower(schema_name), lower(table_name), column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = current_database() AND lower(schema_name) IN (SELECT UNNEST(CAST(? AS VARCHAR[]))) "
            "AND lower(table_name) IN (SELECT UNNEST(CAST(? AS VARCHAR[]))) ORDER BY column_index",
            [sorted({schema for schema, _ in by_name}), sorted({table for _, table in by_name})],
        ):
            if (relation := by_name.get((schema, table))) is not None:
                found[relation].append(Column(name, kind))
        return {relation: tuple(columns) for relation, columns in found.items()}

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
        return checksum_sql(columns)

    def mixed_sql(self, one: str, other: str) -> str:
        return mixed_sql(one, other)

    def reclaim(self, session: Session) -> None:
        # It is refused while another session writes. To close the file does it as well.
        with suppress(EngineError):
            session.execute("CHECKPOINT")

    def close(self) -> None:
        self._connection.close()


def _refuse_other_meanings(config: Mapping[str, Any]) -> None:
    for name in config:
        if name.lower() in _MEANINGS:
            raise EngineError(
                f"the setting `{name}` would change what queries mean", hint="take it out, and say it in the query"
            )

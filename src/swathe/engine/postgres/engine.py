"""A PostgreSQL database, opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

from swathe.engine.adapter import Capabilities, Session
from swathe.engine.connection import DEFAULT_SCHEMAS
from swathe.engine.postgres.checksum import DIALECT, checksum_sql, mixed_sql
from swathe.engine.postgres.connector import PostgresConnector
from swathe.engine.postgres.files import PostgresFiles
from swathe.engine.postgres.leaves import names_in, native_table
from swathe.engine.postgres.session import PostgresSession
from swathe.engine.postgres.types import COLUMN_TYPE
from swathe.model.definition import Column, Relation
from swathe.sql.native import NativeTable

CAPABILITIES = Capabilities(
    DIALECT,
    DEFAULT_SCHEMAS["postgres"],
    one_process=False,
    reads_files=False,
    indexed=True,
    unlocked_rows="FOR UPDATE SKIP LOCKED",
    native_partitions=True,
    longest_name=63,
)
_STANDING_FOR_TABLES = "('r', 'p', 'f', 'v', 'm')"


class PostgresEngine(PostgresFiles):
    """A database of a server. Each session is a connection."""

    def __init__(self, connector: PostgresConnector) -> None:
        self.capabilities = CAPABILITIES
        self._connector = connector
        self._sessions: list[PostgresSession] = []

    def session(self) -> PostgresSession:
        session = PostgresSession(self._connector)
        self._sessions.append(session)
        return session

    def table_columns(self, session: Session, relation: Relation) -> tuple[Column, ...] | None:
        return self.columns_of(session, [relation]).get(relation)

    def columns_of(self, session: Session, relations: Collection[Relation]) -> dict[Relation, tuple[Column, ...]]:
        asked = list(relations)
        found: dict[Relation, list[Column]] = defaultdict(list)
        for number, name, kind in session.query(
            f"SELECT r.number, a.attname, {COLUMN_TYPE} FROM ("
            "SELECT UNNEST(CAST(? AS BIGINT[])) AS number, UNNEST(CAST(? AS TEXT[])) AS schema_name, "
            "UNNEST(CAST(? AS TEXT[])) AS table_name) AS r "
            "JOIN pg_catalog.pg_namespace AS n ON n.nspname = r.schema_name "
            "JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.table_name "
            "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid "
            f"WHERE c.relkind IN {_STANDING_FOR_TABLES} ORDER BY a.attnum",
            [
                list(range(len(asked))),
                [relation.schema for relation in asked],
                [relation.name for relation in asked],
            ],
        ):
            found[asked[number]].append(Column(name, kind))
        return {relation: tuple(columns) for relation, columns in found.items()}

    def relations(self, session: Session) -> frozenset[Relation]:
        rows = session.query(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c "
            "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
            f"WHERE c.relkind IN {_STANDING_FOR_TABLES} AND NOT c.relispartition "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
        )
        return frozenset(Relation(schema, name) for schema, name in rows)

    def relation_kind(self, session: Session, relation: Relation) -> Literal["TABLE", "VIEW"] | None:
        rows = session.query(
            "SELECT c.relkind IN ('v', 'm') FROM pg_catalog.pg_class AS c "
            "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
            f"WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN {_STANDING_FOR_TABLES}",
            [relation.schema, relation.name],
        )
        return None if not rows else "VIEW" if rows[0][0] else "TABLE"

    def native_table(self, session: Session, relation: Relation) -> NativeTable | None:
        return native_table(session, relation)

    def has_schema(self, session: Session, schema: str) -> bool:
        return bool(session.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", [schema]))

    def names_in(self, session: Session, schema: str) -> frozenset[str]:
        return names_in(session, schema)

    def compares_texts_exactly(self, session: Session) -> bool:
        return not session.query("SELECT 1 FROM pg_catalog.pg_collation WHERE NOT collisdeterministic LIMIT 1")

    def checksum_sql(self, columns: Sequence[Column]) -> str:
        return checksum_sql(columns)

    def mixed_sql(self, one: str, other: str) -> str:
        return mixed_sql(one, other)

    def reclaim(self, _session: Session) -> None:
        """Autovacuum does."""

    def close(self) -> None:
        for session in self._sessions:
            session.close()

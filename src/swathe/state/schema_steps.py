"""Is the metadata schema there, of which version, and how it is made."""

from __future__ import annotations

from datetime import datetime

from swathe import __version__
from swathe.engine.adapter import Engine, Session
from swathe.errors import StateError
from swathe.model.definition import Relation
from swathe.sql.literal import identifier, relation_sql
from swathe.state.schema import SCHEMA_VERSION, create_statements


def schema_exists(engine: Engine, session: Session, schema: str) -> bool:
    """Raises StateError for one that this swathe can't read."""
    table = relation_sql(Relation(schema, "meta"), engine.capabilities.dialect)
    if engine.table_columns(session, Relation(schema, "meta")) is None:
        return False
    rows = session.query(f"SELECT value FROM {table} WHERE name = 'schema_version'")
    if not rows or not rows[0][0].isdecimal():
        raise StateError(
            f"the schema `{schema}` does not hold swathe's metadata: its table `meta` names no version",
            hint="name another schema with `state_schema` in `[tool.swathe]`",
        )
    version = int(rows[0][0])
    if version > SCHEMA_VERSION:
        raise StateError(
            f"the metadata schema `{schema}` has version {version}, "
            f"and this swathe ({__version__}) knows up to {SCHEMA_VERSION}",
            hint="upgrade swathe: pip install --upgrade swathe",
        )
    if version < SCHEMA_VERSION:
        raise StateError(
            f"the metadata schema `{schema}` was made by a swathe before its first release",
            hint=f"`DROP SCHEMA {schema} CASCADE`, then `swathe adopt --select '*'`, which takes the tables "
            "over as they are, with what is stale in them",
        )
    return True


def create_schema(engine: Engine, session: Session, schema: str, now: datetime) -> None:
    """Call inside a transaction that has it locked. Writes state."""
    dialect = engine.capabilities.dialect
    session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, dialect)}")
    statements = create_statements(
        schema,
        lambda place, table: relation_sql(Relation(place, table), dialect),
        indexed=engine.capabilities.indexed,
    )
    for statement in statements:
        session.execute(statement)
    meta = relation_sql(Relation(schema, "meta"), dialect)
    facts = {"schema_version": str(SCHEMA_VERSION), "created_at": now.isoformat(), "created_by": __version__}
    for name, value in facts.items():
        session.execute(f"INSERT INTO {meta} VALUES (?, ?)", [name, value])

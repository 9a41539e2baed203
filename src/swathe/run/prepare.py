"""Once per model and run, before its first batch: its schema, its table with the right columns, and no NULL keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from swathe.engine.adapter import Engine, Session
from swathe.errors import EngineError, PlanError
from swathe.model.definition import Column, Materialized, ModelName, OnSchemaChange, Relation
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges, column_changes
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.statements import ModelSql
from swathe.state.store import StateStore


class NullKeysError(EngineError):
    """Rows whose partition column is NULL belong to no partition."""


@dataclass(frozen=True, slots=True)
class Target:
    """A model's table and what may be done to it.

    `managed`: swathe has built it before. `recut`: it is cut in another way now, and is made anew.
    `variants` are the statements of the partitions for which the template gives another query than `sql`.
    """

    name: ModelName
    materialized: Materialized
    sql: ModelSql
    on_schema_change: OnSchemaChange
    managed: bool
    recut: bool = False
    variants: tuple[tuple[IntervalSet, ModelSql], ...] = ()

    def sql_at(self, ordinal: int) -> ModelSql:
        return next((sql for partitions, sql in self.variants if ordinal in partitions), self.sql)


def table_changes(target: Target, table: tuple[Column, ...] | None, frozen: int) -> ColumnChanges | None:
    """How the table's columns must change; None when there is no table. Raises PlanError when they may not."""
    if table is None:
        return None
    name = target.sql.relation.name
    return column_changes(table, target.sql.logic.columns, target.on_schema_change, name, frozen=frozen)


def prepare(target: Target, engine: Engine, session: Session, store: StateStore, now: datetime) -> None:
    """Create or alter the table. Raises PlanError for a table that is not ours, NullKeysError for NULL keys,
    FrozenError where frozen partitions would be lost.
    """
    relation = target.sql.relation
    with session.transaction():
        if target.recut:
            store.forget(target.name)
            _drop(target.sql, engine, session)
        store.set_table(target.name, relation, now)
        if target.materialized is Materialized.VIEW:
            return
        _create_schema(relation, engine, session)
        table = engine.table_columns(session, relation)
        if table is None:
            store.forget(target.name)  # of a table that was dropped, whose rows the new one does not have
            session.execute(target.sql.create_table())
        else:
            if not target.managed:
                refuse_foreign_rows(target.name, relation, engine, session)
            changes = table_changes(target, table, store.count_frozen(target.name))
            for statement in _alter(target.sql, changes, engine.capabilities.dialect) if changes else ():
                session.execute(statement)
        # Last, since a query that reads its own table needs it to be there; a refusal undoes all of the above.
        _refuse_null_keys(target, session)


def refuse_foreign_rows(name: ModelName, relation: Relation, engine: Engine, session: Session) -> None:
    """Raises PlanError when a table that swathe has not built holds rows."""
    if session.query(f"SELECT 1 FROM {relation_sql(relation, engine.capabilities.dialect)} LIMIT 1"):
        raise PlanError(
            f"the table `{relation.schema}.{relation.name}` already holds rows that swathe did not write",
            hint=f"if they are the model's, `swathe adopt {name}` takes them over; "
            "else give the model another `alias` or `schema`, or drop the table",
        )


def _drop(sql: ModelSql, engine: Engine, session: Session) -> None:
    """Drop what stands under a model's name, table or view. Call inside a transaction."""
    kind = engine.relation_kind(session, sql.relation)
    if kind is not None:
        session.execute(f"DROP {kind} {sql.table}")


def create_view(sql: ModelSql, engine: Engine, session: Session) -> None:
    """Create or replace a view. Call inside a transaction."""
    _create_schema(sql.relation, engine, session)
    session.execute(sql.create_view())


def _create_schema(relation: Relation, engine: Engine, session: Session) -> None:
    if relation.schema != engine.capabilities.default_schema:
        session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(relation.schema, engine.capabilities.dialect)}")


def _alter(sql: ModelSql, changes: ColumnChanges, dialect: str) -> list[str]:
    def name(column: Column) -> str:
        return identifier(column.name, dialect)

    return [
        *(f"ALTER TABLE {sql.table} ADD COLUMN {name(c)} {c.type}" for c in changes.added),
        *(f"ALTER TABLE {sql.table} ALTER COLUMN {name(c)} SET DATA TYPE {c.type}" for c in changes.retyped),
        *(f"ALTER TABLE {sql.table} DROP COLUMN {name(c)}" for c in changes.dropped),
    ]


def _refuse_null_keys(target: Target, session: Session) -> None:
    question = target.sql.null_keys()
    partition_by = target.sql.partition_by
    if question is None or partition_by is None:
        return
    count = session.query(question)[0][0]
    if count:
        rows = "1 row has" if count == 1 else f"{count:,} rows have"
        belong = "belongs" if count == 1 else "belong"
        raise NullKeysError(
            f"{rows} no `{partition_by.column}` (NULL), and so {belong} to no partition",
            hint=f"leave them out with `where {partition_by.column} is not null`, or give them a value",
        )

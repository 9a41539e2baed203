"""Once per model and run, before its first batch: its schema, its table with the right columns, and no NULL keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from swathe.engine.adapter import Engine, Row, Session
from swathe.errors import EngineError, PlanError
from swathe.model.definition import Column, Materialized, ModelName, OnSchemaChange, Relation
from swathe.partition.grid import NULL_LINE, by_slice
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges, column_changes
from swathe.run.leaves import UnfitTableError, add_leaves, refuse_unfit
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.statements import ModelSql
from swathe.state.store import StateStore

_MOST_NAMED = 5


class StrayRowsError(EngineError):
    """Rows that belong to no partition: a partition column is NULL, or has a value outside its list."""


@dataclass(frozen=True, slots=True)
class Target:
    """A model's table and what may be done to it.

    `managed`: swathe has built it before. `recut`: it is cut in another way now, and is made anew. `anew`: all its
    partitions are built, so that it may be made anew where it is unfit.
    `variants` are the statements of the partitions for which the template gives another query than `sql`. `found_by`
    are the queries that find the values of columns, by column in lower case.
    """

    name: ModelName
    materialized: Materialized
    sql: ModelSql
    on_schema_change: OnSchemaChange
    managed: bool
    recut: bool = False
    anew: bool = False
    variants: tuple[tuple[IntervalSet, ModelSql], ...] = ()
    found_by: Mapping[str, str] = field(default_factory=dict)

    def sql_at(self, ordinal: int) -> ModelSql:
        return next((sql for partitions, sql in self.variants if ordinal in partitions), self.sql)


def table_changes(target: Target, table: tuple[Column, ...] | None, frozen: int) -> ColumnChanges | None:
    """How the table's columns must change; None when there is no table. Raises PlanError when they may not."""
    if table is None:
        return None
    name = target.sql.relation.name
    return column_changes(table, target.sql.logic.columns, target.on_schema_change, name, frozen=frozen)


def prepare(
    target: Target,
    partitions: IntervalSet,
    planned: IntervalSet,
    engine: Engine,
    session: Session,
    store: StateStore,
    now: datetime,
    keep_rows: Callable[[], IntervalSet] | None = None,
) -> IntervalSet:
    """Create or alter the table before these partitions are built, of all that are `planned`. Raises PlanError for a
    table that is not ours, UnfitTableError for one that can't take them, StrayRowsError for rows that have no
    partition, FrozenError where frozen partitions would be lost.

    `keep_rows` writes records of a new cut for a table whose cut changed, which is made anew without it. Gives the
    partitions that need not be built then.
    """
    kept = IntervalSet()
    relation = target.sql.relation
    with session.transaction():  # of its own, since models that are prepared beside this one wait for it
        _create_schema(relation, engine, session)
    with session.transaction():
        session.lock(f"table {relation.schema}.{relation.name}")
        if target.recut and keep_rows is None:
            _make_way(target, engine, session, store)
        # Another process may have made it since this one planned.
        managed = target.managed or store.tables().get(target.name) == relation
        store.set_table(target.name, relation, now)
        if target.materialized is Materialized.VIEW:
            return kept
        changes = _changes(replace(target, managed=managed), planned, engine, session, store)
        if changes is None:
            store.forget(target.name)  # of a table that was dropped, whose rows the new one does not have
            session.execute(target.sql.create_table())
        else:
            for statement in _alter(target.sql, changes, engine.capabilities.dialect):
                session.execute(statement)
            if altered := (*changes.dropped, *changes.retyped):
                store.column_versions.forget(target.name, [column.name for column in altered])
            if keep_rows is not None:
                kept = keep_rows()
        # After that, since a query that reads its own table needs it to be there; a refusal undoes all of the above.
        if wanted := partitions - kept:
            refuse_strays(target, wanted, session)
        add_leaves(target.sql, planned, engine, session)
    return kept


def _changes(
    target: Target, planned: IntervalSet, engine: Engine, session: Session, store: StateStore
) -> ColumnChanges | None:
    """How the columns of the table that is there must change; None when there is none, or none any more."""
    relation = target.sql.relation
    table = engine.table_columns(session, relation)
    if table is None:
        return None
    if not target.managed:
        refuse_foreign_rows(target.name, relation, engine, session)
    changes = table_changes(target, table, store.count_frozen(target.name))
    try:
        refuse_unfit(target.sql, engine.native_table(session, relation), changes, planned)
    except UnfitTableError:
        if not target.anew:
            raise
        _make_way(target, engine, session, store)
        return None
    return changes


def _make_way(target: Target, engine: Engine, session: Session, store: StateStore) -> None:
    """Drop what stands under a model's name, and its records."""
    store.forget(target.name)
    kind = engine.relation_kind(session, target.sql.relation)
    if kind is not None:
        session.execute(f"DROP {kind} {target.sql.table}")


def refuse_foreign_rows(name: ModelName, relation: Relation, engine: Engine, session: Session) -> None:
    """Raises PlanError when a table that swathe has not built holds rows."""
    if session.query(f"SELECT 1 FROM {relation_sql(relation, engine.capabilities.dialect)} LIMIT 1"):
        raise PlanError(
            f"the table `{relation.schema}.{relation.name}` already holds rows that swathe did not write",
            hint=f"if they are the model's, `swathe adopt {name}` takes them over; "
            "else give the model another `alias` or `schema`, or drop the table",
        )


def create_view(sql: ModelSql, engine: Engine, session: Session) -> None:
    """Create or replace a view. Call inside a transaction."""
    _create_schema(sql.relation, engine, session)
    session.execute(sql.create_view())


def _create_schema(relation: Relation, engine: Engine, session: Session) -> None:
    if not engine.has_schema(session, relation.schema):
        # IF NOT EXISTS fails where another transaction is making it.
        session.lock(f"schema {relation.schema}")
        session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(relation.schema, engine.capabilities.dialect)}")


def _alter(sql: ModelSql, changes: ColumnChanges, dialect: str) -> list[str]:
    def name(column: Column) -> str:
        return identifier(column.name, dialect)

    return [
        *(f"ALTER TABLE {sql.table} ADD COLUMN {name(c)} {c.type}" for c in changes.added),
        *(f"ALTER TABLE {sql.table} ALTER COLUMN {name(c)} SET DATA TYPE {c.type}" for c in changes.retyped),
        *(f"ALTER TABLE {sql.table} DROP COLUMN {name(c)}" for c in changes.dropped),
    ]


def refuse_strays(target: Target, partitions: IntervalSet, session: Session) -> None:
    """Raises StrayRowsError where rows of the query that lie among these partitions along the line have none. Asks the
    whole query, so once for many of them.
    """
    lines = _along(partitions)
    question = target.sql.strays(lines)
    if question is not None and any(counts := session.query(question)[0]):
        _refuse_counted(target, counts, lines, session)


def _refuse_counted(target: Target, counts: Row, lines: IntervalSet, session: Session) -> None:
    """Names values that are outside a list. Those that a query finds by now are partitions of the next plan."""
    region = target.sql.region
    assert region is not None  # noqa: S101 - a table in one piece has no strays
    whole = f"(\n{target.sql.query(None)}\n) AS q"
    for number, name in enumerate(region.partition_by.names):
        nulls, outside = counts[2 * number], counts[2 * number + 1]
        if nulls:
            raise StrayRowsError(
                f"{_rows(nulls)} no `{name}` (NULL), and so {'belongs' if nulls == 1 else 'belong'} to no partition",
                hint=f"leave them out with `where {name} is not null`, give them a value, "
                'or say `"nulls": "own"` in `partition_by`',
            )
        relation = whole
        if outside and name.lower() in target.found_by:
            known = f"SELECT k.found FROM (\n{target.found_by[name.lower()]}\n) AS k(found) WHERE k.found IS NOT NULL"
            column = identifier(name, target.sql.dialect)
            relation = f"(SELECT * FROM {whole} WHERE {column} NOT IN ({known})) AS q"
            outside = session.query(region.strays(relation, lines) or "")[0][2 * number + 1]
        if outside:
            found = session.query(region.outsiders(relation, name, lines, _MOST_NAMED + 1))
            named = ", ".join(f"`{value}` ({count:,})" for value, count in found[:_MOST_NAMED])
            more = " and others" if len(found) > _MOST_NAMED else ""
            raise StrayRowsError(
                f"{_rows(outside)} a `{name}` that has no partition: {named}{more}",
                hint='add the values to `partition_by`, say `"else": true` there, or leave them out with a `where`',
            )


def _along(partitions: IntervalSet) -> IntervalSet:
    """The hull of partitions along the line, and the partition of NULL if it is one of them."""
    lines = IntervalSet.merge(run for part in by_slice(partitions).values() for run in part)
    null = lines & IntervalSet.span(NULL_LINE, NULL_LINE + 1)
    hull = (lines - null).hull()
    return null if hull is None else null | IntervalSet.of(hull)


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count:,} rows have"

"""Once per model and run, before its first batch: its schema, its table with the right columns, and no NULL keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from swathe.engine.adapter import Engine, Row, Session
from swathe.errors import EngineError, PlanError, ResourceError, TransientError
from swathe.frozen import frozen
from swathe.model.definition import Column, Materialized, ModelName, OnSchemaChange, Relation
from swathe.partition.grid import NULL_LINE, by_slice
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges, column_changes
from swathe.run.leaves import UnfitTableError, add_leaves, refuse_unfit
from swathe.sql.leaves import first_leaf_statements, leaf_statements
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.statements import ModelSql
from swathe.state.claims import WHOLE, claimed
from swathe.state.recast import distrust
from swathe.state.store import StateStore

_MOST_NAMED = 5


class StrayRowsError(EngineError):
    """Rows that belong to no partition: a partition column is NULL, or has a value outside its list."""


@frozen
class Target:
    """A model's table and what may be done to it.

    `recut`: it is cut in another way now, and is made anew. `anew`: all its partitions are built, so that it may be
    made anew where it is unfit.
    `variants` are the statements of the partitions for which the template gives another query than `sql`. `found_by`
    are the queries that find the values of columns, by column in lower case.
    """

    name: ModelName
    materialized: Materialized
    sql: ModelSql
    on_schema_change: OnSchemaChange
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


@frozen
class Preparation:
    """What a table is prepared for: the partitions that are looked at now, and all that are `planned`.

    `keep_rows` writes records of a new cut for a table whose cut changed, which is made anew without it, and gives the
    partitions that need not be built then.
    """

    target: Target
    partitions: IntervalSet
    planned: IntervalSet
    keep_rows: Callable[[], IntervalSet] | None = None


def prepare(
    todo: Preparation, engine: Engine, session: Session, store: StateStore, run_id: str, now: datetime
) -> IntervalSet:
    """Create or alter a table before partitions are built, and give those that need not be built.

    Raises PlanError for a table that is not ours, UnfitTableError for one that can't take them, StrayRowsError for rows
    that have no partition, FrozenError where frozen partitions would be lost, HeldError while others write a table that
    must be changed.
    """
    target, planned, keep_rows = todo.target, todo.planned, todo.keep_rows
    kept = IntervalSet()
    relation, unit = target.sql.relation, target.sql.scheme.unit
    with session.transaction():  # of its own, since models that are prepared beside this one wait for it
        _create_schema(relation, engine, session)
    changed = target.recut or keep_rows is not None or _is_to_be_changed(target, planned, engine, session, store)
    alone = claimed(session, store, run_id, target.name, unit, [WHOLE]) if changed else session.transaction()
    with alone:
        store.tables.lock(target.name)
        if target.recut and keep_rows is None:
            _make_way(target, engine, session, store)
        ours = store.tables.set(target.name, relation, unit, now)
        if target.materialized is Materialized.VIEW:
            return kept
        changes = _changes(target, planned, engine, session, store, ours=ours)
        if changes is None:
            store.forget(target.name)  # of a table that was dropped, whose rows the new one does not have
            session.execute(target.sql.create_table())
        else:
            _alter_table(target, changes, session, store, now)
            if keep_rows is not None:
                kept = keep_rows()
        # After that, since a query that reads its own table needs it to be there; a refusal undoes all of the above.
        if wanted := todo.partitions - kept:
            refuse_strays(target, wanted, session)
        make = first_leaf_statements if changes is None else leaf_statements
        add_leaves(target.sql, planned, engine, session, make)
    return kept


def _is_to_be_changed(
    target: Target, planned: IntervalSet, engine: Engine, session: Session, store: StateStore
) -> bool:
    """Whether a table that is there must be altered or made anew, for which nobody else may write it."""
    if target.materialized is Materialized.VIEW:
        return False
    table = engine.table_columns(session, target.sql.relation)
    changes = table_changes(target, table, store.count_frozen(target.name))
    return bool(changes) or (table is not None and _is_unfit(target, changes, planned, engine, session))


def _changes(
    target: Target, planned: IntervalSet, engine: Engine, session: Session, store: StateStore, *, ours: bool
) -> ColumnChanges | None:
    """How the columns of the table that is there must change; None when there is none, or none any more."""
    relation = target.sql.relation
    table = engine.table_columns(session, relation)
    if table is None:
        return None
    if is_view(relation, engine, session):  # ours or not: whoever writes a view writes the tables below it
        raise foreign_view(relation)
    if not ours and holds_rows(relation, engine, session):
        raise foreign_rows(target.name, relation)
    changes = table_changes(target, table, store.count_frozen(target.name))
    if _is_unfit(target, changes, planned, engine, session):
        _make_way(target, engine, session, store)
        return None
    return changes


def _is_unfit(
    target: Target, changes: ColumnChanges | None, planned: IntervalSet, engine: Engine, session: Session
) -> bool:
    """Whether the table must be made anew, and may. Raises UnfitTableError where it may not."""
    try:
        refuse_unfit(target.sql, engine.native_table(session, target.sql.relation), changes, planned)
    except UnfitTableError:
        if not target.anew:
            raise
        return True
    return False


def holds_rows(relation: Relation, engine: Engine, session: Session) -> bool:
    return bool(session.query(f"SELECT 1 FROM {relation_sql(relation, engine.capabilities.dialect)} LIMIT 1"))


def is_view(relation: Relation, engine: Engine, session: Session) -> bool:
    return engine.relation_kind(session, relation) == "VIEW"


def foreign_view(relation: Relation) -> PlanError:
    """A view stands where a model's table should."""
    return PlanError(
        f"`{relation.schema}.{relation.name}` is a view, and rows are only written into tables",
        hint="give the model another `alias` or `schema`, or drop the view",
    )


def foreign_rows(name: ModelName, relation: Relation) -> PlanError:
    """A model's table that swathe has not made holds rows."""
    return PlanError(
        f"the table `{relation.schema}.{relation.name}` already holds rows that swathe did not write",
        hint=f"if they are the model's, `swathe adopt {name}` takes them over; "
        "else give the model another `alias` or `schema`, or drop the table",
    )


def _make_way(target: Target, engine: Engine, session: Session, store: StateStore) -> None:
    """Drop what stands under a model's name, and its records."""
    store.forget(target.name)
    kind = engine.relation_kind(session, target.sql.relation)
    if kind is not None:
        session.execute(f"DROP {kind} {target.sql.table}")


def create_view(sql: ModelSql, engine: Engine, session: Session) -> None:
    """Create or replace a view. Call inside a transaction."""
    _create_schema(sql.relation, engine, session)
    session.execute(sql.create_view())


def _create_schema(relation: Relation, engine: Engine, session: Session) -> None:
    if not engine.has_schema(session, relation.schema):
        # IF NOT EXISTS fails where another transaction is making it.
        session.lock(f"schema {relation.schema}")
        session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(relation.schema, engine.capabilities.dialect)}")


def _alter_table(target: Target, changes: ColumnChanges, session: Session, store: StateStore, now: datetime) -> None:
    """Change the columns, and with them what the records say. Call inside a transaction."""
    for statement in _alter(target.sql, changes):
        try:
            session.execute(statement)
        except (TransientError, ResourceError):
            raise
        except EngineError as error:
            raise PlanError(
                f"the columns of `{target.sql.relation.name}` can't be changed: {error.message}",
                hint=f"nothing was changed; `swathe wipe {target.name}` drops the rows that are there, "
                "and then the table can be made anew",
            ) from None
    if altered := (*changes.dropped, *changes.retyped):
        store.column_versions.forget(target.name, [column.name for column in altered])
    if reason := changes.invalidates:
        distrust(store, session, target.name, reason, now)


def _alter(sql: ModelSql, changes: ColumnChanges) -> list[str]:
    narrowed = {column.name.lower() for column in changes.narrowed}

    def name(column: Column) -> str:
        return identifier(column.name, sql.dialect)

    def cast(column: Column) -> str:
        """PostgreSQL does by itself only what can't fail."""
        return f" USING CAST({name(column)} AS {column.type})" if column.name.lower() in narrowed else ""

    return [
        *(f"ALTER TABLE {sql.table} ADD COLUMN {name(c)} {c.type}" for c in changes.added),
        *(f"ALTER TABLE {sql.table} ALTER COLUMN {name(c)} SET DATA TYPE {c.type}{cast(c)}" for c in changes.retyped),
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

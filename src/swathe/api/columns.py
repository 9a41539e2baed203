"""How the columns of tables must change before a plan can be run, or why they may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swathe.api.specs import is_own
from swathe.api.workspace import Warehouse, Workspace
from swathe.errors import PlanError
from swathe.frozen import frozen
from swathe.model.definition import Column, Materialized, ModelName, OnLogicChange, OnSchemaChange
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges, column_changes
from swathe.plan.plan import Plan
from swathe.plan.record import ModelRecords
from swathe.project.analysis import CompiledModel
from swathe.run.leaves import UnfitTableError, refuse_unfit
from swathe.run.prepare import Target, foreign_rows, foreign_view, holds_rows, is_view, table_changes


def built_anew(plan: Plan, *, full: bool) -> frozenset[ModelName]:
    """The models of which every partition is built whatever is there."""
    return frozenset(model.spec.name for model in plan.models if full and not model.spec.due - model.partitions)


def planned_column_changes(
    workspace: Workspace,
    warehouse: Warehouse,
    plan: Plan,
    targets: Mapping[ModelName, Target],
    records: Mapping[ModelName, ModelRecords],
    *,
    strict: bool,
) -> dict[ModelName, ColumnChanges]:
    """Of the models with work. With `strict`, raises PlanError for a table that must not be changed or is not ours."""
    found = {}
    working = [model for model in plan.models if model.work and model.spec.materialized is not Materialized.VIEW]
    relations = [targets[model.spec.name].sql.relation for model in working]
    tables = warehouse.engine.columns_of(warehouse.session, relations) if working else {}
    owned = warehouse.store.tables.all() if warehouse.store and working else {}
    for model in working:
        spec = model.spec
        relation = targets[spec.name].sql.relation
        if relation not in tables:
            continue
        there = _There(tables[relation], owned.get(spec.name) == relation)
        frozen = records[spec.name].frozen.count if spec.name in records else 0
        try:
            changes = _table_changes(workspace, warehouse, targets[spec.name], there, model.partitions, frozen)
        except PlanError:
            if strict:
                raise
            continue
        if changes:
            found[spec.name] = changes
    return found


def as_cast(
    workspace: Workspace, warehouse: Warehouse, records: Mapping[ModelName, ModelRecords]
) -> dict[ModelName, ModelRecords]:
    """The records as they will be once columns are cast to types that do not hold all that is in them: of rows that
    are to be built again.
    """
    models = workspace.project.models
    synced = [
        models[name]
        for name, known in records.items()
        if models[name].config.on_schema_change is OnSchemaChange.SYNC and known.built
    ]
    tables = warehouse.engine.columns_of(warehouse.session, [model.relation for model in synced]) if synced else {}
    cast = {model.name: _as_cast(model, tables.get(model.relation, ()), records[model.name]) for model in synced}
    return {**records, **cast}


def _as_cast(compiled: CompiledModel, table: Sequence[Column], known: ModelRecords) -> ModelRecords:
    try:
        changes = column_changes(table, compiled.columns, OnSchemaChange.SYNC, compiled.relation.name)
    except PlanError:
        return known
    if changes.invalidates is None:
        return known
    marked = {at: replace(record, invalidated=changes.invalidates) for at, record in known.records.items()}
    runs = tuple(replace(run, invalidated=changes.invalidates) for run in known.runs)
    return replace(known, records=marked, runs=runs)


@frozen
class _There:
    """What stands under a model's name: its columns, and whether swathe has made it."""

    columns: tuple[Column, ...]
    own: bool


def _table_changes(
    workspace: Workspace,
    warehouse: Warehouse,
    target: Target,
    there: _There,
    partitions: IntervalSet,
    frozen: int,
) -> ColumnChanges | None:
    relation, engine, session = target.sql.relation, warehouse.engine, warehouse.session
    compiled = workspace.project.models[target.name]
    key = "alias"
    try:
        if not there.own:
            _refuse_foreign(workspace, warehouse, target, compiled)
        key = "on_schema_change"
        changes = table_changes(target, there.columns, frozen)
        if changes and compiled.config.on_logic_change is OnLogicChange.KEEP:
            _refuse_to_cast(changes, target.name)
        if not target.anew:
            refuse_unfit(target.sql, engine.native_table(session, relation), changes, partitions)
    except PlanError as error:
        key = error.key if isinstance(error, UnfitTableError) else key
        where = workspace.project.definition.models[target.name].where
        raise PlanError(error.message, at=where(key), hint=error.hint) from None
    return changes


def _refuse_foreign(workspace: Workspace, warehouse: Warehouse, target: Target, compiled: CompiledModel) -> None:
    """Raises PlanError for a view, and for a table with rows that swathe did not write."""
    relation, engine, session = target.sql.relation, warehouse.engine, warehouse.session
    view = is_view(relation, engine, session)
    # Asked after its rows were seen, since another run may be making the table right now.
    if (view or holds_rows(relation, engine, session)) and not is_own(workspace, warehouse, compiled):
        raise foreign_view(relation) if view else foreign_rows(target.name, relation)


def _refuse_to_cast(changes: ColumnChanges, name: ModelName) -> None:
    """Raises PlanError where rows of an old logic, which are to stay as they are, would be changed."""
    if changes.narrowed:
        names = ", ".join(f"`{column.name}`" for column in changes.narrowed)
        raise PlanError(
            f"`on_schema_change: sync` would change what `on_logic_change: keep` keeps in `{name}` ({names})",
            hint="cast it to the old type in the query, or set `on_logic_change` to `rebuild`",
        )

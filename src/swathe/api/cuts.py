"""How every table is cut now: what the queries in `partition_by` find, and which slices records and sources know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace

from swathe.api.workspace import Warehouse, Workspace
from swathe.engine.adapter import FileReader
from swathe.errors import EngineError, ModelError, PlanError
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName, PartitionBy, PartitionColumn, RangeColumn, ValuesColumn
from swathe.partition.grid import NULL_LINE, Grid, Scheme, known
from swathe.partition.recut import former_scheme
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import Listed, Value, ValueKind
from swathe.plan.record import Former, ModelRecords
from swathe.plan.recut import cut_changed
from swathe.project.analysis import CompiledModel, Project
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.template import QueryTemplate, Scan
from swathe.state.watch import Observation

_MOST_VALUES = 100_000


@frozen
class Cuts:
    """The schemes of all models and sources. `waiting` are the models whose partitions can't be found yet, with the
    models that are to be built first.
    """

    schemes: Mapping[InputName, Scheme]
    waiting: Mapping[ModelName, tuple[ModelName, ...]] = field(default_factory=dict)

    def of(self, name: ModelName | InputName) -> Scheme:
        return self.schemes[InputName(name)]

    def models(self, project: Project) -> dict[ModelName, Scheme]:
        return {name: self.of(name) for name in project.models}


def find_partitions(
    workspace: Workspace, warehouse: Warehouse
) -> tuple[Workspace, dict[ModelName, tuple[ModelName, ...]]]:
    """The workspace with what the queries in `partition_by` find, and the models for which they can't be asked yet.

    Raises ModelError for a query that fails, PlanError for what can't be partitions.
    """
    asking = {name: model for name, model in workspace.project.models.items() if model.queries}
    if not asking:
        return workspace, {}
    there = warehouse.engine.relations(warehouse.session)
    slices = warehouse.store.slices() if warehouse.store else {}
    models, waiting = dict(workspace.project.models), {}
    for name, model in asking.items():
        read = {ModelName(name) for query in model.queries.values() for name in query.reads}
        absent = tuple(sorted(n for n in read if n in models and models[n].relation not in there))
        if absent:
            waiting[name] = absent
            by = _remembered(model, slices.get(name, {}))
        else:
            by = _found(workspace, warehouse, model)
        models[name] = replace(model, config=replace(model.config, partition_by=by))
    return replace(workspace, project=replace(workspace.project, models=models)), waiting


def cuts_of(
    workspace: Workspace,
    warehouse: Warehouse | None,
    observations: Iterable[Observation] = (),
    waiting: Mapping[ModelName, tuple[ModelName, ...]] | None = None,
) -> Cuts:
    """The schemes of a workspace whose partitions were found, with the slices that records and sources know."""
    slices = warehouse.store.slices() if warehouse and warehouse.store else {}
    return cuts_with(workspace, slices, observations, waiting)


def cuts_with(
    workspace: Workspace,
    slices: Mapping[ModelName, Mapping[str, Collection[str]]],
    observations: Iterable[Observation],
    waiting: Mapping[ModelName, tuple[ModelName, ...]] | None,
) -> Cuts:
    """The same where it is known what slices there are records of, by model and unit."""
    schemes: dict[InputName, Scheme] = {}
    for name, source in workspace.project.definition.sources.items():
        schemes[name] = source.scheme
    for observation in observations:
        schemes[observation.source.name] = observation.scheme
    for model, compiled in workspace.project.models.items():
        scheme = compiled.config.scheme
        schemes[InputName(model)] = known(scheme, slices.get(model, {}).get(scheme.unit, ()))
    return Cuts(schemes, waiting or {})


def formers_of(
    workspace: Workspace, warehouse: Warehouse, cuts: Cuts, records: Mapping[ModelName, ModelRecords]
) -> dict[ModelName, Former]:
    """How models whose cut changed were cut before, where a slice of the new cut is a slice of the same query.

    Not so where the query asks for its partition or for earlier ones: another cut makes it another query.
    """
    found: dict[ModelName, Former] = {}
    changed = [name for name, facts in records.items() if cut_changed(facts) and len(facts.other_units) == 1]
    if warehouse.store is None or not changed:
        return found
    slices = warehouse.store.slices()
    for name in changed:
        model = workspace.project.models[name]
        if model.uses_partition or InputName(name) in model.reads or len(model.variants) > 1:
            continue
        (unit,) = records[name].other_units
        scheme = former_scheme(cuts.of(name), unit, slices.get(name, {}).get(unit, ()))
        if scheme is not None and not isinstance(cuts.of(name), WholeScheme):
            found[name] = Former(scheme, warehouse.store.records({name: scheme})[name])
    return found


def input_sql(workspace: Workspace, engine: FileReader, name: InputName) -> str:
    """What stands after FROM for an input."""
    models = workspace.project.models
    if ModelName(name) in models:
        return relation_sql(models[ModelName(name)].relation, workspace.dialect)
    source = workspace.project.definition.sources[name]
    if source.location is not None:
        return engine.files_sql(source.location)
    return relation_sql(source.relation, workspace.dialect)


def query_sql(workspace: Workspace, engine: FileReader, query: QueryTemplate) -> str:
    """A query of `partition_by` as it is run."""
    return query.fill(lambda scan: _scan_sql(workspace, engine, scan), None)


def _scan_sql(workspace: Workspace, engine: FileReader, scan: Scan) -> str:
    alias = f" AS {identifier(scan.alias, workspace.dialect)}" if scan.alias else ""
    return f"{input_sql(workspace, engine, scan.input.name)}{alias}"


def _found(workspace: Workspace, warehouse: Warehouse, model: CompiledModel) -> PartitionBy:
    by = model.config.partition_by
    assert by is not None  # noqa: S101 - only `partition_by` has queries
    return PartitionBy(tuple(_resolved(workspace, warehouse, model, part) for part in by.columns))


def _resolved(
    workspace: Workspace, warehouse: Warehouse, model: CompiledModel, part: PartitionColumn
) -> PartitionColumn:
    query = next((query for column, query in model.queries.items() if column.lower() == part.column.lower()), None)
    if query is None:
        return part
    text = query_sql(workspace, warehouse.engine, query)
    where = workspace.project.definition.models[model.name].where
    try:
        rows = warehouse.session.query(f"SELECT DISTINCT * FROM (\n{text}\n) AS k LIMIT {_MOST_VALUES + 1}")
    except EngineError as error:
        first = error.message.splitlines()[0]
        message = f"the query for `{part.column}` in `partition_by` can't be run: {first}"
        raise ModelError(message, at=where("partition_by"), hint="mend the query") from None
    values = [row[0] for row in rows if row[0] is not None]
    try:
        return _with_stop(part, values) if isinstance(part, RangeColumn) else _with_values(part, values)
    except ValueError as error:
        message = f"the query for `{part.column}` in `partition_by` gives {error}"
        raise PlanError(
            message, at=where("partition_by"), hint="each value that it gives becomes a partition"
        ) from None


def _with_values(part: PartitionColumn, values: list[Value]) -> PartitionColumn:
    assert isinstance(part, ValuesColumn)  # noqa: S101 - a column of time has no query
    if len(values) > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES:,} values")
    if part.kind is ValueKind.TEXT and any("\0" in str(value) for value in values):
        raise ValueError("a text with a NUL character")
    return replace(part, values=tuple(sorted(values, key=lambda value: (value is None, value))))


def _with_stop(part: RangeColumn, values: list[Value]) -> RangeColumn:
    if len(values) > 1:
        raise ValueError("more than one row, and a range has one end")
    stop = int(str(values[0])) if values else None
    if stop is not None and abs(part.scheme.ordinal(stop)) >= -NULL_LINE:
        raise ValueError(f"{stop}, which is too large for a range of {part.step}")
    return replace(part, stop=stop)


def _remembered(model: CompiledModel, units: Mapping[str, set[str]]) -> PartitionBy:
    """The cut with the values that there are records of, while the query can't be asked."""
    by = model.config.partition_by
    assert by is not None  # noqa: S101 - as above
    scheme = by.scheme
    if not isinstance(scheme, Grid):
        return by
    parts = [part for text in units.get(scheme.unit, ()) if (part := scheme.read_slice(text)) is not None]
    found: dict[str, set[Value]] = {}
    for part in parts:
        for dimension, at in zip(scheme.dimensions, part, strict=True):
            if isinstance(at, Listed):
                found.setdefault(dimension.column, set()).add(at.value)
    return PartitionBy(
        tuple(
            replace(column, values=tuple(sorted(found.get(column.column, ()), key=lambda value: (False, value))))
            if isinstance(column, ValuesColumn) and column.query is not None
            else column
            for column in by.columns
        )
    )

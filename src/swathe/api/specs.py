"""From compiled models to what the planner and the executor take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from swathe.api.cuts import Cuts, input_sql, query_sql
from swathe.api.stored import parse_stored
from swathe.api.workspace import Workspace
from swathe.engine.adapter import Engine, FileReader
from swathe.errors import SwatheError
from swathe.model.definition import (
    InputName,
    Materialized,
    ModelConfig,
    ModelName,
    OnLogicChange,
    RangeColumn,
    TimeColumn,
)
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import line_scheme
from swathe.partition.mapping import Mapping as PartitionMapping
from swathe.partition.reading import GridMapping
from swathe.plan.record import ModelRecords
from swathe.plan.recut import cut_changed
from swathe.plan.spec import InputSpec, ModelSpec, due_partitions, frozen_partitions
from swathe.project.analysis import CompiledModel, Project
from swathe.run.prepare import Target
from swathe.sql.fingerprint import canonical_form, fingerprint
from swathe.sql.logic import Logic, canonical_text, inputs_of
from swathe.sql.statements import ModelSql
from swathe.state.store import StateStore, StoredLogic


def model_specs(workspace: Workspace, stored: Sequence[StoredLogic], cuts: Cuts) -> list[ModelSpec]:
    """All models in graph order."""
    by_model: dict[ModelName, list[StoredLogic]] = {}
    for entry in stored:
        by_model.setdefault(entry.model, []).append(entry)
    return [_spec(workspace, model, by_model.get(model.name, ()), cuts) for model in workspace.project.models.values()]


def _spec(workspace: Workspace, model: CompiledModel, stored: Iterable[StoredLogic], cuts: Cuts) -> ModelSpec:
    config = model.config
    view = config.materialized is Materialized.VIEW
    reads = [
        ModelName(name)
        for name in sorted(model.reads - {InputName(model.name)})
        if ModelName(name) in workspace.project.models
    ]
    views = [name for name in reads if workspace.project.models[name].config.materialized is Materialized.VIEW]
    if len(model.variants) > 1 or InputName(model.name) in model.reads:
        limit: int | None = 1
    else:
        limit = config.batch_size or (1 if model.uses_partition else None)
    line = config.partition_by.line if config.partition_by else None
    scheme = cuts.of(model.name)
    return ModelSpec(
        name=model.name,
        materialized=config.materialized,
        scheme=scheme,
        fingerprint=model.logic.fingerprint,
        due=due_partitions(config, workspace.now),
        inputs=() if view else tuple(_inputs(workspace.project, model, cuts)),
        after=tuple(reads if view else views),
        variants=tuple(
            (variant.partitions, variant.logic.fingerprint)
            for variant in model.variants
            if variant.partitions is not None
        ),
        same_logic=_same_logic(stored, workspace.dialect),
        keep_old_logic=config.on_logic_change is OnLogicChange.KEEP,
        frozen=frozen_partitions(config, scheme),
        lookback=config.lookback,
        batch_limit=limit,
        planned_at=workspace.naive_now,
        planned_stop=line.stop if isinstance(line, RangeColumn) and line.stop_query else None,
        waits_for=cuts.waiting.get(model.name, ()),
    )


def _inputs(project: Project, model: CompiledModel, cuts: Cuts) -> Iterable[InputSpec]:
    scheme = cuts.of(model.name)
    for entry in inputs_of(variant.logic for variant in model.variants):
        is_model = ModelName(entry.name) in project.models
        read = cuts.of(entry.name)
        lines = PartitionMapping(entry.window, line_scheme(scheme), line_scheme(read))
        own = EarlierMapping(lines, _first_line(model.config)) if entry.name == InputName(model.name) else None
        yield InputSpec(
            entry.name, GridMapping(own or lines, scheme, read, entry.links, entry.nulls, entry.held), is_model
        )


def _first_line(config: ModelConfig) -> int:
    """Where a table begins along its line."""
    match config.partition_by.line if config.partition_by else None:
        case TimeColumn() as line if config.begin:
            return line.scheme.ordinal(config.begin)
        case RangeColumn() as line:
            return line.scheme.ordinal(line.start)
    return 0


def _same_logic(stored: Iterable[StoredLogic], dialect: str) -> dict[str, str]:
    """Fingerprints of an earlier canonical form, from stored SQL brought to the present form: like with like."""
    return {
        entry.fingerprint: again
        for entry in stored
        if entry.canonical_form != canonical_form() and (again := refingerprint(entry, dialect)) is not None
    }


def refingerprint(entry: StoredLogic, dialect: str) -> str | None:
    """The fingerprint that stored logic has in the present canonical form; None when it can't be read any more."""
    try:
        query = parse_stored(entry.sql, entry.input_columns, dialect)
    except SwatheError:
        return None
    return fingerprint(canonical_text(query, entry.input_columns, dialect))


def model_targets(
    workspace: Workspace,
    engine: Engine,
    records: Mapping[ModelName, ModelRecords],
    managed: Set[ModelName],
    cuts: Cuts,
) -> dict[ModelName, Target]:
    """Every model's table and statements. `managed` are those whose table is swathe's own."""
    targets = {}
    for model in workspace.project.models.values():
        facts = records.get(model.name)
        targets[model.name] = Target(
            name=model.name,
            materialized=model.config.materialized,
            sql=model_sql(workspace, engine, model, model.logic, cuts),
            on_schema_change=model.config.on_schema_change,
            recut=facts is not None and cut_changed(facts),
            managed=model.name in managed,
            found_by={column.lower(): query_sql(workspace, engine, query) for column, query in model.queries.items()},
            variants=tuple(
                (variant.partitions, model_sql(workspace, engine, model, variant.logic, cuts))
                for variant in model.variants
                if variant.partitions is not None
            ),
        )
    return targets


def managed_models(workspace: Workspace, store: StateStore | None) -> frozenset[ModelName]:
    """The models whose table is swathe's own: it was made, or adopted, under the name that the model has now."""
    tables = store.tables() if store is not None else {}
    return frozenset(name for name, model in workspace.project.models.items() if tables.get(name) == model.relation)


def model_sql(workspace: Workspace, engine: FileReader, model: CompiledModel, logic: Logic, cuts: Cuts) -> ModelSql:
    """What writes a model's statements for an engine."""
    return ModelSql(
        relation=model.relation,
        logic=logic,
        partition_by=model.config.partition_by,
        scheme=cuts.of(model.name),
        reads={name: input_sql(workspace, engine, name) for name in model.reads},
        dialect=workspace.dialect,
    )

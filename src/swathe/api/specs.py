"""From compiled models to what the planner and the executor take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from swathe.api.workspace import Workspace
from swathe.engine.adapter import Engine, FileReader
from swathe.errors import Location, SwatheError
from swathe.model.definition import InputName, InputRef, Materialized, ModelName, OnLogicChange
from swathe.partition.earlier import EarlierMapping
from swathe.partition.mapping import Mapping as PartitionMapping
from swathe.partition.scheme import Scheme, TimeScheme
from swathe.plan.planner import cut_changed
from swathe.plan.record import ModelRecords
from swathe.plan.spec import InputSpec, ModelSpec, due_partitions, frozen_partitions
from swathe.project.analysis import CompiledModel, Project
from swathe.run.prepare import Target
from swathe.sql.fingerprint import canonical_form, fingerprint
from swathe.sql.literal import relation_sql
from swathe.sql.logic import Logic, canonical_text
from swathe.sql.parse import parse_query
from swathe.sql.statements import ModelSql
from swathe.state.store import StateStore, StoredLogic


def model_specs(workspace: Workspace, stored: Sequence[StoredLogic]) -> list[ModelSpec]:
    """All models in graph order."""
    by_model: dict[ModelName, list[StoredLogic]] = {}
    for entry in stored:
        by_model.setdefault(entry.model, []).append(entry)
    return [_spec(workspace, model, by_model.get(model.name, ())) for model in workspace.project.models.values()]


def _spec(workspace: Workspace, model: CompiledModel, stored: Iterable[StoredLogic]) -> ModelSpec:
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
    return ModelSpec(
        name=model.name,
        materialized=config.materialized,
        scheme=config.scheme,
        fingerprint=model.logic.fingerprint,
        due=due_partitions(config, workspace.now),
        inputs=() if view else tuple(_inputs(workspace.project, model)),
        after=tuple(reads if view else views),
        variants=tuple(
            (variant.partitions, variant.logic.fingerprint)
            for variant in model.variants
            if variant.partitions is not None
        ),
        same_logic=_same_logic(stored, workspace.dialect),
        keep_old_logic=config.on_logic_change is OnLogicChange.KEEP,
        frozen=frozen_partitions(config),
        lookback=config.lookback,
        batch_limit=limit,
        planned_at=workspace.naive_now,
    )


def _inputs(project: Project, model: CompiledModel) -> Iterable[InputSpec]:
    for entry in model.logic.inputs:
        is_model = ModelName(entry.name) in project.models
        scheme = model.config.scheme
        mapping = PartitionMapping(entry.window, scheme, input_scheme(project, entry.name))
        if entry.name == InputName(model.name) and isinstance(scheme, TimeScheme) and model.config.begin:
            first = scheme.ordinal(model.config.begin)
            yield InputSpec(entry.name, EarlierMapping(mapping, first), is_model)
        else:
            yield InputSpec(entry.name, mapping, is_model)


def input_scheme(project: Project, name: InputName) -> Scheme:
    """How an input is cut."""
    if ModelName(name) in project.models:
        return project.models[ModelName(name)].config.scheme
    return project.definition.sources[name].scheme


def _same_logic(stored: Iterable[StoredLogic], dialect: str) -> dict[str, str]:
    """Fingerprints of an earlier canonical form, from stored SQL brought to the present form: like with like."""
    return {
        entry.fingerprint: again
        for entry in stored
        if entry.canonical_form != canonical_form() and (again := refingerprint(entry, dialect)) is not None
    }


def refingerprint(entry: StoredLogic, dialect: str) -> str | None:
    """The fingerprint that stored logic has in the present canonical form; None when it can't be read any more."""
    inputs = {relation: InputRef(InputName(relation[1])) for relation in entry.input_columns}
    try:
        query = parse_query(entry.sql, inputs, dialect, lambda _: Location("stored logic"))
    except SwatheError:
        return None
    return fingerprint(canonical_text(query, entry.input_columns, dialect))


def model_targets(
    workspace: Workspace,
    engine: Engine,
    records: Mapping[ModelName, ModelRecords],
    managed: Set[ModelName],
) -> dict[ModelName, Target]:
    """Every model's table and statements. `managed` are those whose table is swathe's own."""
    targets = {}
    for model in workspace.project.models.values():
        facts = records.get(model.name)
        targets[model.name] = Target(
            name=model.name,
            materialized=model.config.materialized,
            sql=model_sql(workspace, engine, model, model.logic),
            on_schema_change=model.config.on_schema_change,
            recut=facts is not None and cut_changed(facts),
            managed=model.name in managed,
            variants=tuple(
                (variant.partitions, model_sql(workspace, engine, model, variant.logic))
                for variant in model.variants
                if variant.partitions is not None
            ),
        )
    return targets


def managed_models(workspace: Workspace, store: StateStore | None) -> frozenset[ModelName]:
    """The models whose table is swathe's own: it was made, or adopted, under the name that the model has now."""
    tables = store.tables() if store is not None else {}
    return frozenset(name for name, model in workspace.project.models.items() if tables.get(name) == model.relation)


def model_sql(workspace: Workspace, engine: FileReader, model: CompiledModel, logic: Logic) -> ModelSql:
    """What writes a model's statements for an engine."""
    return ModelSql(
        relation=model.relation,
        logic=logic,
        partition_by=model.config.partition_by,
        reads={name: _read(workspace, engine, name) for name in model.reads},
        dialect=workspace.dialect,
    )


def _read(workspace: Workspace, engine: FileReader, name: InputName) -> str:
    models = workspace.project.models
    if ModelName(name) in models:
        return relation_sql(models[ModelName(name)].relation, workspace.dialect)
    source = workspace.project.definition.sources[name]
    if source.location is not None:
        return engine.files_sql(source.location)
    return relation_sql(source.relation, workspace.dialect)

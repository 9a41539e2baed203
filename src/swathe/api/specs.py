"""From compiled models to what the planner and the executor take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from swathe.api.cuts import Cuts, input_sql, query_sql
from swathe.api.stored import parse_stored
from swathe.api.workspace import Warehouse, Workspace
from swathe.engine.adapter import Engine, FileReader
from swathe.errors import SwatheError
from swathe.model.definition import (
    InputName,
    Materialized,
    ModelConfig,
    ModelName,
    OnLogicChange,
    OnVolatile,
    OverwriteWay,
    RangeColumn,
    TimeColumn,
    WatchKind,
)
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import line_scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.mapping import Mapping as PartitionMapping
from swathe.partition.reading import GridMapping
from swathe.plan.record import ModelRecords
from swathe.plan.recut import cut_changed
from swathe.plan.spec import InputSpec, ModelSpec, due_partitions, frozen_partitions
from swathe.plan.versions import ColumnSet
from swathe.project.analysis import CompiledModel, Project
from swathe.run.prepare import Target
from swathe.run.tables import Tables
from swathe.sql.fingerprint import canonical_form, fingerprint
from swathe.sql.layout import layouts_of
from swathe.sql.logic import Logic
from swathe.sql.statements import ModelSql
from swathe.state.logic import StoredLogic
from swathe.state.store import StateStore


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
    limit, at_once = _limits(model)
    line = config.partition_by.line if config.partition_by else None
    scheme = cuts.of(model.name)
    return ModelSpec(
        name=model.name,
        materialized=config.materialized,
        scheme=scheme,
        fingerprint=model.logic.fingerprint,
        due=due_partitions(config, workspace.now),
        inputs=() if view else tuple(_inputs(workspace.project, model, cuts)),
        after=tuple(dict.fromkeys([*(reads if view else views), *_audited_against(workspace, model)])),
        variants=tuple(
            (variant.partitions, variant.logic.fingerprint)
            for variant in model.variants
            if variant.partitions is not None
        ),
        same_logic=_same_logic(stored, workspace.dialect),
        repeatable=_is_repeatable(workspace.project, model),
        keep_old_logic=config.on_logic_change is OnLogicChange.KEEP,
        frozen=frozen_partitions(config, scheme),
        lookback=config.lookback,
        batch_limit=limit,
        transaction_limit=at_once,
        planned_at=workspace.naive_now,
        planned_stop=line.stop if isinstance(line, RangeColumn) and line.stop_query else None,
        waits_for=cuts.waiting.get(model.name, ()),
    )


def _limits(model: CompiledModel) -> tuple[int | None, int | None]:
    """The most partitions of one statement, and of one transaction: that may have many statements, but for those that
    read what was just written, have a text or rows of their own, or keep readers from the table.
    """
    alone = len(model.variants) > 1 or InputName(model.name) in model.reads
    limit = 1 if alone else model.config.batch_size or (1 if model.uses_partition else None)
    alone = alone or model.uses_partition or model.config.overwrite is OverwriteWay.SWAP
    return limit, limit if alone else None


def _audited_against(workspace: Workspace, model: CompiledModel) -> list[ModelName]:
    """The models whose tables its audits read."""
    names = sorted(model.audit_reads - {InputName(model.name)})
    return [ModelName(name) for name in names if ModelName(name) in workspace.project.models]


def _is_repeatable(project: Project, model: CompiledModel) -> bool:
    """Whether a rebuild gives the same rows where no version of an input changed, as far as can be told."""
    told = model.config.volatile in (OnVolatile.WARN, OnVolatile.REFUSE) and not model.volatile
    sources = (project.definition.sources.get(entry.name) for entry in model.inputs)
    return told and all(source is None or source.watch.kind is WatchKind.CHECKSUM for source in sources)


def _inputs(project: Project, model: CompiledModel, cuts: Cuts) -> Iterable[InputSpec]:
    scheme = cuts.of(model.name)
    for entry in model.inputs:
        is_model = ModelName(entry.name) in project.models
        read = cuts.of(entry.name)
        lines = PartitionMapping(entry.window, line_scheme(scheme), line_scheme(read))
        own = EarlierMapping(lines, _first_line(model.config)) if entry.name == InputName(model.name) else None
        columns, variants = _columns_read(project, model, entry.name)
        mapping = GridMapping(own or lines, scheme, read, entry.links, entry.nulls, entry.held)
        yield InputSpec(entry.name, mapping, is_model, columns, variants)


def _columns_read(
    project: Project, model: CompiledModel, name: InputName
) -> tuple[ColumnSet | None, tuple[tuple[IntervalSet, ColumnSet | None], ...]]:
    """The columns of an input that decide a model's rows, and other ones for some partitions."""
    source = project.definition.sources.get(name)
    if source is not None and source.watch.kind is not WatchKind.CHECKSUM:
        return None, ()  # what is watched does not ask for columns
    read = [(variant.partitions, variant.logic.reads.get(name, frozenset())) for variant in model.variants]
    first = read[0][1]
    return first, tuple((part, columns) for part, columns in read if part is not None and columns != first)


def columns_read(project: Project) -> dict[InputName, tuple[ColumnSet | None, ...]]:
    """The sets of columns of each input that models read which hold data. None is whole rows."""
    found: dict[InputName, dict[ColumnSet | None, None]] = {}
    for model in project.models.values():
        if model.config.materialized is Materialized.VIEW:
            continue
        for variant in model.variants:
            for name, columns in variant.logic.reads.items():
                found.setdefault(name, {})[columns] = None
    return {name: tuple(sets) for name, sets in found.items()}


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
    from swathe.sql.analyse import canonical_text

    return fingerprint(canonical_text(query, entry.input_columns, dialect))


def model_targets(
    workspace: Workspace,
    engine: Engine,
    records: Mapping[ModelName, ModelRecords],
    cuts: Cuts,
    anew: Set[ModelName] = frozenset(),
    among: Collection[ModelName] | None = None,
) -> dict[ModelName, Target]:
    """The tables and statements of some models, None is all. `anew` are those of which every partition is built
    whatever is there.
    """
    targets = {}
    models = workspace.project.models
    wanted = models if among is None else among
    read = columns_read(workspace.project) if wanted else {}
    for model in (models[name] for name in wanted):
        facts = records.get(model.name)
        targets[model.name] = Target(
            name=model.name,
            materialized=model.config.materialized,
            sql=model_sql(workspace, engine, model, model.logic, cuts, read.get(InputName(model.name), ())),
            on_schema_change=model.config.on_schema_change,
            recut=facts is not None and cut_changed(facts),
            anew=model.name in anew,
            found_by={column.lower(): query_sql(workspace, engine, query) for column, query in model.queries.items()},
            variants=tuple(
                (
                    variant.partitions,
                    model_sql(workspace, engine, model, variant.logic, cuts, read.get(InputName(model.name), ())),
                )
                for variant in model.variants
                if variant.partitions is not None
            ),
        )
    return targets


def is_own(workspace: Workspace, warehouse: Warehouse, model: CompiledModel) -> bool:
    """Whether a model's table is swathe's own as of now: it was made, or adopted, under the name that the model has."""
    store = StateStore(warehouse.engine, warehouse.session, workspace.settings.state_schema)
    return store.exists() and store.tables.all().get(model.name) == model.relation


def model_sql(
    workspace: Workspace,
    engine: FileReader,
    model: CompiledModel,
    logic: Logic,
    cuts: Cuts,
    read: Iterable[ColumnSet | None] = (),
) -> ModelSql:
    """What writes a model's statements for an engine. `read` are the sets of its columns that models read; they matter
    only where its table is measured.
    """
    return ModelSql(
        relation=model.relation,
        logic=logic,
        partition_by=model.config.partition_by,
        scheme=cuts.of(model.name),
        reads={name: input_sql(workspace, engine, name) for name in model.reads | model.audit_reads},
        dialect=workspace.dialect,
        read=tuple(columns for columns in read if columns is not None),
        audits=model.audits,
        layouts=layouts_of(model.config, logic.columns, workspace.now) if workspace.keeps_leaves else None,
        swaps=model.config.overwrite is OverwriteWay.SWAP,
    )


def model_tables(
    workspace: Workspace, engine: Engine, cuts: Cuts, among: Collection[ModelName] | None = None
) -> Tables:
    """The tables of some models, None is all, to be measured."""
    models = workspace.project.models
    wanted = models if among is None else among
    read = columns_read(workspace.project) if wanted else {}
    statements = {
        name: model_sql(workspace, engine, models[name], models[name].logic, cuts, read.get(InputName(name), ()))
        for name in wanted
    }
    return Tables(engine, statements)

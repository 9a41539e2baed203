"""`plan` and `status`: what is true, what is not, and what would make it so. Reads only."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from swathe.api.added import with_added_columns
from swathe.api.columns import as_cast, built_anew, planned_column_changes
from swathe.api.cuts import Cuts, cuts_of, find_partitions, formers_of
from swathe.api.keys import KeyRange, requested_partitions
from swathe.api.specs import columns_read, model_specs, model_tables, model_targets
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges
from swathe.plan.plan import Only, Plan, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import Former, ModelRecords
from swathe.plan.spec import ModelSpec, logic_of
from swathe.plan.verdict import Verdict
from swathe.plan.versions import ColumnSet, Versions
from swathe.sql.display import as_written
from swathe.state.claims import being_built
from swathe.state.logic import StoredLogic
from swathe.state.watch import Observation, observe


@dataclass(frozen=True, slots=True)
class Choice:
    """Which models and partitions a command is about, and how far it may go."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyRange = field(default_factory=KeyRange)
    only: Only = Only.ALL
    full: bool = False


@dataclass(frozen=True, slots=True)
class LogicChange:
    """What became of a model's SQL since some of its partitions were built."""

    model: ModelName
    before: str
    after: str
    partitions: int
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the facts it was made from."""

    workspace: Workspace
    cuts: Cuts
    plan: Plan
    specs: tuple[ModelSpec, ...]
    records: Mapping[ModelName, ModelRecords]
    observations: tuple[Observation, ...]
    stored_logic: tuple[StoredLogic, ...]
    logic_changes: tuple[LogicChange, ...]
    column_changes: Mapping[ModelName, ColumnChanges]
    formers: Mapping[ModelName, Former]

    @property
    def sources(self) -> dict[InputName, Versions]:
        return {entry.source.name: entry.versions for entry in self.observations}


def plan(options: ProjectOptions, choice: Choice) -> Planned:
    """What would run and why. Writes nothing. Raises PlanError for a plan that must not be run as it stands."""
    workspace = load(options)
    selected = workspace.select(choice.select, choice.exclude)
    with open_warehouse(workspace, read_only=True) as warehouse:
        return plan_in(workspace, warehouse, selected, choice)


def judge_all(options: ProjectOptions) -> Planned:
    """What is true of every model, also where a plan must not be run as it stands. Writes nothing."""
    workspace = load(options)
    with open_warehouse(workspace, read_only=True) as warehouse:
        return plan_in(workspace, warehouse, workspace.select((), ()), Choice(), strict=False)


def plan_in(
    workspace: Workspace, warehouse: Warehouse, selected: Sequence[ModelName], choice: Choice, *, strict: bool = True
) -> Planned:
    """The same in an open warehouse."""
    workspace, waiting = find_partitions(workspace, warehouse)
    stored = warehouse.store.logic() if warehouse.store else []
    observations = observe_sources(workspace, warehouse, selected)
    cuts = cuts_of(workspace, warehouse, observations, waiting)
    records, formers = known_records(workspace, warehouse, cuts)
    if not strict and warehouse.store is not None:
        records = _with_running(
            records, being_built(warehouse.session, warehouse.store, cuts.models(workspace.project))
        )
    records = {name: as_cast(workspace, warehouse, name, known) for name, known in records.items()}
    specs = with_added_columns(workspace, model_specs(workspace, stored, cuts), stored, records)
    requested = requested_partitions(choice.keys, [spec for spec in specs if spec.name in set(selected)])
    request = Request(frozenset(selected), requested, choice.only, choice.full)
    sources = {entry.source.name: entry.versions for entry in observations}
    built = build_plan(specs, records, sources, workspace.now, request, formers)
    targets = model_targets(workspace, warehouse.engine, records, cuts, built_anew(built, full=choice.full))
    return Planned(
        workspace,
        cuts,
        built,
        tuple(specs),
        records,
        tuple(observations),
        tuple(stored),
        tuple(_logic_changes(workspace, built, stored)),
        planned_column_changes(workspace, warehouse, built, targets, records, strict=strict),
        formers,
    )


def _with_running(
    records: Mapping[ModelName, ModelRecords], running: Mapping[ModelName, IntervalSet]
) -> dict[ModelName, ModelRecords]:
    return {
        name: replace(known, running=running[name]) if name in running else known for name, known in records.items()
    }


def present_records(workspace: Workspace, warehouse: Warehouse, cuts: Cuts) -> dict[ModelName, ModelRecords]:
    """The records of models whose table or view is there, under the name that the model has now.

    A record says nothing of a table that was dropped, or of another one.
    """
    if warehouse.store is None:
        return {}
    found = warehouse.store.records(cuts.models(workspace.project))
    tables = warehouse.store.tables.all()
    relations = warehouse.engine.relations(warehouse.session)
    for name, facts in found.items():
        relation = workspace.project.models[name].relation
        gone = relation not in relations or tables.get(name, relation) != relation
        if gone and (facts.records or facts.other_units):
            found[name] = ModelRecords(facts.unit, failures=facts.failures)
    return found


def known_records(
    workspace: Workspace, warehouse: Warehouse, cuts: Cuts
) -> tuple[dict[ModelName, ModelRecords], dict[ModelName, Former]]:
    """The same, and how models were cut whose cut changed, with the versions over all sets of columns that records are
    about: so they can be compared.
    """
    store, session = warehouse.store, warehouse.session
    if store is None:
        return {}, {}
    tables = model_tables(workspace, warehouse.engine, cuts)
    # One snapshot: what is measured in a table must be what its records are about.
    with session.snapshot():
        recorded = store.column_versions.recorded(workspace.project.models)
        records = present_records(workspace, warehouse, cuts)
        formers = formers_of(workspace, warehouse, cuts, records)
        for name, sets in recorded.items():
            model = ModelName(name)
            if model in records:
                known = records[model]
                records[model] = tables.with_sets(model, cuts.of(model), known, sets, session, store)
            if model in formers:
                scheme, known = formers[model].scheme, formers[model].records
                formers[model] = Former(scheme, tables.with_sets(model, scheme, known, sets, session, store))
    return records, formers


def observe_sources(workspace: Workspace, warehouse: Warehouse, selected: Iterable[ModelName]) -> list[Observation]:
    """The watched sources that the selected models read, as they are now: over the columns that some model reads, or
    that some record is about.
    """
    wanted: dict[InputName, dict[ColumnSet | None, None]] = defaultdict(dict)
    recorded = warehouse.store.column_versions.recorded(workspace.project.models) if warehouse.store else {}
    for sets in (columns_read(workspace.project), recorded):
        for name, columns in sets.items():
            wanted[name] |= dict.fromkeys(columns)
    read = {entry.name for name in selected for entry in workspace.project.models[name].inputs}
    names = sorted(name for name in read if name in workspace.project.definition.sources)
    observed = (
        observe(
            workspace.project.definition.sources[name],
            workspace.project.source_columns[name],
            warehouse.engine,
            warehouse.session,
            warehouse.store,
            workspace.settings.root,
            wanted[name],
        )
        for name in names
    )
    return [entry for entry in observed if entry is not None]


def _logic_changes(workspace: Workspace, built: Plan, stored: Sequence[StoredLogic]) -> list[LogicChange]:
    texts = {(entry.model, entry.fingerprint): entry.sql for entry in stored}
    changes = []
    for model in built.models:
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for run in model.verdicts:
            old = run.judgement.fingerprint
            if run.verdict is Verdict.STALE_LOGIC and old is not None:
                now = model.spec.logic_at(run.partitions.start)
                if logic_of(old) != now:
                    counts[logic_of(old), now] += len(run.partitions)
        variants = workspace.project.models[model.spec.name].variants
        present = {str(variant.logic.fingerprint): variant.logic.sql for variant in variants}
        for (old, now), count in counts.items():
            before = texts.get((model.spec.name, old))
            if before is not None:
                changes.append(LogicChange(model.spec.name, old, now, count, sql_diff(before, present[now])))
    return changes


def sql_diff(before: str, after: str) -> tuple[str, ...]:
    """The lines of a unified diff of two queries as they were written, without the names of files."""
    old_lines, new_lines = (as_written(text).splitlines() for text in (before, after))
    return tuple(difflib.unified_diff(old_lines, new_lines, lineterm="", n=2))[2:]

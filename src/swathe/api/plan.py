"""`plan` and `status`: what is true, what is not, and what would make it so. Reads only."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from swathe.api.added import with_added_columns
from swathe.api.columns import as_cast, built_anew, planned_column_changes
from swathe.api.cuts import Cuts, cuts_with, find_partitions
from swathe.api.door import Door
from swathe.api.facts import Reader, Reading, Recall, nothing_built, present, settled_records
from swathe.api.keys import KeyRange, requested_partitions
from swathe.api.specs import columns_read, model_specs, model_targets
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import NULL_LINE
from swathe.partition.interval import IntervalSet
from swathe.plan.blocks import Overview
from swathe.plan.columns import ColumnChanges
from swathe.plan.plan import Only, Plan, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import Built, Former, ModelRecords
from swathe.plan.spec import ModelSpec, logic_of
from swathe.plan.verdict import Verdict
from swathe.plan.versions import ColumnSet, Versions
from swathe.sql.display import as_written
from swathe.state.claims import being_built
from swathe.state.logic import StoredLogic
from swathe.state.overview import Overviews
from swathe.state.watch import Observation, observe


@frozen
class Choice:
    """Which models and partitions a command is about, and how far it may go."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyRange = field(default_factory=KeyRange)
    only: Only = Only.ALL
    full: bool = False


@frozen
class LogicChange:
    """What became of a model's SQL since some of its partitions were built."""

    model: ModelName
    before: str
    after: str
    partitions: int
    diff: tuple[str, ...]


@frozen
class Planned:
    """A plan, and the facts it was made from."""

    workspace: Workspace
    cuts: Cuts
    plan: Plan
    specs: tuple[ModelSpec, ...]
    records: Mapping[ModelName, ModelRecords]
    """What of it need not be looked at one by one is in runs."""
    built_before: Mapping[ModelName, Mapping[int, Built]]
    """What has built the partitions of a plan that is to be run."""
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
    with Door() as door:
        workspace = load(options, door)
        selected = workspace.select(choice.select, choice.exclude)
        with open_warehouse(workspace, read_only=True, door=door) as warehouse:
            return plan_in(workspace, warehouse, selected, choice)


def judge_all(options: ProjectOptions) -> Planned:
    """What is true of every model, also where a plan must not be run as it stands. Writes nothing."""
    with Door() as door:
        workspace = load(options, door)
        with open_warehouse(workspace, read_only=True, door=door) as warehouse:
            return plan_in(workspace, warehouse, workspace.select((), ()), Choice(), strict=False)


def plan_in(
    workspace: Workspace,
    warehouse: Warehouse,
    selected: Sequence[ModelName],
    choice: Choice,
    *,
    reading: Reading = settled_records,
    recall: Recall = nothing_built,
    strict: bool = True,
) -> Planned:
    """The same in an open warehouse. Without `strict` also where the plan must not be run as it stands."""
    workspace, waiting = find_partitions(workspace, warehouse)
    stored = warehouse.store.logic() if warehouse.store else []
    # One snapshot: sources, records and what is measured in tables are to be of the same moment.
    with warehouse.session.snapshot():
        overview = read_overview(warehouse)
        observations = observe_sources(workspace, warehouse, selected, _recorded(workspace, warehouse, overview))
        cuts = cuts_with(workspace, overview.slices(NULL_LINE), observations, waiting)
        specs = model_specs(workspace, stored, cuts)
        sources = {entry.source.name: entry.versions for entry in observations}
        reader: Reader | None = None
        records: dict[ModelName, ModelRecords] = {}
        formers: dict[ModelName, Former] = {}
        if warehouse.store is not None:
            reader = Reader(workspace, warehouse, warehouse.store, cuts, specs, sources, overview)
            records, formers = reading(reader)
        if not strict and warehouse.store is not None:
            running = being_built(warehouse.session, warehouse.store, cuts.models(workspace.project))
            records = _with_running(records, running)
        records = as_cast(workspace, warehouse, records)
        specs = with_added_columns(workspace, specs, stored, records)
        requested = requested_partitions(choice.keys, [spec for spec in specs if spec.name in set(selected)])
        request = Request(frozenset(selected), requested, choice.only, choice.full)
        built = build_plan(specs, records, sources, workspace.now, request, formers)
        before = recall(reader, built) if reader else {}
    working = [model.spec.name for model in built.models if model.work]
    targets = model_targets(workspace, warehouse.engine, records, cuts, built_anew(built, full=choice.full), working)
    return Planned(
        workspace,
        cuts,
        built,
        tuple(specs),
        records,
        before,
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
    """Each record of the models whose table or view is there, under the name that the model has now."""
    if warehouse.store is None:
        return {}
    return present(workspace, warehouse, warehouse.store.records(cuts.models(workspace.project)))


def read_overview(warehouse: Warehouse) -> Overview:
    """Of all records that there are. Call inside one snapshot with what else is read of them."""
    if warehouse.store is None:
        return Overview()
    return Overviews(warehouse.engine, warehouse.session, warehouse.store).read()


def _recorded(workspace: Workspace, warehouse: Warehouse, overview: Overview) -> dict[InputName, set[ColumnSet | None]]:
    """The sets of columns of each input that records are about."""
    found = overview.columns_read(workspace.project.models)
    for name, checked in (warehouse.store.checked() if warehouse.store else {}).items():
        if name in workspace.project.models:
            for read, known in checked.items():
                found.setdefault(read, set()).add(known.columns)
    return found


def observe_sources(
    workspace: Workspace,
    warehouse: Warehouse,
    selected: Iterable[ModelName],
    recorded: Mapping[InputName, Iterable[ColumnSet | None]],
) -> list[Observation]:
    """The watched sources that the selected models read, as they are now: over the columns that some model reads, or
    that some record is about, which are `recorded`.
    """
    wanted: dict[InputName, dict[ColumnSet | None, None]] = defaultdict(dict)
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

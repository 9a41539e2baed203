"""`plan` and `status`: what is true, what is not, and what would make it so. Reads only."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swathe.api.keys import KeyRange, requested_partitions
from swathe.api.specs import model_specs
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.model.definition import InputName, Materialized, ModelName
from swathe.plan.columns import ColumnChanges, column_changes
from swathe.plan.planner import Only, Plan, Request, build_plan
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Verdict
from swathe.plan.versions import Versions
from swathe.state.store import StoredLogic
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
    plan: Plan
    specs: tuple[ModelSpec, ...]
    records: Mapping[ModelName, ModelRecords]
    observations: tuple[Observation, ...]
    stored_logic: tuple[StoredLogic, ...]
    logic_changes: tuple[LogicChange, ...]
    column_changes: Mapping[ModelName, ColumnChanges]

    @property
    def sources(self) -> dict[InputName, Versions]:
        return {entry.source.name: entry.versions for entry in self.observations}


def plan(options: ProjectOptions, choice: Choice) -> Planned:
    """What would run and why. Writes nothing."""
    workspace = load(options)
    selected = workspace.select(choice.select, choice.exclude)
    with open_warehouse(workspace, read_only=True) as warehouse:
        return plan_in(workspace, warehouse, selected, choice)


def plan_in(workspace: Workspace, warehouse: Warehouse, selected: Sequence[ModelName], choice: Choice) -> Planned:
    """The same in an open warehouse."""
    stored = warehouse.store.logic() if warehouse.store else []
    specs = model_specs(workspace, stored)
    requested = requested_partitions(choice.keys, [spec for spec in specs if spec.name in set(selected)])
    units = {spec.name: spec.scheme.unit for spec in specs}
    records = warehouse.store.records(units) if warehouse.store else {}
    observations = _observe(workspace, warehouse, specs, selected)
    request = Request(frozenset(selected), requested, choice.only, choice.full)
    sources = {entry.source.name: entry.versions for entry in observations}
    built = build_plan(specs, records, sources, workspace.now, request)
    return Planned(
        workspace,
        built,
        tuple(specs),
        records,
        tuple(observations),
        tuple(stored),
        tuple(_logic_changes(workspace, built, stored, records)),
        _column_changes(workspace, warehouse, built),
    )


def _observe(
    workspace: Workspace, warehouse: Warehouse, specs: Sequence[ModelSpec], selected: Sequence[ModelName]
) -> list[Observation]:
    wanted = set(selected)
    names = sorted({entry.name for spec in specs if spec.name in wanted for entry in spec.inputs if not entry.is_model})
    observed = (
        observe(
            workspace.project.definition.sources[name],
            workspace.project.source_columns[name],
            warehouse.engine,
            warehouse.session,
            warehouse.store,
            workspace.settings.root,
        )
        for name in names
    )
    return [entry for entry in observed if entry is not None]


def _logic_changes(
    workspace: Workspace,
    built: Plan,
    stored: Sequence[StoredLogic],
    records: Mapping[ModelName, ModelRecords],
) -> list[LogicChange]:
    texts = {(entry.model, entry.fingerprint): entry.sql for entry in stored}
    changes = []
    for model in built.models:
        counts: dict[str, int] = {}
        facts = records.get(model.spec.name)
        for run in model.verdicts:
            old = run.judgement.fingerprint
            if run.verdict is Verdict.STALE_LOGIC and old is not None and facts is not None:
                counts[old] = counts.get(old, 0) + len(run.partitions)
        after = workspace.project.models[model.spec.name].logic.sql
        for old, count in counts.items():
            before = texts.get((model.spec.name, old))
            if before is not None:
                lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
                diff = tuple(line for line in lines if not line.startswith(("---", "+++")))
                changes.append(LogicChange(model.spec.name, old, model.spec.fingerprint, count, diff))
    return changes


def _column_changes(workspace: Workspace, warehouse: Warehouse, built: Plan) -> dict[ModelName, ColumnChanges]:
    found = {}
    for model in built.models:
        spec = model.spec
        if not model.work or spec.materialized is Materialized.VIEW:
            continue
        compiled = workspace.project.models[spec.name]
        table = warehouse.engine.table_columns(warehouse.session, compiled.relation)
        if table is None:
            continue
        changes = column_changes(table, compiled.columns, compiled.config.on_schema_change, compiled.relation.name)
        if changes:
            found[spec.name] = changes
    return found

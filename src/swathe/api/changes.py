"""What the verbs that change records have in common: find, show, confirm, write, and log it all as a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Protocol

from swathe.api.backfill import clock, new_run_id
from swathe.api.cuts import Cuts, cuts_of, find_partitions
from swathe.api.keys import requested_partitions
from swathe.api.plan import Choice, observe_sources, present_records
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, ensure_state, load, open_warehouse
from swathe.errors import SwatheError
from swathe.frozen import frozen
from swathe.model.definition import Materialized, ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import NamedRectangle, named, rectangles
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.run.heartbeat import heartbeat
from swathe.run.prepare import Target
from swathe.state.runs import Run, RunHistory
from swathe.state.store import StateStore
from swathe.state.watch import Observation


@frozen
class LeftOut:
    """Partitions that were asked for and stay as they are."""

    partitions: IntervalSet
    why: str


@frozen
class Change:
    """What a verb does to one model: to which partitions, with how many rows in them."""

    spec: ModelSpec
    partitions: IntervalSet = field(default_factory=IntervalSet)
    rows: int = 0
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def named(self) -> list[NamedRectangle]:
        """The partitions as state knows them."""
        return [named(part, self.spec.scheme) for part in rectangles(self.partitions)]


@frozen
class Changed:
    """What a command found and what it did. `run_id` is None when it changed nothing."""

    command: str
    found: tuple[Change, ...]
    done: tuple[Change, ...] = ()
    run_id: str | None = None
    declined: bool = False

    @property
    def partitions(self) -> int:
        return sum(change.partitions.count for change in self.done)


Confirm = Callable[[Sequence[Change]], bool]
"""Sees what was found, before anything is written."""


@frozen
class Scene:
    """The selected models, what was asked for of each, all models' records, and the warehouse they are in."""

    workspace: Workspace
    warehouse: Warehouse
    specs: tuple[ModelSpec, ...]
    asked: Mapping[ModelName, IntervalSet] | None
    cuts: Cuts
    records: Mapping[ModelName, ModelRecords]
    """Those of tables that are there under the name that the model has now."""
    observations: tuple[Observation, ...] = ()
    """The sources as they are now, for a verb that observes them."""

    def all_records(self) -> Mapping[ModelName, ModelRecords]:
        """Those of tables that were dropped or have another name now, too."""
        store = self.warehouse.store
        return store.records({spec.name: spec.scheme for spec in self.specs}) if store else {}

    def facts(self, spec: ModelSpec) -> ModelRecords:
        return self.records.get(spec.name) or ModelRecords(spec.scheme.unit)

    def is_built(self, name: ModelName) -> bool:
        return name in self.records and bool(self.records[name].records)

    def wanted(self, spec: ModelSpec, among: IntervalSet) -> IntervalSet:
        """Those of some partitions that were asked for."""
        return among if self.asked is None else among & self.asked[spec.name]

    def targets(self) -> dict[ModelName, Target]:
        return model_targets(self.workspace, self.warehouse.engine, self.records, self.cuts)


@frozen
class Writing:
    """One run that changes records."""

    scene: Scene
    store: StateStore
    run_id: str
    reason: str
    now: datetime


class Verb(Protocol):
    """One way of changing records."""

    @property
    def command(self) -> str:
        """Its name, also in the history of runs."""

    @property
    def observes(self) -> bool:
        """Whether it must know what the sources hold now."""

    def find(self, scene: Scene) -> list[Change]:
        """What it would do to each selected model. Writes nothing."""

    def write(self, writing: Writing, changes: Sequence[Change]) -> Iterator[Change]:
        """Do it. Yields what has been committed, model by model or all at once."""


def change_records(options: ProjectOptions, choice: Choice, reason: str, verb: Verb, confirm: Confirm) -> Changed:
    """Let a verb change the records of the chosen partitions, and log it as a run."""
    workspace = load(options)
    with open_warehouse(workspace, read_only=True) as warehouse:
        found = tuple(verb.find(_scene(workspace, warehouse, choice, verb)))
    changes = [change for change in found if change.partitions]
    if not changes:
        return Changed(verb.command, found)
    if not confirm(found):
        return Changed(verb.command, found, declined=True)
    with open_warehouse(workspace, read_only=False) as warehouse:
        store = ensure_state(workspace, warehouse)
        history = RunHistory(store, warehouse.session)
        now = clock()
        history.bury_dead()
        scene = _scene(workspace, replace(warehouse, store=store), choice, verb)
        writing = Writing(scene, store, new_run_id(now), reason, now)
        done = _write(writing, verb, changes, history)
    return Changed(verb.command, found, tuple(done), writing.run_id)


def built_left_out(scene: Scene, spec: ModelSpec, partitions: IntervalSet) -> tuple[LeftOut, ...]:
    """Which of some built partitions are frozen, and by what."""
    by_hand = partitions & scene.facts(spec).frozen
    return left_out((by_hand, "frozen"), (partitions & spec.frozen - by_hand, "frozen by `frozen_before`"))


def left_out(*groups: tuple[IntervalSet, str]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(partitions, why) for partitions, why in groups if partitions)


def holds_nothing(spec: ModelSpec) -> Change | None:
    """What becomes of a view: nothing."""
    if spec.materialized is not Materialized.VIEW:
        return None
    return Change(spec, left_out=left_out((spec.due, "a view holds no rows")))


def recorded_rows(facts: ModelRecords, partitions: IntervalSet) -> int:
    return sum(facts.records[ordinal].row_count for ordinal in partitions.ordinals())


def _scene(workspace: Workspace, warehouse: Warehouse, choice: Choice, verb: Verb) -> Scene:
    selected = set(workspace.select(choice.select, choice.exclude))
    workspace, waiting = find_partitions(workspace, warehouse)
    recorded = warehouse.store.column_versions.recorded(workspace.project.models) if warehouse.store else {}
    observations = observe_sources(workspace, warehouse, selected, recorded) if verb.observes else []
    cuts = cuts_of(workspace, warehouse, observations, waiting)
    specs = model_specs(workspace, (), cuts)
    chosen = tuple(spec for spec in specs if spec.name in selected)
    records = present_records(workspace, warehouse, cuts)
    built = {name: facts.built for name, facts in records.items()}
    # What is built can be asked for, even where it is not due any more.
    known = [replace(spec, due=spec.due | built.get(spec.name, IntervalSet())) for spec in chosen]
    asked = requested_partitions(choice.keys, known)
    return Scene(workspace, warehouse, chosen, asked, cuts, records, tuple(observations))


def _write(writing: Writing, verb: Verb, changes: Sequence[Change], history: RunHistory) -> list[Change]:
    run = Run(
        run_id=writing.run_id,
        started_at=writing.now,
        ended_at=None,
        status="running",
        command=verb.command,
        reason=writing.reason or None,
        target=writing.scene.workspace.profile.target,
        partitions=sum(change.partitions.count for change in changes),
        succeeded=0,
        failed=0,
        row_count=0,
    )
    done: list[Change] = []
    status = "crashed"
    settings = writing.scene.workspace.settings
    engine = writing.scene.warehouse.engine
    history.start(run, settings.lease_seconds)
    try:
        with heartbeat(engine, settings.state_schema, run.run_id, settings.lease_seconds):
            done.extend(verb.write(writing, changes))
        status = "succeeded"
    except SwatheError:
        status = "failed"
        raise
    except KeyboardInterrupt:
        status = "cancelled"
        raise
    finally:
        succeeded = sum(change.partitions.count for change in done)
        history.end(replace(run, ended_at=clock(), status=status, succeeded=succeeded))
    return done

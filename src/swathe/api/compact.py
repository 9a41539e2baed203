"""`compact`: write tables anew in the order of their partitions. No row and no record changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from swathe.api.changes import Change, Changed, LeftOut, Scene, Writing, change_records, holds_nothing, recorded_rows
from swathe.api.plan import Choice
from swathe.api.workspace import ProjectOptions
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.plan.record import ModelRecords
from swathe.plan.recut import cut_changed
from swathe.plan.spec import ModelSpec
from swathe.run.compact import Compactor, Scatter, scatter_of
from swathe.run.prepare import Target
from swathe.sql.region import Region


@frozen
class Compacted:
    """What was found and done, and how the rows of each table that is not in order lay `before` and lie `after`."""

    changed: Changed
    before: Mapping[ModelName, Scatter]
    after: Mapping[ModelName, Scatter]


ConfirmCompact = Callable[[Sequence[Change], Mapping[ModelName, Scatter]], bool]
"""Sees what was found, and how the rows lie, before anything is written."""


@frozen
class Compact:
    """One transaction for each model."""

    before: dict[ModelName, Scatter] = field(default_factory=dict)
    after: dict[ModelName, Scatter] = field(default_factory=dict)
    command: str = "compact"
    observes: bool = False

    def find(self, scene: Scene) -> list[Change]:
        targets = scene.targets()
        return [self._take(scene, spec, targets[spec.name]) for spec in scene.specs]

    def write(self, writing: Writing, changes: Sequence[Change]) -> Iterator[Change]:
        warehouse, targets = writing.scene.warehouse, writing.scene.targets()
        compactor = Compactor(writing.run_id, warehouse.engine, warehouse.session, writing.store)
        for change in changes:
            target = targets[change.spec.name]
            self.after[change.spec.name] = compactor.compact(target, _region(target))
            yield change

    def _take(self, scene: Scene, spec: ModelSpec, target: Target) -> Change:
        if view := holds_nothing(spec):
            return view
        facts = scene.facts(spec)
        if why := _hindrance(scene, facts, target):
            return _left(spec, why)
        found = scatter_of(target.sql, _region(target), scene.warehouse.engine, scene.warehouse.session)
        if found.is_in_order:
            return _left(spec, "in order already")
        self.before[spec.name] = found
        return Change(spec, facts.built, recorded_rows(facts, facts.built))


def compact(options: ProjectOptions, choice: Choice, reason: str, confirm: ConfirmCompact) -> Compacted:
    """Write the tables of models anew, so that the rows of each partition lie together."""
    verb = Compact()
    changed = change_records(options, choice, reason, verb, lambda found: confirm(found, verb.before))
    return Compacted(changed, verb.before, verb.after)


def _hindrance(scene: Scene, facts: ModelRecords, target: Target) -> str | None:
    """Why a table is not to be written anew, or can't be."""
    if not scene.workspace.orders_rows:
        return "leaves keep the rows of a partition together; VACUUM is what cleans them"
    if target.sql.region is None:
        return "it is in one piece"
    if cut_changed(facts):
        return "built with another cut: `swathe backfill --full`"
    return None if facts.built else "nothing of it is built"


def _left(spec: ModelSpec, why: str) -> Change:
    return Change(spec, left_out=(LeftOut(spec.due, why),))


def _region(target: Target) -> Region:
    region = target.sql.region
    assert region is not None  # noqa: S101 - others are left out
    return region

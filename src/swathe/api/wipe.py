"""`wipe`: drop the rows and the records of built partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swathe.api.backfill import clock
from swathe.api.changes import (
    Change,
    Changed,
    Confirm,
    Scene,
    Writing,
    built_left_out,
    change_records,
    holds_nothing,
    recorded_rows,
)
from swathe.api.plan import Choice
from swathe.api.specs import model_tables
from swathe.api.workspace import ProjectOptions
from swathe.frozen import frozen
from swathe.plan.spec import ModelSpec
from swathe.run.changes import RecordChanger


@frozen
class Wipe:
    """One transaction for each model."""

    command: str = "wipe"
    observes: bool = False

    def find(self, scene: Scene) -> list[Change]:
        return [_take(scene, spec) for spec in scene.specs]

    def write(self, writing: Writing, changes: Sequence[Change]) -> Iterator[Change]:
        scene, warehouse, targets = writing.scene, writing.scene.warehouse, writing.scene.targets()
        tables = model_tables(scene.workspace, warehouse.engine, scene.cuts)
        changer = RecordChanger(writing.run_id, tables, warehouse.session, writing.store, clock)
        for change in changes:
            changer.wipe(targets[change.spec.name], change.spec, change.partitions)
            yield change


def wipe(options: ProjectOptions, choice: Choice, reason: str, confirm: Confirm) -> Changed:
    """Drop rows and records of built partitions, frozen ones excepted: they are missing then.

    Rows that swathe has no record of stay.
    """
    return change_records(options, choice, reason, Wipe(), confirm)


def _take(scene: Scene, spec: ModelSpec) -> Change:
    if view := holds_nothing(spec):
        return view
    facts = scene.facts(spec)
    built = scene.wanted(spec, facts.built)
    chosen = built - facts.frozen - spec.frozen
    return Change(spec, chosen, recorded_rows(facts, chosen), built_left_out(scene, spec, built))

"""`invalidate`, `freeze` and `thaw`: facts put on records of built partitions. No table is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from swathe.api.changes import (
    Change,
    Changed,
    Confirm,
    Scene,
    Writing,
    built_left_out,
    change_records,
    holds_nothing,
    left_out,
    recorded_rows,
)
from swathe.api.plan import Choice
from swathe.api.workspace import ProjectOptions
from swathe.frozen import frozen
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.state.claims import claimed


@frozen
class Mark:
    """One of the three verbs: which partitions it takes, and what it writes on the records of a model."""

    command: str
    take: Callable[[Scene], list[Change]]
    put: Callable[[Writing, Change], None]
    observes: bool = False

    def find(self, scene: Scene) -> list[Change]:
        return self.take(scene)

    def write(self, writing: Writing, changes: Sequence[Change]) -> Iterator[Change]:
        session, store = writing.scene.warehouse.session, writing.store
        for change in changes:
            name, unit = change.spec.name, change.spec.scheme.unit
            # What is being built now would be recorded without the mark.
            with claimed(session, store, writing.run_id, name, unit, change.named):
                self.put(writing, change)
            yield change


def invalidate(options: ProjectOptions, choice: Choice, reason: str, confirm: Confirm) -> Changed:
    """Mark built partitions, frozen ones excepted, to be rebuilt by the next backfill."""
    return change_records(options, choice, reason, INVALIDATE, confirm)


def freeze(options: ProjectOptions, choice: Choice, reason: str, confirm: Confirm) -> Changed:
    """Protect built partitions: nothing rebuilds or wipes them until they are thawed."""
    return change_records(options, choice, reason, FREEZE, confirm)


def thaw(options: ProjectOptions, choice: Choice, reason: str, confirm: Confirm) -> Changed:
    """Take that protection away: from now on they are judged like all others."""
    return change_records(options, choice, reason, THAW, confirm)


def _unfrozen(scene: Scene, spec: ModelSpec) -> Change:
    facts = scene.facts(spec)
    built = scene.wanted(spec, facts.built)
    chosen = built - facts.frozen - spec.frozen
    return Change(spec, chosen, recorded_rows(facts, chosen), built_left_out(scene, spec, built))


def _unprotected(scene: Scene, spec: ModelSpec) -> Change:
    if view := holds_nothing(spec):
        return view
    facts = scene.facts(spec)
    built = scene.wanted(spec, facts.built)
    chosen = built - facts.frozen
    unbuilt = scene.wanted(spec, spec.due) - facts.built
    return Change(
        spec,
        chosen,
        recorded_rows(facts, chosen),
        left_out((built & facts.frozen, "frozen already"), (unbuilt, "not built")),
    )


def _frozen(scene: Scene, spec: ModelSpec, facts: ModelRecords) -> Change:
    built = scene.wanted(spec, facts.built)
    chosen = built & facts.frozen
    still = built & spec.frozen
    return Change(
        spec,
        chosen,
        recorded_rows(facts, chosen),
        left_out((still - chosen, "frozen by `frozen_before`")),
        ("some of them stay frozen by the model's `frozen_before`",) if still & chosen else (),
    )


def _all_frozen(scene: Scene) -> list[Change]:
    """Of tables that are gone, too: nothing is built in their place before they are thawed."""
    records = scene.all_records()
    return [_frozen(scene, spec, records[spec.name]) for spec in scene.specs if spec.name in records]


INVALIDATE = Mark(
    "invalidate",
    lambda scene: [_unfrozen(scene, spec) for spec in scene.specs],
    lambda writing, change: writing.store.invalidate(change.spec.name, change.named, writing.reason, writing.now),
)
FREEZE = Mark(
    "freeze",
    lambda scene: [_unprotected(scene, spec) for spec in scene.specs],
    lambda writing, change: writing.store.freeze(change.spec.name, change.named, writing.reason, writing.now),
)
THAW = Mark(
    "thaw",
    _all_frozen,
    lambda writing, change: writing.store.thaw(change.spec.name, change.named),
)

"""`invalidate`: mark built partitions to be rebuilt by the next backfill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swathe.api.backfill import clock, new_run_id
from swathe.api.keys import requested_partitions
from swathe.api.plan import Choice
from swathe.api.specs import model_specs
from swathe.api.workspace import ProjectOptions, load, open_warehouse
from swathe.model.definition import ModelName
from swathe.partition.interval import IntervalSet
from swathe.plan.spec import ModelSpec
from swathe.state.runs import Run, RunHistory


@dataclass(frozen=True, slots=True)
class Invalidation:
    """The built partitions of a model that are marked."""

    spec: ModelSpec
    partitions: IntervalSet


def invalidate(
    options: ProjectOptions, choice: Choice, reason: str, confirm: Callable[[list[Invalidation]], bool]
) -> list[Invalidation]:
    """Mark built partitions, frozen ones excepted, and log it as a run. Writes state, and no table."""
    workspace = load(options)
    selected = set(workspace.select(choice.select, choice.exclude))
    specs = [spec for spec in model_specs(workspace, ()) if spec.name in selected]
    requested = requested_partitions(choice.keys, specs)
    with open_warehouse(workspace, read_only=True) as warehouse:
        facts = warehouse.store.records({spec.name: spec.scheme.unit for spec in specs}) if warehouse.store else {}
    found = []
    for spec in specs:
        built = facts[spec.name].built if spec.name in facts else IntervalSet()
        marked = (built & requested[spec.name] if requested is not None else built) - spec.frozen
        if marked:
            found.append(Invalidation(spec, marked))
    if not found or not confirm(found):
        return []
    with open_warehouse(workspace, read_only=False) as warehouse:
        store = warehouse.store
        if store is None:
            return []
        now = clock()
        count = sum(entry.partitions.count for entry in found)
        run = Run(
            new_run_id(now),
            now,
            now,
            "succeeded",
            "invalidate",
            reason,
            workspace.profile.target,
            count,
            count,
            0,
            0,
        )
        history = RunHistory(store, warehouse.session)
        with warehouse.session.transaction():
            history.start(run)
            for entry in found:
                store.invalidate(ModelName(entry.spec.name), entry.partitions, reason, now)
            history.end(run)
    return found

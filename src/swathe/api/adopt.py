"""`adopt`: trust the rows of tables that exist already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from swathe.api.backfill import clock, remember_all, save_logic
from swathe.api.changes import Change, Changed, Confirm, Scene, Writing, change_records, holds_nothing, left_out
from swathe.api.plan import Choice
from swathe.api.specs import model_tables
from swathe.api.workspace import ProjectOptions
from swathe.errors import Location, PlanError
from swathe.frozen import frozen
from swathe.model.definition import Materialized, ModelName
from swathe.plan.recut import cut_changed
from swathe.plan.spec import ModelSpec
from swathe.run.changes import RecordChanger, count_held, refuse_other_table
from swathe.run.prepare import StrayRowsError, Target
from swathe.run.tables import Held


@frozen
class Adopt:
    """One transaction for each model, upstream first. `empty` takes partitions that hold no rows, too."""

    empty: bool
    command: str = "adopt"
    observes: bool = True

    def find(self, scene: Scene) -> list[Change]:
        targets = scene.targets()
        tables = [spec for spec in scene.specs if spec.materialized is not Materialized.VIEW]
        there = {spec.name for spec in tables if _has_table(scene, targets[spec.name])}
        if tables and not there:
            relation = targets[tables[0].name].sql.relation
            raise PlanError(
                f"there is no table `{relation.schema}.{relation.name}` to adopt",
                at=_where(scene, tables[0].name),
                hint="its name is the model's `alias` or name, in the model's or the target's `schema`; "
                "`swathe backfill` makes a new one",
            )
        return [self._take(scene, spec, targets[spec.name] if spec.name in there else None) for spec in scene.specs]

    def write(self, writing: Writing, changes: Sequence[Change]) -> Iterator[Change]:
        scene, store = writing.scene, writing.store
        warehouse, targets = scene.warehouse, scene.targets()
        tables = model_tables(scene.workspace, warehouse.engine, scene.cuts)
        changer = RecordChanger(writing.run_id, tables, warehouse.session, store, clock)
        observations = scene.observations
        remember_all(warehouse, store, observations)
        sources = {entry.source.name: entry.versions for entry in observations}
        for change in changes:
            name = change.spec.name
            keep_logic = partial(save_logic, scene.workspace, [name], store, writing.now)
            adopted, rows = changer.adopt(
                targets[name], change.spec, change.partitions, sources, keep_logic, empty=self.empty
            )
            yield replace(change, partitions=adopted, rows=rows)

    def _take(self, scene: Scene, spec: ModelSpec, target: Target | None) -> Change:
        if view := holds_nothing(spec):
            return view
        wanted, facts = scene.wanted(spec, spec.due), scene.facts(spec)
        if target is None:
            return Change(spec, left_out=left_out((wanted, "there is no table")))
        if cut_changed(facts):
            return Change(spec, left_out=left_out((wanted, "built with another cut: `swathe backfill --full`")))
        held = _count(scene, target)
        unknown = wanted - facts.built
        chosen = unknown if self.empty else unknown & held.partitions
        return Change(
            spec,
            chosen,
            held.rows(chosen),
            left_out(
                (wanted & facts.built, "swathe's own already"), (unknown - chosen, "no rows; `--empty` takes them, too")
            ),
            tuple(_notes(scene, spec, held)) if chosen else (),
        )


def adopt(options: ProjectOptions, choice: Choice, reason: str, confirm: Confirm, *, empty: bool = False) -> Changed:
    """Record due partitions of existing tables as built by the present logic from the present inputs.

    Raises PlanError where there is no table or it has other columns, StrayRowsError for rows without a partition.
    """
    return change_records(options, choice, reason, Adopt(empty), confirm)


def _has_table(scene: Scene, target: Target) -> bool:
    try:
        return refuse_other_table(target, scene.warehouse.engine, scene.warehouse.session)
    except PlanError as error:
        raise PlanError(error.message, at=_where(scene, target.name), hint=error.hint) from None


def _count(scene: Scene, target: Target) -> Held:
    try:
        return count_held(target.sql, scene.warehouse.session)
    except StrayRowsError as error:
        raise StrayRowsError(error.message, at=_where(scene, target.name), hint=error.hint) from None


def _where(scene: Scene, name: ModelName) -> Location:
    """Where a model says what its table is called."""
    return scene.workspace.project.definition.models[name].where("alias")


def _notes(scene: Scene, spec: ModelSpec, held: Held) -> Iterator[str]:
    if rows := held.rows(held.partitions - spec.due):
        what = "1 row lies" if rows == 1 else f"{rows:,} rows lie"
        yield f"{what} in no partition that is due, and stay as they are"
    selected = {chosen.name for chosen in scene.specs}
    for needed in spec.inputs:
        upstream = ModelName(needed.name)
        if needed.is_model and upstream not in selected and not scene.is_built(upstream):
            yield f"it reads `{upstream}`, which is not built: once that is built or adopted, this is stale"

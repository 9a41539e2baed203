"""The records that a plan is made from, as far as it has to look at them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Protocol

from swathe.api.cuts import Cuts, formers_of
from swathe.api.specs import model_tables
from swathe.api.workspace import Warehouse, Workspace
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import Scheme, slice_number
from swathe.partition.interval import IntervalSet
from swathe.plan.blocks import Block, Overview
from swathe.plan.compared import Compared, compared
from swathe.plan.plan import Plan
from swathe.plan.record import Built, Former, ModelRecords
from swathe.plan.settle import Settled, Settlement
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import ColumnSet, Versions
from swathe.state.built import built_by
from swathe.state.overview import Overviews
from swathe.state.store import StateStore
from swathe.state.version_pairs import VersionPairs

Known = tuple[dict[ModelName, ModelRecords], dict[ModelName, Former]]
"""All models' records, and how models were cut whose cut changed, with all their records."""


@frozen
class Reader:
    """What records are read with, all in one snapshot: what is measured in a table must be what they are about."""

    workspace: Workspace
    warehouse: Warehouse
    store: StateStore
    cuts: Cuts
    specs: Sequence[ModelSpec]
    sources: Mapping[InputName, Versions]
    overview: Overview

    @property
    def schemes(self) -> dict[ModelName, Scheme]:
        return self.cuts.models(self.workspace.project)


class Reading(Protocol):
    """How records are read."""

    def __call__(self, reader: Reader) -> Known: ...


class Recall(Protocol):
    """What is remembered of the partitions of a plan, in the snapshot that it was made in."""

    def __call__(self, reader: Reader, plan: Plan) -> dict[ModelName, dict[int, Built]]: ...


def every_record(reader: Reader) -> Known:
    """Each record by itself, with the versions over all sets of columns that records are about."""
    workspace, store = reader.workspace, reader.store
    records = present(workspace, reader.warehouse, store.records(reader.schemes))
    formers = formers_of(workspace, reader.warehouse, reader.cuts, records)
    recorded = store.column_versions.recorded(workspace.project.models)
    tables = model_tables(workspace, reader.warehouse.engine, reader.cuts)
    for name, sets in recorded.items():
        if (model := ModelName(name)) in records:
            records[model] = tables.with_sets(model, reader.cuts.of(model), records[model], sets, store.session, store)
    return records, _formers_with_sets(reader, formers, recorded)


def settled_records(reader: Reader) -> Known:
    """Runs of records that are as they should be, and by itself each other one, with the versions that it is compared
    with.
    """
    workspace, store, schemes = reader.workspace, reader.store, reader.schemes
    gone = _gone(workspace, reader.warehouse)
    overview = reader.overview.without(gone)
    settled = _settle(reader, overview)
    records = store.records(schemes, {name: found.others for name, found in settled.items()})
    for name, facts in records.items():
        blocks = reader.overview.blocks.get(name, ())
        if name in gone:
            records[name] = ModelRecords(facts.unit, failures=facts.failures) if blocks else facts
        else:
            runs = settled[name].runs if name in settled else ()
            nothing = Versions.of(facts.unit, (), known=IntervalSet())
            records[name] = replace(_with_others(facts, blocks, schemes[name]), runs=runs, compared=nothing)
    formers = formers_of(workspace, reader.warehouse, reader.cuts, records)
    recorded = {
        name: {columns for columns in sets if columns is not None}
        for name, sets in overview.columns_read(workspace.project.models).items()
    }
    formers = _formers_with_sets(reader, formers, recorded)
    readers = {name: [facts, *([formers[name].records] if name in formers else [])] for name, facts in records.items()}
    for name, known in _versions(reader, compared(reader.specs, readers), gone).items():
        records[name] = replace(records[name], compared=known)
    return records, formers


def present(
    workspace: Workspace, warehouse: Warehouse, found: dict[ModelName, ModelRecords]
) -> dict[ModelName, ModelRecords]:
    """The records of models whose table or view is there, under the name that the model has now.

    A record says nothing of a table that was dropped, or of another one.
    """
    gone = _gone(workspace, warehouse)
    return {
        name: ModelRecords(facts.unit, failures=facts.failures)
        if name in gone and (facts.records or facts.other_units)
        else facts
        for name, facts in found.items()
    }


def _gone(workspace: Workspace, warehouse: Warehouse) -> Set[ModelName]:
    """The models whose table or view is not there, or was made under another name."""
    tables = warehouse.store.tables.all() if warehouse.store else {}
    relations = warehouse.engine.relations(warehouse.session)
    return {
        name
        for name, model in workspace.project.models.items()
        if model.relation not in relations or tables.get(name, model.relation) != model.relation
    }


def _with_others(facts: ModelRecords, blocks: Iterable[Block], scheme: Scheme) -> ModelRecords:
    """What there is of records that were cut in another way."""
    other = [block for block in blocks if block.unit != scheme.unit or slice_number(scheme, block.part) is None]
    return replace(
        facts,
        other_units=frozenset(block.unit for block in other),
        other_frozen=sum(block.frozen for block in other),
        other_rows=sum(block.row_count for block in other),
        other_seconds=sum(block.seconds for block in other),
    )


def _settle(reader: Reader, overview: Overview) -> dict[ModelName, Settled]:
    failures = reader.store.failures(reader.schemes)
    settlement = Settlement(overview, reader.schemes, reader.sources)
    found: dict[ModelName, Settled] = {}
    for spec in reader.specs:
        settled = settlement.settle(spec, failures.get(spec.name, ()), {})
        if settled is not None:
            found[spec.name] = settled
    wanted = dict.fromkeys(stretch for settled in found.values() for stretch in settled.wanted)
    if not wanted:
        return found
    units = {InputName(name): scheme.unit for name, scheme in reader.schemes.items()}
    overviews = Overviews(reader.warehouse.engine, reader.warehouse.session, reader.store)
    known = overviews.contents(wanted, units, reader.sources)
    for spec in reader.specs:
        if spec.name in found and found[spec.name].wanted:
            again = settlement.settle(spec, failures.get(spec.name, ()), known)
            found[spec.name] = again or found[spec.name]
    return found


def _formers_with_sets(
    reader: Reader,
    formers: Mapping[ModelName, Former],
    recorded: Mapping[InputName, Iterable[ColumnSet | None]],
) -> dict[ModelName, Former]:
    session = reader.warehouse.session
    tables = model_tables(reader.workspace, reader.warehouse.engine, reader.cuts, formers.keys())
    found = {}
    for name, former in formers.items():
        sets = recorded.get(InputName(name), ())
        known = tables.with_sets(name, former.scheme, former.records, sets, session, reader.store)
        found[name] = Former(former.scheme, known)
    return found


def _versions(reader: Reader, wanted: Mapping[ModelName, Compared], gone: Set[ModelName]) -> dict[ModelName, Versions]:
    """What models hold now, where anything is compared with it. Tables that are gone hold nothing."""
    session, schemes = reader.warehouse.session, reader.schemes
    there = {name: asked for name, asked in wanted.items() if name not in gone}
    pairs = VersionPairs(session, reader.store).read(there, schemes)
    held = [name for name, (whole, _) in pairs.items() if whole]
    tables = model_tables(reader.workspace, reader.warehouse.engine, reader.cuts, held)
    found: dict[ModelName, Versions] = {}
    for name, asked in wanted.items():
        whole, sets = pairs[name] if name in pairs else ({}, {columns: {} for columns in asked.sets})
        over = tables.completed(name, schemes[name], whole.keys(), sets, session)
        unit, known = schemes[name].unit, asked.partitions
        made = {columns: Versions.of(unit, each.items(), known=known) for columns, each in over.items()}
        found[name] = replace(Versions.of(unit, whole.items(), known=known), sets=made)
    return found


def nothing_built(reader: Reader, plan: Plan) -> dict[ModelName, dict[int, Built]]:  # noqa: ARG001 - as `Recall` has it
    """For a plan that is not going to be run."""
    return {}


def what_built(reader: Reader, plan: Plan) -> dict[ModelName, dict[int, Built]]:
    """What has built the partitions that a plan is about to build: so a run sees what others have built since."""
    work = {model.spec.name: model.partitions for model in plan.models if model.work}
    schemes = {name: scheme for name, scheme in reader.schemes.items() if name in work}
    return built_by(reader.warehouse.session, reader.store, schemes, work)

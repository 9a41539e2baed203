"""Which models' logic only adds columns to the logic that their partitions were built with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from swathe.api.stored import logic_schema, parse_stored
from swathe.api.workspace import Workspace
from swathe.errors import SwatheError
from swathe.model.definition import ModelName
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec, logic_of
from swathe.project.analysis import CompiledModel
from swathe.state.logic import StoredLogic


def with_added_columns(
    workspace: Workspace,
    specs: Iterable[ModelSpec],
    stored: Sequence[StoredLogic],
    records: Mapping[ModelName, ModelRecords],
) -> list[ModelSpec]:
    """The specs, which know then what their logic adds to that of records with another one."""
    logics = {(entry.model, entry.fingerprint): entry for entry in stored}
    return [_with_added(workspace, spec, logics, records.get(spec.name)) for spec in specs]


def _with_added(
    workspace: Workspace,
    spec: ModelSpec,
    stored: Mapping[tuple[ModelName, str], StoredLogic],
    records: ModelRecords | None,
) -> ModelSpec:
    pairs = {
        (logic_of(fingerprint), spec.logic_at(ordinal))
        for ordinal, fingerprint in (records.fingerprints() if records else ())
        if not spec.is_of_logic(ordinal, fingerprint)
    }
    model = workspace.project.models[spec.name]
    found = {
        (before, now): names
        for before, now in sorted(pairs)
        if (entry := stored.get((spec.name, before))) and (names := _added(workspace, model, entry, now))
    }
    return replace(spec, only_adds=found) if found else spec


def _added(workspace: Workspace, model: CompiledModel, before: StoredLogic, now: str) -> tuple[str, ...]:
    """The names of the columns that the logic `now` adds to an earlier one, if that is all it changes."""
    logic = next(variant.logic for variant in model.variants if variant.logic.fingerprint == now)
    schema = logic_schema(workspace.project, logic)
    try:
        old = parse_stored(before.sql, before.input_columns, workspace.dialect)
        new = parse_stored(logic.sql, schema, workspace.dialect)
    except SwatheError:
        return ()
    # What the trees do not hold: the fingerprint compares it in the same way.
    if sorted(literal.text for literal in old.lost) != sorted(literal.text for literal in new.lost):
        return ()
    from swathe.sql.canonical import added_columns

    added = added_columns(old.tree, before.input_columns, new.tree, schema, workspace.dialect)
    return tuple(logic.columns[at].name for at in added)

"""Reads what built partitions, and when."""

from __future__ import annotations

from collections.abc import Mapping

from swathe.engine.adapter import Session
from swathe.model.definition import ModelName
from swathe.partition.grid import STRIDE, Scheme, by_slice, slice_number
from swathe.partition.interval import IntervalSet
from swathe.plan.record import Built
from swathe.state.places import Places
from swathe.state.store import StateStore


def built_by(
    session: Session,
    store: StateStore,
    schemes: Mapping[ModelName, Scheme],
    wanted: Mapping[ModelName, IntervalSet],
) -> dict[ModelName, dict[int, Built]]:
    """Of some partitions of each of these models, where there is a record."""
    lines = {
        name: IntervalSet.merge(run for each in by_slice(wanted[name]).values() for run in each) for name in schemes
    }
    places = Places.of(schemes, lines)
    found: dict[ModelName, dict[int, Built]] = {name: {} for name in schemes}
    numbers: dict[tuple[str, str, str], int | None] = {}
    rows = session.query(
        "SELECT t.model, t.unit, t.slice, t.ordinal, t.run_id, t.built_at "
        f"FROM {store.table('partitions')} AS t {places.join}",
        places.values,
    )
    for model, unit, part, along, run_id, built_at in rows:
        key = model, unit, part
        if key not in numbers:
            scheme = schemes[ModelName(model)]
            numbers[key] = slice_number(scheme, part) if unit == scheme.unit else None
        if (number := numbers[key]) is not None:
            found[ModelName(model)][number * STRIDE + along] = (run_id, built_at)
    return found

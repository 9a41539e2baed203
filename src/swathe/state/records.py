"""Reads records one by one, with what each was built from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import STRIDE, Scheme, slice_number
from swathe.partition.interval import Interval
from swathe.partition.reading import Reading
from swathe.plan.record import InputRecord, ModelRecords, Record, by_ordinal
from swathe.state.column_sets import columns_from_text
from swathe.state.column_versions import Store
from swathe.state.places import Places

_Inputs = dict[tuple[ModelName, str, int], tuple[InputRecord, ...]]


def read_records(store: Store, schemes: Mapping[ModelName, Scheme], places: Places) -> dict[ModelName, ModelRecords]:
    """The records of each model at some places, and what there is of records that were cut in another way."""
    inputs = _read_inputs(store, places)
    found: dict[ModelName, list[Record]] = defaultdict(list)
    other: dict[ModelName, _Other] = defaultdict(_Other)
    rows = store.session.query(
        "SELECT t.model, t.unit, t.slice, t.ordinal, t.fingerprint, t.row_count, t.data_version, t.seconds, "
        "t.built_at, t.run_id, CASE WHEN t.invalidated_at IS NULL THEN NULL ELSE COALESCE(t.invalidated_for, '') "
        "END, t.planned_at, t.planned_stop, "
        "CASE WHEN t.frozen_at IS NULL THEN NULL ELSE COALESCE(t.frozen_for, '') END "
        f"FROM {store.table('partitions')} AS t {places.join} ORDER BY t.model, t.ordinal",
        places.values,
    )
    for row in rows:
        model, unit, part, along = ModelName(row[0]), row[1], row[2], row[3]
        number = slice_number(schemes[model], part) if unit == schemes[model].unit else None
        made = Record(*((number or 0) * STRIDE + along, *row[4:], inputs.get((model, part, along), ())))
        if number is None:
            other[model].add(unit, made)
        else:
            found[model].append(made)
    return {
        model: other[model].told(ModelRecords(scheme.unit, by_ordinal(found[model])))
        for model, scheme in schemes.items()
    }


class _Other:
    """Mutable: what is counted of records that were cut in another way."""

    def __init__(self) -> None:
        self._units: set[str] = set()
        self._frozen = 0
        self._rows = 0
        self._seconds = 0.0

    def add(self, unit: str, record: Record) -> None:
        self._units.add(unit)
        self._frozen += record.frozen is not None
        self._rows += record.row_count
        self._seconds += record.seconds

    def told(self, records: ModelRecords) -> ModelRecords:
        return replace(
            records,
            other_units=frozenset(self._units),
            other_frozen=self._frozen,
            other_rows=self._rows,
            other_seconds=self._seconds,
        )


def _read_inputs(store: Store, places: Places) -> _Inputs:
    found: _Inputs = {}
    rows = store.session.query(
        "SELECT t.model, t.slice, t.ordinal, t.input, t.input_unit, t.first_ordinal, t.last_ordinal, "
        f"t.input_slices, t.columns, t.version FROM {store.table('inputs')} AS t {places.join}",
        places.values,
    )
    for model, part, ordinal, name, unit, first, last, pattern, text, version in rows:
        reading = Reading(None if first is None else Interval(first, last + 1), pattern)
        key = (ModelName(model), part, ordinal)
        entry = InputRecord(InputName(name), unit, reading, version, columns_from_text(text))
        found[key] = (*found.get(key, ()), entry)
    return found

"""Reads what explanations need of the past: tries, marks, first sights of logic, and sources when last measured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from swathe.engine.adapter import Session
from swathe.model.definition import ModelName
from swathe.partition.grid import STRIDE, Scheme, known, slice_number
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import NamedRectangle
from swathe.plan.history import History, SourceFile, SourcePast, Try
from swathe.plan.versions import ColumnSet
from swathe.state.column_sets import columns_from_text
from swathe.state.measure import Measured, versions_of
from swathe.state.store import StateStore
from swathe.state.watch import Observation, stored_measures

_Place = tuple[str, int]
"""A slice's text and a place along the line."""


def histories(schemes: Mapping[ModelName, Scheme], session: Session, store: StateStore) -> dict[ModelName, History]:
    """The past of these models, as they are cut now. What was cut in another way is left out."""
    names = sorted(schemes)
    tries = _tries(schemes, session, store)
    marks = _marks(schemes, session, store)
    seen: dict[ModelName, dict[str, datetime]] = defaultdict(dict)
    logic = f"SELECT model, fingerprint, first_seen_at FROM {store.table('logic')} {_OF_MODELS}"
    for model, fingerprint, at in session.query(logic, [names]):
        seen[ModelName(model)][fingerprint] = at
    return {
        name: History(
            tuple(tries.get(name, ())),
            marks["invalidated"].get(name, {}),
            marks["frozen"].get(name, {}),
            seen.get(name, {}),
        )
        for name in schemes
    }


def source_past(observation: Observation, session: Session, store: StateStore) -> SourcePast:
    """A source when it was last measured for a run, beside what it is now."""
    source = observation.source
    stamps: dict[ColumnSet | None, dict[str, tuple[int, str]]] = {columns: {} for columns in observation.measures}
    for path, modified, measure, text in session.query(
        f"SELECT path, modified_ns, measure, columns FROM {store.table('source_files')} WHERE source = ?",
        [source.name],
    ):
        stamps.setdefault(columns_from_text(text), {})[path] = (modified, measure)
    then: dict[ColumnSet | None, list[Measured]] = defaultdict(list)
    for entry in stored_measures(source, session, store):
        then[entry.columns].append(entry)
    scheme = known(observation.scheme, {entry.part for listed in then.values() for entry in listed if entry.part})
    alike = [
        columns
        for columns, measure in observation.measures.items()
        if then.get(columns) and all(told == measure for _, told in stamps[columns].values())
    ]
    before = None
    if alike:
        before = versions_of(source, scheme, [entry for columns in alike for entry in then[columns]], alike)
    if not any(stamps.values()) and not observation.stamps:
        return SourcePast(scheme, before)
    files = {
        columns: tuple(_files(observation, columns, scheme, then[columns], {p: ns for p, (ns, _) in seen.items()}))
        for columns, seen in stamps.items()
        if columns in observation.measures
    }
    sets = {columns: listed for columns, listed in files.items() if columns is not None}
    return SourcePast(scheme, before, files.get(None, ()), sets)


def _files(
    observation: Observation,
    columns: ColumnSet | None,
    scheme: Scheme,
    stored: Iterable[Measured],
    stamps: Mapping[str, int],
) -> Iterable[SourceFile]:
    """The files as some columns tell."""
    then, fresh = _by_path(stored), _by_path(entry for entry in observation.fresh if entry.columns == columns)
    looked_at = {stamp.path: stamp.modified_ns for stamp in observation.looked_at.get(columns, ())}
    gone = set(observation.gone)
    for path in sorted({*stamps, *looked_at, *gone}):
        old = then.get(path, {})
        new = old
        if path in gone:
            new = {}
        elif path in looked_at:
            new = fresh.get(path, {})
        changed = {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)}
        modified_at = None if path in gone else _instant(looked_at.get(path, stamps.get(path, 0)))
        yield SourceFile(path, modified_at, _partitions(scheme, old.keys() | new.keys()), _partitions(scheme, changed))


def _by_path(measured: Iterable[Measured]) -> dict[str, dict[_Place, tuple[int, int]]]:
    """Row count and version."""
    found: dict[str, dict[_Place, tuple[int, int]]] = defaultdict(dict)
    for entry in measured:
        found[entry.path][entry.part, entry.ordinal] = (entry.row_count, entry.version)
    return found


def _partitions(scheme: Scheme, places: Iterable[_Place]) -> IntervalSet:
    numbered = ((slice_number(scheme, part), along) for part, along in places)
    return IntervalSet.from_ordinals(number * STRIDE + along for number, along in numbered if number is not None)


def _instant(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).replace(tzinfo=None)


_OF_MODELS = "WHERE model IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"


def _tries(schemes: Mapping[ModelName, Scheme], session: Session, store: StateStore) -> dict[ModelName, list[Try]]:
    rows = session.query(
        "SELECT a.model, a.unit, a.first_ordinal, a.last_ordinal, a.slices, a.run_id, a.fingerprint, a.reason, "
        "a.status = 'succeeded', a.started_at, COALESCE(r.started_at, a.started_at) "
        f"FROM {store.table('attempts')} AS a LEFT JOIN {store.table('runs')} AS r ON r.run_id = a.run_id "
        f"{_OF_MODELS} AND a.status <> 'split' ORDER BY a.started_at DESC, a.attempt DESC",
        [sorted(schemes)],
    )
    found: dict[ModelName, list[Try]] = defaultdict(list)
    for model, unit, first, last, slices, *rest in rows:
        scheme = schemes[ModelName(model)]
        if scheme.unit == unit:
            named = NamedRectangle(Interval(first, last + 1), tuple(json.loads(slices)))
            found[ModelName(model)].append(Try(named.partitions(scheme), *rest))
    return found


def _marks(
    schemes: Mapping[ModelName, Scheme], session: Session, store: StateStore
) -> dict[str, dict[ModelName, dict[int, datetime]]]:
    """When partitions were invalidated and frozen."""
    found: dict[str, dict[ModelName, dict[int, datetime]]] = {"invalidated": {}, "frozen": {}}
    rows = session.query(
        f"SELECT model, unit, slice, ordinal, invalidated_at, frozen_at FROM {store.table('partitions')} "
        f"{_OF_MODELS} AND (invalidated_at IS NOT NULL OR frozen_at IS NOT NULL)",
        [sorted(schemes)],
    )
    for model, unit, part, along, *moments in rows:
        scheme = schemes[ModelName(model)]
        number = slice_number(scheme, part) if scheme.unit == unit else None
        for mark, at in zip(found, moments, strict=True):
            if number is not None and at is not None:
                found[mark].setdefault(ModelName(model), {})[number * STRIDE + along] = at
    return found

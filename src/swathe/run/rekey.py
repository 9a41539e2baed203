"""A table whose cut changed keeps its rows: records of the new cut are put in the place of those of the old one.

One transaction measures the table by its new partitions and writes their records, as built by the present logic from
the present inputs where that is so, else to be rebuilt. Readers of the table that had seen all of it are told so in
terms of the new cut, so that nothing of theirs is rebuilt either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swathe.engine.adapter import Session
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import named, rectangles
from swathe.plan.record import Former, InputRecord
from swathe.plan.recut import rekeyed
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import Versions
from swathe.run.changes import held_by
from swathe.run.step import Batch, Clock, attempt_of, record
from swathe.run.tables import Tables, input_versions
from swathe.sql.statements import ModelSql
from swathe.state.store import StateStore

RECUT = "recut"


@frozen
class Rekey:
    """What is to be done to one model. `readers` are the models that read it, as they are cut now."""

    spec: ModelSpec
    former: Former
    readers: Sequence[ModelSpec]
    sources: Mapping[InputName, Versions]
    run_id: str


def rekey(todo: Rekey, sql: ModelSql, tables: Tables, session: Session, store: StateStore, clock: Clock) -> IntervalSet:
    """Call inside a transaction. Gives the due partitions that need not be built. Raises StrayRowsError for rows that
    have no partition in the new cut, FrozenError where records are frozen.
    """
    spec, name = todo.spec, todo.spec.name
    started_at = clock()
    before = store.records({name: todo.former.scheme})[name]
    read = store.column_versions.recorded(reader.name for reader in todo.readers).get(InputName(name), ())
    before = tables.with_sets(name, todo.former.scheme, before, read, session, store)
    former = Former(todo.former.scheme, before)
    versions = input_versions(spec, tables, session, store, todo.sources, recorded=True)
    kept = rekeyed(spec, former, versions)
    held = held_by(sql, session, tables.engine)
    store.forget(name)
    for part in rectangles(held.partitions | kept):
        batch = Batch(spec, sql, part, RECUT, todo.run_id)
        record(batch, store, held, versions, 0.0, clock())
        rows = held.rows(part.partitions())
        store.write_attempt(attempt_of(batch, "succeeded", started_at, 0.0, row_count=rows))
    unsure = [named(part, spec.scheme) for part in rectangles(held.partitions - kept)]
    store.invalidate(name, unsure, "its cut changed", clock())
    now = tables.versions(name, spec.scheme, read, session, store)
    for reader in todo.readers:
        _tell(reader, spec.name, former, now, store)
    return kept


def _tell(reader: ModelSpec, name: ModelName, former: Former, now: Versions, store: StateStore) -> None:
    """Say what a reader has read of the table in terms of its new cut, where that is what the table still holds."""
    needed = next((entry for entry in reader.inputs if entry.name == InputName(name)), None)
    if needed is None:
        return
    known = former.records.versions
    found: list[tuple[int, InputRecord]] = []
    for ordinal, made in store.records({reader.name: reader.scheme})[reader.name].records.items():
        entry = next((entry for entry in made.inputs if entry.input == needed.name), None)
        if entry is None or entry.unit != known.unit:
            continue
        reading, then, after = needed.mapping.reading(ordinal), known.over(entry.columns), now.over(entry.columns)
        if reading is None or then is None or after is None:
            continue
        if entry.version == then.total(entry.reading.partitions(former.scheme)):
            version = after.total(reading.partitions(needed.mapping.input))
            found.append((ordinal, InputRecord(entry.input, now.unit, reading, version, entry.columns)))
    store.replace_inputs(reader.name, reader.scheme, InputName(name), found)

"""One batch: claim, then delete, insert, measure and record in one transaction. Nothing is visible before all is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from swathe.engine.adapter import Engine, Row, Session
from swathe.model.definition import InputName, ModelName
from swathe.partition.rectangle import NamedRectangle, Rectangle, named, overwritten
from swathe.plan.record import InputRecord, Record
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import MODULUS, Versions
from swathe.run.lists import refuse_frozen_rest
from swathe.run.prepare import create_view
from swathe.sql.statements import ModelSql
from swathe.state.attempts import Attempt
from swathe.state.claims import claimed
from swathe.state.store import StateStore

Clock = Callable[[], datetime]
"""The time now, naive UTC."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A rectangle of partitions of one model that one transaction writes."""

    spec: ModelSpec
    sql: ModelSql
    partitions: Rectangle
    reason: str
    run_id: str
    attempt: int = 1

    @property
    def keys(self) -> tuple[str, str]:
        return self.spec.scheme.key(self.partitions.first), self.spec.scheme.key(self.partitions.last)

    @property
    def replaced(self) -> NamedRectangle:
        """All records whose rows it overwrites."""
        return overwritten(self.partitions, self.spec.scheme)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a committed batch wrote. `seconds` is wall time."""

    rows: int
    seconds: float
    rows_outside: int | None


def run_batch(
    batch: Batch,
    engine: Engine,
    session: Session,
    store: StateStore,
    sources: Mapping[InputName, Versions],
    clock: Clock,
) -> BatchResult:
    """Write a batch and its records. Raises EngineError, and then nothing of the batch has been written."""
    started_at, start = clock(), perf_counter()
    with claimed(session, store, batch.run_id, batch.spec.name, [batch.replaced], started_at):
        store.refuse_frozen(batch.spec.name, batch.replaced)
        refuse_frozen_rest(batch.spec, batch.partitions, store)
        # Read before the rows are: a change that slips in between then shows as stale next time.
        versions = input_versions(batch.spec, store, sources)
        outside = _overwrite(batch, session)
        measured = _measure(batch, engine, session)
        seconds = perf_counter() - start
        rows = sum(count for count, _ in measured.values())
        record(batch, store, measured, versions, seconds, clock())
        store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=rows, rows_outside=outside))
    return BatchResult(rows, perf_counter() - start, outside)


def attempt_of(
    batch: Batch,
    status: str,
    started_at: datetime,
    seconds: float,
    *,
    row_count: int | None = None,
    rows_outside: int | None = None,
    error: str | None = None,
) -> Attempt:
    """The history entry of one try."""
    return Attempt(
        run_id=batch.run_id,
        model=batch.spec.name,
        keys=batch.keys,
        unit=batch.spec.scheme.unit,
        partitions=named(batch.partitions, batch.spec.scheme),
        fingerprint=batch.spec.fingerprint_at(batch.partitions.first),
        attempt=batch.attempt,
        reason=batch.reason,
        status=status,
        started_at=started_at,
        seconds=seconds,
        row_count=row_count,
        rows_outside=rows_outside,
        error=error,
    )


def _overwrite(batch: Batch, session: Session) -> int | None:
    overwrite = batch.sql.overwrite(batch.partitions)
    for statement in overwrite.statements:
        session.execute(statement)
    outside = session.query(overwrite.outside)[0][0] if overwrite.outside else None
    for statement in overwrite.cleanup:
        session.execute(statement)
    return outside


def _measure(batch: Batch, engine: Engine, session: Session) -> dict[int, tuple[int, int]]:
    """Row count and data version of each partition that holds rows."""
    checksum = engine.checksum_sql([column.name for column in batch.sql.logic.columns])
    return by_partition(batch.sql, session.query(batch.sql.measure(batch.partitions, checksum)))


def by_partition(sql: ModelSql, rows: Iterable[Row]) -> dict[int, tuple[int, int]]:
    """What was measured, by partition. Rows that have none are left out."""
    region = sql.region
    found: dict[int, tuple[int, int]] = {}
    for *buckets, count, version in rows:
        ordinal = 0 if region is None else region.ordinal_of(buckets)
        if ordinal is not None:
            before = found.get(ordinal, (0, 0))
            found[ordinal] = (before[0] + count, (before[1] + (version or 0)) % MODULUS)
    return found


def input_versions(
    spec: ModelSpec, store: StateStore, sources: Mapping[InputName, Versions]
) -> dict[InputName, Versions]:
    """What a model's inputs are now, of those that are watched. To be asked before any row is read."""
    found: dict[InputName, Versions] = {}
    for needed in spec.inputs:
        if not needed.is_model:
            if needed.name in sources:
                found[needed.name] = sources[needed.name]
            continue
        scheme = needed.mapping.input
        found[needed.name] = Versions.of(scheme.unit, store.versions(ModelName(needed.name), scheme))
    return found


def record(
    batch: Batch,
    store: StateStore,
    measured: Mapping[int, tuple[int, int]],
    versions: Mapping[InputName, Versions],
    seconds: float,
    now: datetime,
) -> None:
    """Replace the records of a batch. A partition that was not measured holds no rows. Writes state."""
    spec = batch.spec
    share = seconds / len(batch.partitions)
    records = []
    for ordinal in batch.partitions.ordinals():
        count, version = measured.get(ordinal, (0, 0))
        inputs = tuple(_inputs_of(spec, ordinal, versions))
        made = Record(
            ordinal, spec.fingerprint_at(ordinal), count, version, share, now, batch.run_id,
            planned_at=spec.planned_at, planned_stop=spec.planned_stop, inputs=inputs,
        )  # fmt: skip
        records.append(made)
    store.write_records(ModelName(spec.name), spec.scheme, batch.replaced, records)


def _inputs_of(spec: ModelSpec, ordinal: int, versions: Mapping[InputName, Versions]) -> list[InputRecord]:
    found = []
    for needed in spec.inputs:
        known = versions.get(needed.name)
        if known is None:
            continue
        reading = needed.mapping.reading(ordinal)
        if reading is None:  # the first partition of a table that reads itself
            continue
        version = known.total(reading.partitions(needed.mapping.input))
        found.append(InputRecord(needed.name, known.unit, reading, version))
    return found


def write_view(batch: Batch, engine: Engine, session: Session, store: StateStore, clock: Clock) -> BatchResult:
    """Create or replace a view and record its logic, in one transaction."""
    started_at, start = clock(), perf_counter()
    with session.transaction():
        create_view(batch.sql, engine, session)
        seconds = perf_counter() - start
        record = Record(0, batch.spec.fingerprint_at(0), 0, 0, seconds, clock(), batch.run_id)
        store.write_records(batch.spec.name, batch.spec.scheme, batch.replaced, [record])
        store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=0))
    return BatchResult(0, seconds, None)

"""One batch: claim, then delete, insert, measure and record in one transaction. Nothing is visible before all is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from swathe.engine.adapter import Engine, Session
from swathe.model.definition import InputName, ModelName, PartitionBy
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.record import InputRecord, Record
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import Versions
from swathe.sql import cut
from swathe.sql.statements import ModelSql
from swathe.state.claims import claimed
from swathe.state.store import Attempt, StateStore

Clock = Callable[[], datetime]
"""The time now, naive UTC."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of partitions of one model that one transaction writes."""

    spec: ModelSpec
    sql: ModelSql
    partitions: Interval
    reason: str
    run_id: str
    attempt: int = 1

    @property
    def keys(self) -> tuple[str, str]:
        return self.spec.scheme.key(self.partitions.start), self.spec.scheme.key(self.partitions.last)


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
    held = IntervalSet.of(batch.partitions)
    with claimed(session, store, batch.run_id, batch.spec.name, held, started_at):
        store.refuse_frozen(batch.spec.name, batch.partitions)
        # Read before the rows are: a change that slips in between then shows as stale next time.
        versions = input_versions(batch.spec, session, store, sources)
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
        partitions=batch.partitions,
        fingerprint=batch.spec.fingerprint_at(batch.partitions.start),
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
    rows = session.query(batch.sql.measure(batch.partitions, checksum))
    return {ordinal_of(batch.sql.partition_by, start): (count, version) for start, count, version in rows}


def ordinal_of(partition_by: PartitionBy | None, bucket: object) -> int:
    """The partition that a measure's first column tells of; 0 for a table in one piece."""
    return 0 if partition_by is None else cut.ordinal_of(partition_by.scheme, bucket) or 0


def input_versions(
    spec: ModelSpec, session: Session, store: StateStore, sources: Mapping[InputName, Versions]
) -> dict[InputName, Versions]:
    """What a model's inputs are now, of those that are watched. To be asked before any row is read."""
    found: dict[InputName, Versions] = {}
    for needed in spec.inputs:
        if not needed.is_model:
            if needed.name in sources:
                found[needed.name] = sources[needed.name]
            continue
        rows = session.query(
            f"SELECT ordinal, data_version FROM {store.table('partitions')} "
            "WHERE model = ? AND unit = ? AND row_count > 0",
            [needed.name, needed.mapping.input.unit],
        )
        found[needed.name] = Versions.of(needed.mapping.input.unit, ((row[0], row[1]) for row in rows))
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
    rows = []
    for ordinal in batch.partitions:
        count, version = measured.get(ordinal, (0, 0))
        inputs = tuple(_inputs_of(spec, ordinal, versions))
        made = Record(
            ordinal, spec.fingerprint_at(ordinal), count, version, share, now, batch.run_id,
            planned_at=spec.planned_at, inputs=inputs,
        )  # fmt: skip
        rows.append((spec.scheme.key(ordinal), made))
    store.write_records(ModelName(spec.name), spec.scheme.unit, batch.partitions, rows)


def _inputs_of(spec: ModelSpec, ordinal: int, versions: Mapping[InputName, Versions]) -> list[InputRecord]:
    found = []
    for needed in spec.inputs:
        known = versions.get(needed.name)
        if known is None:
            continue
        read = needed.mapping.reads(Interval(ordinal, ordinal + 1))
        if read is None and needed.own is not None:  # the first partition of a table that reads itself
            continue
        found.append(InputRecord(needed.name, known.unit, read, known.total(read)))
    return found

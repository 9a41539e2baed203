"""One batch: claim, then delete, insert, audit, measure, record in one transaction. Nothing is seen before all is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import perf_counter

from swathe.engine.adapter import Engine, Session
from swathe.frozen import frozen
from swathe.model.definition import InputName
from swathe.partition.rectangle import NamedRectangle, Rectangle, named, overwritten
from swathe.plan.record import Built, InputRecord, Record
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import Versions
from swathe.run.audits import AuditResult, audit_rows, refuse_bad_rows
from swathe.run.lists import refuse_frozen_rest
from swathe.run.news import nothing_known, refuse_news
from swathe.run.prepare import create_view
from swathe.run.tables import Held, Tables, input_versions, measure
from swathe.run.writing import writing_of
from swathe.sql.statements import ModelSql, Overwrite
from swathe.state.attempts import Attempt
from swathe.state.audits import write_audits
from swathe.state.claims import claimed
from swathe.state.store import StateStore, refuse_frozen

Clock = Callable[[], datetime]
"""The time now, naive UTC."""


@frozen
class Batch:
    """A rectangle of partitions of one model that one transaction writes. `known` is what had built each of them when
    the plan was made.
    """

    spec: ModelSpec
    sql: ModelSql
    partitions: Rectangle
    reason: str
    run_id: str
    attempt: int = 1
    known: Callable[[int], Built | None] = nothing_known

    @property
    def keys(self) -> tuple[str, str]:
        return self.spec.scheme.key(self.partitions.first), self.spec.scheme.key(self.partitions.last)

    @property
    def replaced(self) -> NamedRectangle:
        """All records whose rows it overwrites."""
        return overwritten(self.partitions, self.spec.scheme)


@frozen
class BatchResult:
    """What a committed batch wrote. `seconds` is wall time. `warnings` are the audits that found bad rows."""

    rows: int
    seconds: float
    rows_outside: int | None
    warnings: tuple[AuditResult, ...] = ()


def run_batch(
    batch: Batch,
    tables: Tables,
    session: Session,
    store: StateStore,
    sources: Mapping[InputName, Versions],
    clock: Clock,
) -> BatchResult:
    """Write a batch and its records.

    Raises HeldError while others build some of it, BuiltMeanwhileError where they have built some of it since the plan
    was made, AuditError where its rows are not as they must be, EngineError; and then nothing of the batch has been
    written.
    """
    started_at, start = clock(), perf_counter()
    spec = batch.spec
    with claimed(session, store, batch.run_id, spec.name, spec.scheme.unit, [batch.replaced]):
        store.tables.refuse_moved(spec.name, batch.sql.relation, spec.scheme.unit)
        standing = store.standing(spec.name, batch.replaced)
        refuse_frozen(spec.name, standing)
        refuse_frozen_rest(spec, batch.partitions, store)
        refuse_news(spec.name, spec.scheme, batch.partitions, standing, batch.known)
        # Read before the rows are: a change that slips in between then shows as stale next time.
        built = batch.partitions.partitions()
        versions = input_versions(spec, tables, session, store, sources, partitions=built)
        mark = f"{batch.run_id} {spec.name} {batch.partitions} {batch.attempt}"
        writing = writing_of(batch.sql, batch.partitions, spec.batch_limit, mark, tables.engine, session)
        outside = _overwrite(writing.overwrite, session)
        audited = refuse_bad_rows(writing.sql, batch.partitions, session)
        held = measure(writing.sql, batch.partitions, tables.engine, session)
        seconds = perf_counter() - start
        rows = held.rows()
        if standing:  # what goes with a record is never there without it
            store.delete_records(spec.name, batch.replaced)
        record(batch, store, held, versions, seconds, clock())
        store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=rows, rows_outside=outside))
        record_audits(batch, store, audited, clock())
        if writing.overwrite.exchange:  # last, since from here on readers wait
            session.exchange(writing.overwrite.exchange)
    return BatchResult(rows, perf_counter() - start, outside, _warnings(audited))


def record_audits(batch: Batch, store: StateStore, audited: Sequence[AuditResult], now: datetime) -> None:
    """Remember what the audits of a batch found. Writes state."""
    write_audits(store, audit_rows(audited, batch.run_id, batch.spec.name, batch.keys, len(batch.partitions), now))


def _warnings(audited: Iterable[AuditResult]) -> tuple[AuditResult, ...]:
    return tuple(result for result in audited if not result.passed)


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


def _overwrite(overwrite: Overwrite, session: Session) -> int | None:
    for statement in overwrite.statements:
        session.execute(statement)
    outside = session.query(overwrite.outside)[0][0] if overwrite.outside else None
    for statement in overwrite.cleanup:
        session.execute(statement)
    return outside


def record(
    batch: Batch,
    store: StateStore,
    held: Held,
    versions: Mapping[InputName, Versions],
    seconds: float,
    now: datetime,
) -> None:
    """Write the records of a batch, none of which are there. A partition that was not measured holds no rows. Writes
    state.
    """
    spec = batch.spec
    share = seconds / len(batch.partitions)
    ordinals = list(batch.partitions.ordinals())
    records = []
    for ordinal in ordinals:
        count, version = held.measured.get(ordinal, (0,))[0], held.version(ordinal)
        inputs = tuple(_inputs_of(spec, ordinal, versions))
        made = Record(
            ordinal, spec.fingerprint_at(ordinal), count, version, share, now, batch.run_id,
            planned_at=spec.planned_at, planned_stop=spec.planned_stop, inputs=inputs,
        )  # fmt: skip
        records.append(made)
    store.add_records(spec.name, spec.scheme, records, held.sets(ordinals))


def _inputs_of(spec: ModelSpec, ordinal: int, versions: Mapping[InputName, Versions]) -> list[InputRecord]:
    found = []
    for needed in spec.inputs:
        known = versions.get(needed.name)
        if known is None:
            continue
        reading = needed.mapping.reading(ordinal)
        if reading is None:  # the first partition of a table that reads itself
            continue
        columns = needed.columns_at(ordinal)
        if (over := known.over(columns)) is None:
            columns, over = None, known.over(None)
        if over is not None:
            version = over.total(reading.partitions(needed.mapping.input))
            found.append(InputRecord(needed.name, known.unit, reading, version, columns))
    return found


def write_view(batch: Batch, engine: Engine, session: Session, store: StateStore, clock: Clock) -> BatchResult:
    """Create or replace a view and record its logic, in one transaction. Raises EngineError, AuditError for one, and
    then the view is as it was.
    """
    started_at, start = clock(), perf_counter()
    with session.transaction():
        store.tables.lock(batch.spec.name)
        create_view(batch.sql, engine, session)
        audited = refuse_bad_rows(batch.sql, batch.partitions, session)
        seconds = perf_counter() - start
        record = Record(0, batch.spec.fingerprint_at(0), 0, 0, seconds, clock(), batch.run_id)
        store.write_records(batch.spec.name, batch.spec.scheme, batch.replaced, [record], {})
        store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=0))
        record_audits(batch, store, audited, clock())
    return BatchResult(0, seconds, None, _warnings(audited))

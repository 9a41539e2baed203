"""Walks a plan with bounded workers. One thread schedules; workers write batches, each with a session of its own.

A batch may start when everything that it reads is settled in this run. A failing batch is halved until the poisoned
partitions stand alone. What was in flight when the run is cancelled is rolled back.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock
from time import perf_counter
from typing import TypeVar

from swathe.engine.adapter import Engine, Session
from swathe.errors import StatementError, SwatheError, TransientError
from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.planner import Plan
from swathe.plan.record import ModelRecords, Record
from swathe.plan.verdict import changed_input
from swathe.plan.versions import Versions
from swathe.run.events import (
    BatchFinished,
    BatchSplit,
    BatchStarted,
    Event,
    Listener,
    PartitionsBlocked,
    PartitionsFailed,
    PartitionsSkipped,
    Retrying,
)
from swathe.run.prepare import Target, create_view, prepare
from swathe.run.progress import ModelProgress, PartitionFailure
from swathe.run.step import Batch, BatchResult, Clock, attempt_of, run_batch
from swathe.state.store import StateStore

Result = TypeVar("Result")

_RETRIES = 5
_FIRST_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to walk, not what."""

    run_id: str
    workers: int = 1
    newest_first: bool = False
    fail_fast: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, per model in plan order."""

    models: tuple[ModelProgress, ...]
    cancelled: bool
    seconds: float

    @property
    def failed(self) -> int:
        return sum(model.failed + model.blocked for model in self.models)


@dataclass(frozen=True, slots=True)
class _Job:
    """Work in flight. `partitions` None is the preparation of the model."""

    model: ModelName
    partitions: Interval | None
    started_at: datetime
    started: float
    attempt: int = 1


class Executor:
    """One run of one plan."""

    def __init__(
        self,
        plan: Plan,
        targets: Mapping[ModelName, Target],
        sources: Mapping[InputName, Versions],
        engine: Engine,
        state_schema: str,
        options: RunOptions,
        listener: Listener,
        clock: Clock,
    ) -> None:
        self._models = {model.spec.name: ModelProgress.of(model) for model in plan.models}
        self._targets = targets
        self._sources = sources
        self._engine = engine
        self._schema = state_schema
        self._options = options
        self._listener = listener
        self._listening = Lock()
        self._clock = clock
        self._sessions: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._all_sessions: list[Session] = []
        self._jobs: dict[Future[BatchResult | None], _Job] = {}
        self._stopping = False

    def run(self) -> Outcome:
        """Until everything is settled.

        A KeyboardInterrupt rolls back what is in flight and ends the run as cancelled.
        """
        started = perf_counter()
        cancelled = False
        for _ in range(self._options.workers + 1):
            session = self._engine.session()
            self._all_sessions.append(session)
            self._sessions.put(session)
        pool = ThreadPoolExecutor(self._options.workers, thread_name_prefix="swathe")
        try:
            self._schedule(pool)
            while self._jobs:
                done, _ = wait(self._jobs, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    self._settle(self._jobs.pop(future), future)
                self._schedule(pool)
        except KeyboardInterrupt:
            cancelled = True
            self._stop()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            if cancelled:
                self._settle_in_flight()
            for session in self._all_sessions:
                session.close()
        if not cancelled and not self._stopping and any(model.pending for model in self._models.values()):
            left = ", ".join(name for name, model in self._models.items() if model.pending)
            raise RuntimeError(f"the run came to a standstill with partitions left of {left}")
        return Outcome(tuple(self._models.values()), cancelled, perf_counter() - started)

    def _emit(self, event: Event) -> None:
        with self._listening, suppress(OSError):  # a run goes on when nobody can be told
            self._listener(event)

    def _stop(self) -> None:
        self._stopping = True
        for session in self._all_sessions:
            session.interrupt()

    def _settle_in_flight(self) -> None:
        """After a cancel: what had committed counts, the rest was rolled back."""
        for future, job in self._jobs.items():
            if future.cancelled() or future.exception() is not None or job.partitions is None:
                continue
            result = future.result()
            if result is not None:
                self._succeed(self._models[job.model], job.partitions, result)

    def _schedule(self, pool: ThreadPoolExecutor) -> None:
        if self._stopping:
            return
        for model in self._models.values():
            self._block(model)
            while len(self._jobs) < self._options.workers and (job := self._next_job(model)) is not None:
                self._start(pool, model, job)

    def _block(self, model: ModelProgress) -> None:
        while model.pending and (found := model.cut_off(self._models)) is not None:
            hit, by = found
            model.pending -= hit
            model.halves = [half for half in model.halves if half[0].start not in hit]
            model.unavailable |= hit
            model.blocked += hit.count
            self._emit(PartitionsBlocked(model.name, hit.count, by))

    def _next_job(self, model: ModelProgress) -> _Job | None:
        if not model.pending or model.preparing:
            return None
        ready = self._ready(model)
        if not ready:
            return None
        if not model.prepared:
            model.preparing = True
            return _Job(model.name, None, self._clock(), perf_counter())
        attempt = 1
        chunk: Interval | None
        if model.halves:
            chunk, attempt = model.halves.pop(0)
        else:
            chunk = model.next_chunk(ready, self._options.workers, newest_first=self._options.newest_first)
        if chunk is None:
            return None
        taken = IntervalSet.of(chunk)
        model.pending -= taken
        model.running |= taken
        return _Job(model.name, chunk, self._clock(), perf_counter(), attempt)

    def _ready(self, model: ModelProgress) -> IntervalSet:
        while True:
            waiting = model.pending - model.waiting(self._models)
            ready = self._without_current(model, waiting)
            # Where a table reads itself, a partition that turned out current lets the next one have its turn.
            if ready or not waiting:
                return ready

    def _without_current(self, model: ModelProgress, ready: IntervalSet) -> IntervalSet:
        """Judge again what may have turned out to be current, now that everything it reads is settled."""
        unsure = ready & model.maybe
        if not unsure:
            return ready
        model.maybe -= unsure
        session = self._sessions.get()
        try:
            store = StateStore(self._engine, session, self._schema)
            units = {model.name: model.spec.scheme.unit} | {
                ModelName(needed.name): needed.mapping.input.unit for needed in model.spec.inputs if needed.is_model
            }
            facts = store.records(units)
        finally:
            self._sessions.put(session)
        current = _still_current(model, unsure, facts, self._sources)
        if current:
            model.pending -= current
            model.skipped += current.count
            self._emit(PartitionsSkipped(model.name, current.count))
        return ready - current

    def _start(self, pool: ThreadPoolExecutor, model: ModelProgress, job: _Job) -> None:
        if job.partitions is None:
            self._jobs[pool.submit(self._prepare, model.name)] = job
            return
        batch = self._batch(model, job)
        self._emit(BatchStarted(model.name, *batch.keys, len(job.partitions)))
        self._jobs[pool.submit(self._write, batch)] = job

    def _batch(self, model: ModelProgress, job: _Job) -> Batch:
        partitions = job.partitions or Interval(0, 1)
        reasons = [work.reason for work in model.plan.work if work.partitions.overlaps(partitions)]
        reason = str(reasons[0]) if reasons else "requested"
        sql = self._targets[model.name].sql_at(partitions.start)
        return Batch(model.spec, sql, partitions, reason, self._options.run_id, job.attempt)

    def _prepare(self, name: ModelName) -> None:
        target = self._targets[name]
        self._patiently(name, lambda session, store: prepare(target, self._engine, session, store, self._clock()))

    def _write(self, batch: Batch) -> BatchResult:
        """In a worker: one batch."""
        name = batch.spec.name
        if self._targets[name].materialized is Materialized.VIEW:
            return self._patiently(
                name, lambda session, store: write_view(batch, self._engine, session, store, self._clock)
            )
        return self._patiently(
            name, lambda session, store: run_batch(batch, self._engine, session, store, self._sources, self._clock)
        )

    def _patiently(self, name: ModelName, action: Callable[[Session, StateStore], Result]) -> Result:
        """Do it with a session of its own, again while the error may pass."""
        session = self._sessions.get()
        try:
            store = StateStore(self._engine, session, self._schema)
            for attempt in count():
                try:
                    return action(session, store)
                except TransientError as error:
                    if attempt == _RETRIES or self._stopping:
                        raise
                    pause = _FIRST_WAIT_SECONDS * 2**attempt
                    self._emit(Retrying(name, error.message, pause))
                    time.sleep(pause)
            raise AssertionError("counting never ends")
        finally:
            self._sessions.put(session)

    def _settle(self, job: _Job, future: Future[BatchResult | None]) -> None:
        model = self._models[job.model]
        try:
            result = future.result()
        except SwatheError as error:
            if not self._stopping or self._options.fail_fast:
                self._fail(model, job, error)
            return
        if job.partitions is None:
            model.prepared, model.preparing = True, False
        elif result is not None:
            self._succeed(model, job.partitions, result)

    def _succeed(self, model: ModelProgress, partitions: Interval, result: BatchResult) -> None:
        model.running -= IntervalSet.of(partitions)
        model.succeeded += len(partitions)
        model.rows += result.rows
        model.seconds += result.seconds
        model.batch_size, model.batch_seconds = len(partitions), result.seconds
        keys = self._keys(model, partitions)
        self._emit(BatchFinished(model.name, *keys, len(partitions), result.rows, result.seconds, result.rows_outside))

    def _fail(self, model: ModelProgress, job: _Job, error: SwatheError) -> None:
        partitions = job.partitions
        if partitions is None or isinstance(error, StatementError):
            # Nothing about the data decided this, so every partition of the model would fail alike.
            model.preparing = False
            failed = model.pending | (IntervalSet() if partitions is None else IntervalSet.of(partitions))
            model.halves.clear()
            for run in failed:
                self._give_up(model, run, error, job)
            return
        if len(partitions) > 1:
            self._split(model, partitions, error, job)
            return
        self._give_up(model, partitions, error, job)

    def _split(self, model: ModelProgress, partitions: Interval, error: SwatheError, job: _Job) -> None:
        self._write_failure(model, partitions, error, job, "split")
        middle = (partitions.start + partitions.end) // 2
        halves = (Interval(partitions.start, middle), Interval(middle, partitions.end))
        model.halves = [(half, job.attempt + 1) for half in halves] + model.halves
        model.running -= IntervalSet.of(partitions)
        model.pending |= IntervalSet.of(partitions)
        self._emit(BatchSplit(model.name, *self._keys(model, partitions), len(partitions), error.message))

    def _give_up(self, model: ModelProgress, partitions: Interval, error: SwatheError, job: _Job) -> None:
        taken = IntervalSet.of(partitions)
        model.running -= taken
        model.pending -= taken
        model.unavailable |= taken
        keys = self._keys(model, partitions)
        text = error.message if error.hint is None else f"{error.message}\nhint: {error.hint}"
        model.failures.append(PartitionFailure(partitions, keys, text, job.attempt))
        self._write_failure(model, partitions, error, job, "failed")
        self._emit(PartitionsFailed(model.name, *keys, len(partitions), text))
        if self._options.fail_fast:
            self._stopping = True

    def _write_failure(
        self, model: ModelProgress, partitions: Interval, error: SwatheError, job: _Job, status: str
    ) -> None:
        session = self._sessions.get()
        try:
            batch = self._batch(model, _Job(job.model, partitions, job.started_at, job.started, job.attempt))
            seconds = perf_counter() - job.started
            store = StateStore(self._engine, session, self._schema)
            store.write_attempt(attempt_of(batch, status, job.started_at, seconds, error=error.message))
        finally:
            self._sessions.put(session)

    def _keys(self, model: ModelProgress, partitions: Interval) -> tuple[str, str]:
        return model.spec.scheme.key(partitions.start), model.spec.scheme.key(partitions.last)


def _still_current(
    model: ModelProgress,
    unsure: IntervalSet,
    facts: Mapping[ModelName, ModelRecords],
    sources: Mapping[InputName, Versions],
) -> IntervalSet:
    versions = dict(sources) | {InputName(name): records.versions for name, records in facts.items()}
    records = facts[model.name].records
    return IntervalSet.from_ordinals(
        ordinal
        for ordinal in unsure.ordinals()
        if ordinal in records and changed_input(model.spec, records[ordinal], versions) is None
    )


def write_view(batch: Batch, engine: Engine, session: Session, store: StateStore, clock: Clock) -> BatchResult:
    """Create or replace a view and record its logic, in one transaction."""
    started_at, start = clock(), perf_counter()
    with session.transaction():
        create_view(batch.sql, engine, session)
        seconds = perf_counter() - start
        record = Record(0, batch.spec.fingerprint_at(0), 0, 0, seconds, clock(), batch.run_id)
        store.write_records(batch.spec.name, batch.spec.scheme.unit, batch.partitions, [(batch.keys[0], record)])
        store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=0))
    return BatchResult(0, seconds, None)

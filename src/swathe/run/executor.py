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
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from threading import Lock
from time import perf_counter
from typing import TypeVar

from swathe.engine.adapter import Engine, Session
from swathe.errors import StatementError, SwatheError, TransientError
from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.plan.plan import Plan
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.strays import beside_versions, watchman
from swathe.plan.versions import Versions
from swathe.run.events import (
    BatchFinished,
    BatchSplit,
    BatchStarted,
    Event,
    Listener,
    PartitionsBlocked,
    PartitionsFailed,
    PartitionsKept,
    PartitionsSkipped,
    Retrying,
)
from swathe.run.outcome import Outcome, RunOptions
from swathe.run.prepare import Target, prepare, refuse_strays
from swathe.run.progress import ModelProgress, PartitionFailure, still_current
from swathe.run.rekey import Rekey, rekey
from swathe.run.step import Batch, BatchResult, Clock, attempt_of, run_batch, write_view
from swathe.run.tables import Tables, input_versions
from swathe.state.store import StateStore

Result = TypeVar("Result")

_RETRIES = 5
_FIRST_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Job:
    """Work in flight. `partitions` None is the preparation of the model, or of `checks` of its partitions."""

    model: ModelName
    partitions: Rectangle | None
    started_at: datetime
    started: float
    attempt: int = 1
    checks: IntervalSet = field(default_factory=IntervalSet)


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
        self._tables = Tables(engine, {name: target.sql for name, target in targets.items()})
        self._schema = state_schema
        self._options = options
        self._listener = listener
        self._listening = Lock()
        self._clock = clock
        self._sessions: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._all_sessions: list[Session] = []
        self._jobs: dict[Future[BatchResult | IntervalSet], _Job] = {}
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
            if isinstance(result, BatchResult):
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
            model.halves = [half for half in model.halves if half[0].first not in hit]
            model.unavailable |= hit
            model.blocked += hit.count
            self._emit(PartitionsBlocked(model.name, hit.count, by))

    def _next_job(self, model: ModelProgress) -> _Job | None:
        if not model.pending or model.preparing:
            return None
        ready = self._ready(model)
        if not ready:
            return None
        if not model.prepared or not ready & model.checked:
            model.preparing = True
            others = {name: other for name, other in self._models.items() if name != model.name}
            settled = model.pending - model.waiting(others)
            return _Job(model.name, None, self._clock(), perf_counter(), checks=settled)
        ready &= model.checked
        attempt = 1
        chunk: Rectangle | None
        if model.halves:
            chunk, attempt = model.halves.pop(0)
        else:
            chunk = model.next_chunk(ready, self._options.workers, newest_first=self._options.newest_first)
        if chunk is None:
            return None
        taken = chunk.partitions()
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
            facts = self._facts(model.spec, session, store)
        finally:
            self._sessions.put(session)
        current = still_current(model, unsure, facts, self._sources)
        if current:
            model.pending -= current
            model.skipped += current.count
            self._emit(PartitionsSkipped(model.name, current.count))
        return ready - current

    def _facts(self, spec: ModelSpec, session: Session, store: StateStore) -> dict[ModelName, ModelRecords]:
        """The records of a model and of those that it reads, over the columns that its records are about."""
        schemes = {spec.name: spec.scheme} | {
            ModelName(needed.name): needed.mapping.input for needed in spec.inputs if needed.is_model
        }
        with session.snapshot():
            read = store.column_versions.recorded([spec.name])
            return {
                name: self._tables.with_sets(name, schemes[name], known, read.get(InputName(name), ()), session, store)
                for name, known in store.records(schemes).items()
            }

    def _start(self, pool: ThreadPoolExecutor, model: ModelProgress, job: _Job) -> None:
        if job.partitions is None:
            self._jobs[pool.submit(self._prepare, model.name, job.checks)] = job
            return
        batch = self._batch(model, job)
        self._emit(BatchStarted(model.name, model.spec.scheme, job.partitions))
        self._jobs[pool.submit(self._write, batch)] = job

    def _batch(self, model: ModelProgress, job: _Job) -> Batch:
        partitions = job.partitions or Rectangle(Interval(0, 1))
        first = partitions.first
        reason = next((str(work.reason) for work in model.plan.work if first in work.partitions), "requested")
        sql = self._targets[model.name].sql_at(first)
        return Batch(model.spec, sql, partitions, reason, self._options.run_id, job.attempt)

    def _prepare(self, name: ModelName, checks: IntervalSet) -> IntervalSet:
        """In a worker. Gives the partitions that turn out to need no building.

        Rows that have no partition are looked for again where more of what is read was built since.
        """
        target, model = self._targets[name], self._models[name]
        former = model.plan.former
        watch = watchman(model.spec)
        watches = watch is not None and watch in checks
        looked_at = model.spec.due if watches else checks

        def action(session: Session, store: StateStore) -> IntervalSet:
            # Read before the rows are: a change that slips in between then shows next time.
            seen = self._seen(model.spec, session, store) if watches else {}
            kept = look(session, store)
            if watches:
                found = beside_versions(model.spec, seen)
                store.set_checked(name, {key: (seen[key].unit, found[key]) for key in found}, self._clock())
            return kept

        def look(session: Session, store: StateStore) -> IntervalSet:
            if model.prepared:
                refuse_strays(target, looked_at, session)
                return IntervalSet()
            keep_rows = None
            if former is not None:
                todo = Rekey(model.spec, former, model.plan.readers, self._sources, self._options.run_id)
                keep_rows = partial(rekey, todo, target.sql, self._tables, session, store, self._clock)
            planned = model.plan.partitions
            return prepare(target, looked_at, planned, self._engine, session, store, self._clock(), keep_rows)

        return self._patiently(name, action)

    def _seen(self, spec: ModelSpec, session: Session, store: StateStore) -> dict[InputName, Versions]:
        with session.snapshot():
            return input_versions(spec, self._tables, session, store, self._sources)

    def _write(self, batch: Batch) -> BatchResult:
        """In a worker: one batch."""
        name = batch.spec.name
        if self._targets[name].materialized is Materialized.VIEW:
            return self._patiently(
                name, lambda session, store: write_view(batch, self._engine, session, store, self._clock)
            )
        return self._patiently(
            name, lambda session, store: run_batch(batch, self._tables, session, store, self._sources, self._clock)
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

    def _settle(self, job: _Job, future: Future[BatchResult | IntervalSet]) -> None:
        model = self._models[job.model]
        try:
            result = future.result()
        except SwatheError as error:
            if not self._stopping or self._options.fail_fast:
                self._fail(model, job, error)
            return
        if isinstance(result, IntervalSet):
            model.prepared, model.preparing = True, False
            model.checked |= job.checks
            if kept := model.pending & result:
                model.pending -= kept
                model.skipped += kept.count
                self._emit(PartitionsKept(model.name, kept.count))
        elif job.partitions is not None:
            self._succeed(model, job.partitions, result)

    def _succeed(self, model: ModelProgress, partitions: Rectangle, result: BatchResult) -> None:
        model.running -= partitions.partitions()
        model.succeeded += len(partitions)
        model.rows += result.rows
        model.seconds += result.seconds
        model.batch_size, model.batch_seconds = len(partitions), result.seconds
        wrote = (result.rows, result.seconds, result.rows_outside)
        self._emit(BatchFinished(model.name, model.spec.scheme, partitions, *wrote))

    def _fail(self, model: ModelProgress, job: _Job, error: SwatheError) -> None:
        partitions = job.partitions
        if partitions is None or isinstance(error, StatementError):
            # Nothing about the data decided this, so every partition of the model would fail alike.
            model.preparing = False
            failed = model.pending | (IntervalSet() if partitions is None else partitions.partitions())
            model.halves.clear()
            for part in rectangles(failed):
                self._give_up(model, part, error, job)
            return
        if len(partitions) > 1:
            self._split(model, partitions, error, job)
            return
        self._give_up(model, partitions, error, job)

    def _split(self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job) -> None:
        self._write_failure(model, partitions, error, job, "split")
        model.halves = [(half, job.attempt + 1) for half in partitions.halves()] + model.halves
        model.running -= partitions.partitions()
        model.pending |= partitions.partitions()
        self._emit(BatchSplit(model.name, model.spec.scheme, partitions, error.message))

    def _give_up(self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job) -> None:
        taken = partitions.partitions()
        model.running -= taken
        model.pending -= taken
        model.unavailable |= taken
        keys = self._keys(model, partitions)
        text = error.message if error.hint is None else f"{error.message}\nhint: {error.hint}"
        model.failures.append(PartitionFailure(partitions, keys, text, job.attempt))
        self._write_failure(model, partitions, error, job, "failed")
        self._emit(PartitionsFailed(model.name, model.spec.scheme, partitions, text))
        if self._options.fail_fast:
            self._stopping = True

    def _write_failure(
        self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job, status: str
    ) -> None:
        session = self._sessions.get()
        try:
            batch = self._batch(model, _Job(job.model, partitions, job.started_at, job.started, job.attempt))
            seconds = perf_counter() - job.started
            store = StateStore(self._engine, session, self._schema)
            store.write_attempt(attempt_of(batch, status, job.started_at, seconds, error=error.message))
        finally:
            self._sessions.put(session)

    def _keys(self, model: ModelProgress, partitions: Rectangle) -> tuple[str, str]:
        return model.spec.scheme.key(partitions.first), model.spec.scheme.key(partitions.last)

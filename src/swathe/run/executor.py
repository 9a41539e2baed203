"""Walks a plan with bounded workers. One thread schedules; workers write batches, each with a session of its own.

A batch may start when everything that it reads is settled in this run. A failing batch is halved until the poisoned
partitions stand alone. Partitions that another run builds are waited for, and judged anew once it has. What was in
flight when the run is cancelled is rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from functools import partial
from threading import Event, Lock
from time import perf_counter

from swathe.errors import ResourceError, StatementError, SwatheError, TransientError
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.plan.plan import Plan
from swathe.plan.record import Built
from swathe.run import events
from swathe.run.audits import AuditsFailedError
from swathe.run.elsewhere import held_partitions
from swathe.run.events import Listener
from swathe.run.news import BuiltMeanwhileError
from swathe.run.outcome import Outcome, RunOptions
from swathe.run.patience import Patience
from swathe.run.progress import ModelProgress, PartitionFailure, still_current
from swathe.run.step import Batch, BatchResult, Clock, attempt_of
from swathe.run.worker import Site, Workers
from swathe.state.claims import HeldError

_POLL_SECONDS = 0.5
_INTERRUPT_SECONDS = 0.2


@frozen
class _Job:
    """Work in flight. `partitions` None is the preparation of the model, or of `checks` of its partitions."""

    model: ModelName
    partitions: Rectangle | None
    started_at: datetime
    started: float
    attempt: int = 1
    checks: IntervalSet = field(default_factory=IntervalSet)


class Executor:
    """One run of one plan. `built` is what had built the partitions of the plan when it was made."""

    def __init__(
        self,
        plan: Plan,
        built: Mapping[ModelName, Mapping[int, Built]],
        site: Site,
        options: RunOptions,
        listener: Listener,
        clock: Clock,
    ) -> None:
        self._models = {
            model.spec.name: ModelProgress.of(model, built.get(model.spec.name, {})) for model in plan.models
        }
        self._options = options
        self._listener = listener
        self._listening = Lock()
        self._clock = clock
        self._stopping = Event()
        self._site = site
        self._workers = Workers(site, options.run_id, Patience(self._stopping), self._retrying, clock)
        self._jobs: dict[Future[BatchResult | IntervalSet], _Job] = {}

    def run(self) -> Outcome:
        """Until everything is settled.

        A KeyboardInterrupt rolls back what is in flight and ends the run as cancelled.
        """
        started = perf_counter()
        cancelled = False
        self._workers.open(self._options.workers + 1)
        pool = ThreadPoolExecutor(self._options.workers, thread_name_prefix="swathe")
        try:
            self._schedule(pool)
            while self._jobs or self._is_waiting():
                self._wait()
                self._schedule(pool)
        except KeyboardInterrupt:
            cancelled = True
            self._stop(pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            if cancelled:
                self._settle_in_flight()
            self._workers.close()
        if not self._stopping.is_set() and any(model.pending for model in self._models.values()):
            left = ", ".join(name for name, model in self._models.items() if model.pending)
            raise RuntimeError(f"the run came to a standstill with partitions left of {left}")
        return Outcome(tuple(self._models.values()), cancelled, perf_counter() - started)

    def _wait(self) -> None:
        """For a job to end, or for the time to ask again for what others hold."""
        now = perf_counter()
        times = [model.elsewhere.again_at - now for model in self._models.values() if model.elsewhere.held]
        pause = max(0.0, min([_POLL_SECONDS, *times]))
        if not self._jobs:
            time.sleep(pause)
            return
        done, _ = wait(self._jobs, timeout=pause, return_when=FIRST_COMPLETED)
        for future in done:
            self._settle(self._jobs.pop(future), future)

    def _is_waiting(self) -> bool:
        """Whether there is nothing to do only since others hold what is left."""
        return not self._stopping.is_set() and any(
            model.pending and model.elsewhere.held for model in self._models.values()
        )

    def _emit(self, event: events.Event) -> None:
        with self._listening, suppress(OSError):  # a run goes on when nobody can be told
            self._listener(event)

    def _retrying(self, name: ModelName, error: TransientError, pause: float) -> None:
        self._emit(events.Retrying(name, error.message, pause))

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """Interrupt again and again: what is between two statements now would begin the next one."""
        self._stopping.set()
        pool.shutdown(wait=False, cancel_futures=True)
        # Of a future that was cancelled before it ran, `wait` never says that it is done.
        while running := [future for future in self._jobs if not future.done()]:
            self._workers.interrupt()
            wait(running, timeout=_INTERRUPT_SECONDS)

    def _settle_in_flight(self) -> None:
        """After a cancel: what had committed counts, the rest was rolled back."""
        for future, job in self._jobs.items():
            if future.cancelled() or future.exception() is not None or job.partitions is None:
                continue
            result = future.result()
            if isinstance(result, BatchResult):
                self._succeed(self._models[job.model], job.partitions, result)

    def _schedule(self, pool: ThreadPoolExecutor) -> None:
        if self._stopping.is_set():
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
            self._emit(events.PartitionsBlocked(model.name, hit.count, by))

    def _next_job(self, model: ModelProgress) -> _Job | None:
        if not model.pending or model.preparing:
            return None
        held = model.elsewhere.held_at(perf_counter())
        if not model.pending - held or not (ready := self._ready(model) - held):
            return None
        if not model.prepared or not ready & model.checked:
            model.preparing = True
            others = {name: other for name, other in self._models.items() if name != model.name}
            settled = model.pending - model.waiting(others)
            return _Job(model.name, None, self._clock(), perf_counter(), checks=settled)
        chosen = model.next_batch(ready & model.checked, self._options.workers, newest_first=self._options.newest_first)
        if chosen is None:
            return None
        partitions, attempt = chosen
        taken = partitions.partitions()
        model.pending -= taken
        model.running |= taken
        return _Job(model.name, partitions, self._clock(), perf_counter(), attempt)

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
        facts = self._workers.facts(model.spec)
        current = still_current(model, unsure, facts, self._site.sources)
        records = facts[model.name]
        own = model.elsewhere.judged(unsure, current, records, model.built, self._options.run_id)
        model.pending -= current
        if current:
            model.elsewhere.went_on()
        if skipped := (current - own).count:
            model.skipped += skipped
            self._emit(events.PartitionsSkipped(model.name, skipped))
        for part in rectangles(own):
            built = [records.records[ordinal] for ordinal in part.ordinals()]
            rows, seconds = sum(record.row_count for record in built), sum(record.seconds for record in built)
            self._succeed(model, part, BatchResult(rows, seconds, None))
        return ready - current

    def _start(self, pool: ThreadPoolExecutor, model: ModelProgress, job: _Job) -> None:
        if job.partitions is None:
            todo = partial(self._workers.prepare, model.plan, job.checks, prepared=model.prepared)
            self._jobs[pool.submit(todo)] = job
            return
        batch = self._batch(model, job.partitions, job.attempt)
        self._emit(events.BatchStarted(model.name, model.spec.scheme, job.partitions))
        self._jobs[pool.submit(self._workers.write, batch)] = job

    def _batch(self, model: ModelProgress, partitions: Rectangle, attempt: int) -> Batch:
        first = partitions.first
        reason = next((str(work.reason) for work in model.plan.work if first in work.partitions), "requested")
        sql = self._site.targets[model.name].sql_at(first)
        return Batch(model.spec, sql, partitions, reason, self._options.run_id, attempt, model.known)

    def _settle(self, job: _Job, future: Future[BatchResult | IntervalSet]) -> None:
        model = self._models[job.model]
        try:
            result = future.result()
        except HeldError as error:
            self._put_back(model, job)
            self._held(model, job, error)
        except BuiltMeanwhileError:
            self._put_back(model, job)
            model.maybe |= model.pending
        except SwatheError as error:
            if not self._stopping.is_set() or self._options.fail_fast:
                self._fail(model, job, error)
        else:
            if isinstance(result, IntervalSet):
                self._prepared(model, job, result)
            elif job.partitions is not None:
                self._succeed(model, job.partitions, result)

    def _put_back(self, model: ModelProgress, job: _Job) -> None:
        """What was not begun."""
        if job.partitions is None:
            model.preparing = False
            return
        taken = job.partitions.partitions()
        model.running -= taken
        model.pending |= taken
        if job.attempt > 1:
            model.halves.insert(0, (job.partitions, job.attempt))

    def _held(self, model: ModelProgress, job: _Job, error: HeldError) -> None:
        """Wait for what others hold, or leave it to them."""
        scheme = model.spec.scheme
        held = model.pending
        if job.partitions is not None:
            held = held_partitions(job.partitions, scheme, error.holders)
        left = not self._options.waits
        by = tuple(dict.fromkeys(str(holder) for holder in error.holders))
        if left or not model.elsewhere.told.issuperset(by):
            model.elsewhere.told.update(by)
            self._emit(events.PartitionsHeld(model.name, scheme, held, by, left))
        if left:
            model.pending -= held
            model.halves = [half for half in model.halves if not half[0].partitions() & held]
            model.unavailable |= held
            model.elsewhere.left |= held
        else:
            model.elsewhere.hold(held, perf_counter())

    def _prepared(self, model: ModelProgress, job: _Job, kept: IntervalSet) -> None:
        model.prepared, model.preparing = True, False
        model.checked |= job.checks
        if kept := model.pending & kept:
            model.pending -= kept
            model.skipped += kept.count
            self._emit(events.PartitionsKept(model.name, kept.count))

    def _succeed(self, model: ModelProgress, partitions: Rectangle, result: BatchResult) -> None:
        model.running -= partitions.partitions()
        model.succeeded += len(partitions)
        model.rows += result.rows
        model.seconds += result.seconds
        model.warnings += result.warnings
        model.batch_size, model.batch_seconds = len(partitions), result.seconds
        model.elsewhere.went_on()
        wrote = (result.rows, result.seconds, result.rows_outside)
        self._emit(events.BatchFinished(model.name, model.spec.scheme, partitions, *wrote))

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
        if len(partitions) > 1 and not isinstance(error, ResourceError | TransientError):
            self._split(model, partitions, error, job)
            return
        self._give_up(model, partitions, error, job)

    def _split(self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job) -> None:
        self._write_failure(model, partitions, error, job, "split")
        model.halves = [(half, job.attempt + 1) for half in partitions.halves()] + model.halves
        model.running -= partitions.partitions()
        model.pending |= partitions.partitions()
        self._emit(events.BatchSplit(model.name, model.spec.scheme, partitions, error.message))

    def _give_up(self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job) -> None:
        taken = partitions.partitions()
        model.running -= taken
        model.pending -= taken
        model.unavailable |= taken
        keys = (model.spec.scheme.key(partitions.first), model.spec.scheme.key(partitions.last))
        text = error.message if error.hint is None else f"{error.message}\nhint: {error.hint}"
        model.failures.append(PartitionFailure(partitions, keys, text, job.attempt))
        self._write_failure(model, partitions, error, job, "failed")
        self._emit(events.PartitionsFailed(model.name, model.spec.scheme, partitions, text))
        if self._options.fail_fast:
            self._stopping.set()

    def _write_failure(
        self, model: ModelProgress, partitions: Rectangle, error: SwatheError, job: _Job, status: str
    ) -> None:
        batch = self._batch(model, partitions, job.attempt)
        seconds = perf_counter() - job.started
        text = self._options.redact(error.message)
        audited = error.results if isinstance(error, AuditsFailedError) and status == "failed" else ()
        attempt = attempt_of(batch, status, job.started_at, seconds, error=text)
        self._workers.write_failure(batch, attempt, audited)

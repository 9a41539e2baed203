"""What is done in worker threads, each time with a session of its own: preparing a model, writing a batch."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from swathe.engine.adapter import Engine, Session
from swathe.errors import TransientError
from swathe.frozen import frozen
from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.interval import IntervalSet
from swathe.plan.plan import ModelPlan
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.strays import beside_versions, watchman
from swathe.plan.versions import Versions
from swathe.run.audits import AuditResult
from swathe.run.patience import Patience
from swathe.run.prepare import Preparation, Target, prepare, refuse_strays
from swathe.run.rekey import Rekey, rekey
from swathe.run.step import Batch, BatchResult, Clock, record_audits, run_batch, write_view
from swathe.run.tables import Tables, input_versions
from swathe.state.attempts import Attempt
from swathe.state.store import StateStore

Result = TypeVar("Result")
Tell = Callable[[ModelName, TransientError, float], None]


@frozen
class Site:
    """What a plan is run on: every model's table, the sources as they were observed, and the warehouse."""

    targets: Mapping[ModelName, Target]
    sources: Mapping[InputName, Versions]
    engine: Engine
    state_schema: str


class Workers:
    """The hands of one run. Its methods may be called from several threads."""

    def __init__(self, site: Site, run_id: str, patience: Patience, tell: Tell, clock: Clock) -> None:
        self._site = site
        self._engine = site.engine
        self._tables = Tables(site.engine, {name: target.sql for name, target in site.targets.items()})
        self._run_id = run_id
        self._patience = patience
        self._tell = tell
        self._clock = clock
        self._sessions: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._all_sessions: list[Session] = []

    def open(self, sessions: int) -> None:
        for _ in range(sessions):
            session = self._engine.session()
            self._all_sessions.append(session)
            self._sessions.put(session)

    def close(self) -> None:
        for session in self._all_sessions:
            session.close()

    def interrupt(self) -> None:
        """Stop the statements that are running now."""
        for session in self._all_sessions:
            session.interrupt()

    def prepare(self, plan: ModelPlan, checks: IntervalSet, *, prepared: bool) -> IntervalSet:
        """Gives the partitions that turn out to need no building.

        Rows that have no partition are looked for again where more of what is read was built since.
        """
        spec, name = plan.spec, plan.spec.name
        target = self._site.targets[name]
        watch = watchman(spec)
        watches = watch is not None and watch in checks
        looked_at = spec.due if watches else checks

        def action(session: Session, store: StateStore) -> IntervalSet:
            # Read before the rows are: a change that slips in between then shows next time.
            seen = self._seen(spec, session, store) if watches else {}
            kept = look(session, store)
            if watches:
                found = beside_versions(spec, seen)
                with session.transaction():
                    store.tables.lock(name)
                    store.set_checked(name, {key: (seen[key].unit, found[key]) for key in found}, self._clock())
            return kept

        def look(session: Session, store: StateStore) -> IntervalSet:
            if prepared:
                refuse_strays(target, looked_at, session)
                return IntervalSet()
            keep_rows = None
            if plan.former is not None:
                rekeyed = Rekey(spec, plan.former, plan.readers, self._site.sources, self._run_id)
                keep_rows = partial(rekey, rekeyed, target.sql, self._tables, session, store, self._clock)
            todo = Preparation(target, looked_at, plan.partitions, keep_rows)
            return prepare(todo, self._engine, session, store, self._run_id, self._clock())

        return self._patiently(name, action)

    def write(self, batch: Batch) -> BatchResult:
        """One batch."""
        name = batch.spec.name
        if self._site.targets[name].materialized is Materialized.VIEW:
            return self._patiently(
                name, lambda session, store: write_view(batch, self._engine, session, store, self._clock)
            )
        return self._patiently(
            name, lambda session, store: run_batch(batch, self._tables, session, store, self._site.sources, self._clock)
        )

    def write_failure(self, batch: Batch, attempt: Attempt, audited: Sequence[AuditResult]) -> None:
        """A try that failed, and what audits found in it."""

        def action(session: Session, store: StateStore) -> None:
            with session.transaction():
                store.write_attempt(attempt)
                record_audits(batch, store, audited, self._clock())

        self._patiently(attempt.model, action)

    def facts(self, spec: ModelSpec) -> dict[ModelName, ModelRecords]:
        """The records of a model and of those that it reads, over the columns that its records are about."""
        schemes = {spec.name: spec.scheme} | {
            ModelName(needed.name): needed.mapping.input for needed in spec.inputs if needed.is_model
        }

        def action(session: Session, store: StateStore) -> dict[ModelName, ModelRecords]:
            with session.snapshot():
                read = store.column_versions.recorded([spec.name])
                return {
                    name: self._tables.with_sets(
                        name, schemes[name], known, read.get(InputName(name), ()), session, store
                    )
                    for name, known in store.records(schemes).items()
                }

        return self._patiently(spec.name, action)

    def _seen(self, spec: ModelSpec, session: Session, store: StateStore) -> dict[InputName, Versions]:
        with session.snapshot():
            return input_versions(spec, self._tables, session, store, self._site.sources)

    def _patiently(self, name: ModelName, action: Callable[[Session, StateStore], Result]) -> Result:
        """Do it with a session of its own, again while the error may pass."""
        session = self._sessions.get()
        try:
            store = StateStore(self._engine, session, self._site.state_schema)
            return self._patience.attempt(
                lambda: action(session, store), lambda error, pause: self._tell(name, error, pause)
            )
        finally:
            self._sessions.put(session)

"""`backfill`: plan, then run the plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Set
from dataclasses import asdict, replace
from datetime import UTC, datetime

from swathe.api.columns import built_anew
from swathe.api.door import Door
from swathe.api.facts import what_built
from swathe.api.plan import Choice, Planned, plan_in
from swathe.api.specs import model_tables, model_targets
from swathe.api.stored import logic_schema
from swathe.api.workspace import (
    ProjectOptions,
    Warehouse,
    Workspace,
    ensure_state,
    has_warehouse,
    load,
    open_warehouse,
)
from swathe.errors import SelectionError
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import IntervalSet
from swathe.plan.versions import ColumnSet
from swathe.run.events import Listener, RunStarted
from swathe.run.executor import Executor
from swathe.run.heartbeat import heartbeat
from swathe.run.outcome import Outcome, RunOptions
from swathe.run.patience import Patience
from swathe.run.worker import Site
from swathe.sql.fingerprint import canonical_form
from swathe.state.logic import StoredLogic
from swathe.state.runs import Run, RunHistory
from swathe.state.store import StateStore
from swathe.state.watch import Observation, remember


@frozen
class BackfillOptions:
    """How to run a plan. `workers` None leaves it to the profile and the engine. `waits` for partitions that other runs
    build, else leaves them to those.
    """

    workers: int | None = None
    newest_first: bool = False
    fail_fast: bool = False
    reason: str | None = None
    command: str = "backfill"
    waits: bool = True


@frozen
class Backfilled:
    """What a backfill did. `run_id` and `outcome` are None when there was nothing to do or it was declined."""

    planned: Planned
    run_id: str | None
    outcome: Outcome | None
    declined: bool = False


def backfill(
    options: ProjectOptions,
    choice: Choice,
    how: BackfillOptions,
    confirm: Callable[[Planned], bool],
    listener: Listener,
) -> Backfilled:
    """Bring partitions up to date. Writes the warehouse. `confirm` sees the plan before anything is written."""
    with Door(writes=True) as door:
        return _backfill(load(options, door), door, choice, how, confirm, listener)


def _backfill(
    workspace: Workspace,
    door: Door,
    choice: Choice,
    how: BackfillOptions,
    confirm: Callable[[Planned], bool],
    listener: Listener,
) -> Backfilled:
    selected = workspace.select(choice.select, choice.exclude)
    planned: Planned | None = None
    if not has_warehouse(workspace):
        # Planned against nothing first, so that what can't be planned or is declined leaves no warehouse behind.
        with open_warehouse(workspace, read_only=True, door=door) as nothing:
            planned = plan_in(workspace, nothing, selected, choice)
        if (settled := _settled(planned, confirm)) is not None:
            return settled
    with open_warehouse(workspace, read_only=False, door=door) as warehouse:
        store = warehouse.store
        patience = Patience()
        if store is not None:
            patience.attempt(RunHistory(store, warehouse.session).bury_dead)
        if planned is None or store is not None:
            planned = patience.attempt(lambda: plan_in(workspace, warehouse, selected, choice, recall=what_built))
            if (settled := _settled(planned, confirm)) is not None:
                if store is not None and not settled.declined:
                    _remember(planned, warehouse, store)
                return settled
        store = patience.attempt(lambda: ensure_state(workspace, warehouse))
        return _run(planned, choice, replace(warehouse, store=store), store, how, confirm, listener)


def _settled(planned: Planned, confirm: Callable[[Planned], bool]) -> Backfilled | None:
    """The outcome when there is nothing to run."""
    if not planned.plan.partitions:
        return Backfilled(planned, None, None)
    return None if confirm(planned) else Backfilled(planned, None, None, declined=True)


def _run(
    planned: Planned,
    choice: Choice,
    warehouse: Warehouse,
    store: StateStore,
    how: BackfillOptions,
    confirm: Callable[[Planned], bool],
    listener: Listener,
) -> Backfilled:
    history = RunHistory(store, warehouse.session)
    started_at = clock()
    run = Run(
        run_id=new_run_id(started_at),
        started_at=started_at,
        ended_at=None,
        status="running",
        command=how.command,
        reason=how.reason,
        target=planned.workspace.profile.target,
        partitions=planned.plan.partitions,
        succeeded=0,
        failed=0,
        row_count=0,
    )
    settings = planned.workspace.settings
    _remember(planned, warehouse, store)
    Patience().attempt(lambda: history.start(run, settings.lease_seconds))
    listener(RunStarted(run.run_id, run.partitions, _estimate(planned)))
    status = "crashed"
    outcome: Outcome | None = None
    try:
        with heartbeat(warehouse.engine, settings.state_schema, run.run_id, settings.lease_seconds):
            outcome = _execute(
                planned, warehouse, store, run, how, listener, built_anew(planned.plan, full=choice.full)
            )
            following: Planned | None = planned
            while (
                following and (following := _found_since(following, outcome, choice, warehouse)) and confirm(following)
            ):
                run = replace(run, partitions=run.partitions + following.plan.partitions)
                listener(RunStarted(run.run_id, run.partitions, None))
                _remember(following, warehouse, store)
                outcome = outcome.joined(_execute(following, warehouse, store, run, how, listener))
            status = "cancelled" if outcome.cancelled else "failed" if outcome.failed else "succeeded"
    finally:
        _end(history, run, outcome, status)
    return Backfilled(planned, run.run_id, outcome)


def _remember(planned: Planned, warehouse: Warehouse, store: StateStore) -> None:
    Patience().attempt(lambda: remember_all(warehouse, store, planned.observations))


def _end(history: RunHistory, run: Run, outcome: Outcome | None, status: str) -> None:
    models = outcome.models if outcome else ()
    ended = replace(
        run,
        ended_at=clock(),
        status=status,
        succeeded=sum(model.succeeded for model in models),
        failed=sum(model.failed for model in models),
        row_count=sum(model.rows for model in models),
    )
    Patience().attempt(lambda: history.end(ended))


def _execute(
    planned: Planned,
    warehouse: Warehouse,
    store: StateStore,
    run: Run,
    how: BackfillOptions,
    listener: Listener,
    anew: Set[ModelName] = frozenset(),
) -> Outcome:
    workspace = planned.workspace
    patience = Patience()
    patience.attempt(lambda: _complete(planned, warehouse, store, run.run_id))
    patience.attempt(lambda: _save_logic(planned, warehouse, store))
    executor = Executor(
        planned.plan,
        planned.built_before,
        Site(
            model_targets(workspace, warehouse.engine, planned.records, planned.cuts, anew),
            planned.sources,
            warehouse.engine,
            workspace.settings.state_schema,
        ),
        RunOptions(
            run.run_id,
            how.workers or workspace.profile.threads or 1,
            how.newest_first,
            how.fail_fast,
            how.waits,
            workspace.profile.redact,
        ),
        listener,
        clock,
    )
    return executor.run()


def _save_logic(planned: Planned, warehouse: Warehouse, store: StateStore) -> None:
    working = [model.spec.name for model in planned.plan.models if model.work]
    with warehouse.session.transaction():
        save_logic(planned.workspace, working, store, clock())


def _complete(planned: Planned, warehouse: Warehouse, store: StateStore, run_id: str) -> None:
    """Measure what is not known over the columns that a new or changed reader reads, once and for all. Partitions that
    the plan builds are measured then.
    """
    workspace, session = planned.workspace, warehouse.session
    tables = model_tables(workspace, warehouse.engine, planned.cuts)
    working = [model.spec for model in planned.plan.models if model.work]
    recorded = store.column_versions.recorded(spec.name for spec in working)
    wanted: dict[ModelName, dict[ColumnSet | None, None]] = {}
    for spec in working:
        for needed in spec.inputs:
            if needed.is_model:
                read = (*needed.all_columns, *recorded.get(needed.name, ()))
                wanted.setdefault(ModelName(needed.name), {}).update(dict.fromkeys(read))
    built = {model.spec.name: model.partitions - model.maybe for model in planned.plan.models}
    for name, sets in wanted.items():
        if planned.records.get(name) is not None and planned.records[name].built:
            but = built.get(name, IntervalSet())
            tables.complete(name, planned.cuts.of(name), sets, but, run_id, session, store)


def _found_since(planned: Planned, outcome: Outcome, choice: Choice, warehouse: Warehouse) -> Planned | None:
    """What there is to do in models whose partitions are found by a query over something that was just built, and in
    those that read them. None when nothing is, or when the run did not go well.
    """
    if outcome.failed or outcome.cancelled:
        return None
    workspace = planned.workspace
    built = {model.name for model in outcome.models if model.succeeded}
    asked = {model.spec.name for model in planned.plan.models}
    found = {
        name
        for name, model in workspace.project.models.items()
        if name in asked and any(ModelName(read) in built for query in model.queries.values() for read in query.reads)
    }
    graph = workspace.project.definition.graph
    reached = found.union(*(graph.downstream(name) for name in found))
    names = [name for name in graph.order if name in reached & asked]
    if not names:
        return None
    try:
        again = replace(choice, full=False)
        following = Patience().attempt(lambda: plan_in(workspace, warehouse, names, again, recall=what_built))
    except SelectionError:  # there is still no partition where one was asked for
        return None
    return following if following.plan.partitions else None


def clock() -> datetime:
    """Now, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_run_id(now: datetime) -> str:
    """Sorts by time and is unlike any other: a UUID of version 7, shortened to its time and 32 random bits."""
    from secrets import token_hex

    return f"{now:%Y%m%dT%H%M%S}-{token_hex(4)}"


def _estimate(planned: Planned) -> float | None:
    """Seconds for the whole plan from history; None when any model has none."""
    total = 0.0
    for model in planned.plan.models:
        if model.partitions and model.seconds_each is None:
            return None
        total += model.partitions.count * (model.seconds_each or 0.0)
    return total


def remember_all(warehouse: Warehouse, store: StateStore, observations: Iterable[Observation]) -> None:
    """Store what was measured of sources. Writes state."""
    changed = [entry for entry in observations if entry.fresh or entry.stamps or entry.gone]
    if changed:
        with warehouse.session.transaction():
            warehouse.session.lock(store.lock_name("sources", ""))
            for observation in changed:
                remember(observation, warehouse.session, store)


def save_logic(workspace: Workspace, models: Iterable[ModelName], store: StateStore, now: datetime) -> None:
    """Store the present logic of models, from which on their tables are swathe's own. Call inside a transaction. Writes
    state.
    """
    project = workspace.project
    entries: list[StoredLogic] = []
    configs: dict[ModelName, str] = {}
    for name in models:
        compiled = project.models[name]
        configs[compiled.name] = json.dumps(asdict(compiled.config), default=str, sort_keys=True)
        entries += [
            StoredLogic(
                compiled.name,
                variant.logic.fingerprint,
                canonical_form(),
                variant.logic.sql,
                logic_schema(project, variant.logic),
            )
            for variant in compiled.variants
        ]
    store.save_logic(entries, configs, now)

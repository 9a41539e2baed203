"""`runs`: what has been run. Reads only."""

from __future__ import annotations

from swathe.api.workspace import ProjectOptions, load_connection, open_warehouse
from swathe.errors import SelectionError
from swathe.frozen import frozen
from swathe.state.audits import AuditRow, audits_of
from swathe.state.runs import AttemptRow, Run, RunHistory


@frozen
class RunDetails:
    """One run with every try of every batch, and what audits found."""

    run: Run
    attempts: tuple[AttemptRow, ...]
    audits: tuple[AuditRow, ...] = ()


def recent_runs(options: ProjectOptions, limit: int) -> list[Run]:
    """Newest first; none before the first backfill."""
    connection = load_connection(options)
    with open_warehouse(connection, read_only=True) as warehouse:
        return RunHistory(warehouse.store, warehouse.session).recent(limit) if warehouse.store else []


def run_details(options: ProjectOptions, run_id: str) -> RunDetails:
    """The run whose id starts with this text. Raises SelectionError when there is none, or more than one."""
    connection = load_connection(options)
    with open_warehouse(connection, read_only=True) as warehouse:
        if warehouse.store is None:
            raise SelectionError("nothing has been run yet", hint="`swathe backfill` makes the first run")
        history = RunHistory(warehouse.store, warehouse.session)
        found = history.find(run_id)
        if len(found) != 1:
            what = "no run" if not found else f"{len(found)} runs"
            raise SelectionError(f"{what} with an id that starts with `{run_id}`", hint="`swathe runs` lists them")
        audits = audits_of(found[0].run_id, warehouse.session, warehouse.store)
        return RunDetails(found[0], tuple(history.attempts(found[0].run_id)), tuple(audits))

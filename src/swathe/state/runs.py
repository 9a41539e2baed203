"""The history of runs."""

from __future__ import annotations

import os
import socket
from datetime import datetime

from swathe import __version__
from swathe.engine.adapter import Session
from swathe.frozen import frozen
from swathe.state.store import StateStore, insert_rows

_NOW = "CAST(CURRENT_TIMESTAMP AS TIMESTAMP)"


@frozen
class Run:
    """One execution of a plan."""

    run_id: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    command: str
    reason: str | None
    target: str
    partitions: int
    succeeded: int
    failed: int
    row_count: int


@frozen
class AttemptRow:
    """One try of one batch, as history shows it."""

    model: str
    first_key: str
    last_key: str
    partitions: int
    attempt: int
    reason: str
    status: str
    started_at: datetime
    seconds: float
    row_count: int | None
    rows_outside: int | None
    error: str | None


def alive_name(store: StateStore, run_id: str) -> str:
    """The name that a run holds as long as its process is there: see `Session.hold`."""
    return store.lock_name("run", run_id)


class RunHistory:
    """Reads and writes `runs` and reads `attempts`."""

    def __init__(self, store: StateStore, session: Session) -> None:
        self._store = store
        self._session = session

    def start(self, run: Run, lease_seconds: int) -> None:
        """Log a run that is alive until its lease runs out, unless it is renewed. May be done twice. Writes state."""
        with self._session.transaction():
            self._session.execute(f"DELETE FROM {self._store.table('runs')} WHERE run_id = ?", [run.run_id])
            insert_rows(
                self._session,
                self._store.table("runs"),
                "runs",
                [
                    (
                        run.run_id, run.started_at, None, run.status, run.command, run.reason, run.target,
                        run.partitions, 0, 0, 0, __version__, socket.gethostname(), os.getpid(), run.started_at,
                    )
                ],
            )  # fmt: skip
            self.renew(run.run_id, lease_seconds)

    def renew(self, run_id: str, lease_seconds: int) -> None:
        """By the database's clock, the one that all machines share. Writes state."""
        self._session.execute(
            f"UPDATE {self._store.table('runs')} "
            f"SET alive_until = {_NOW} + INTERVAL '{int(lease_seconds)} seconds' WHERE run_id = ?",
            [run_id],
        )

    def end(self, run: Run) -> None:
        self._session.execute(
            f"UPDATE {self._store.table('runs')} "
            "SET ended_at = ?, status = ?, partitions = ?, succeeded = ?, failed = ?, row_count = ? WHERE run_id = ?",
            [run.ended_at, run.status, run.partitions, run.succeeded, run.failed, run.row_count, run.run_id],
        )

    def bury_dead(self) -> None:
        """Mark runs as killed that never ended and whose process is gone or has not been heard of for a lease.

        Claims go with them, but those whose transaction is still open. Writes state.
        """
        open_runs = self._session.query(
            f"SELECT run_id, alive_until > {_NOW} FROM {self._store.table('runs')} WHERE ended_at IS NULL"
        )
        names = {run_id: alive_name(self._store, run_id) for run_id, _ in open_runs}
        dead = [run_id for run_id, leased in open_runs if not (leased and self._session.is_held(names[run_id]))]
        if dead:
            self._session.execute(
                f"UPDATE {self._store.table('runs')} SET status = 'killed', ended_at = {_NOW}, "
                f"succeeded = {self._committed('SUM(partitions)')}, row_count = {self._committed('SUM(row_count)')} "
                "WHERE ended_at IS NULL AND run_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))",
                [dead],
            )
            self._session.execute(
                f"DELETE FROM {self._store.table('claims')} WHERE claim_id IN ("
                f"SELECT claim_id FROM {self._store.table('claims')} "
                f"WHERE run_id IN (SELECT UNNEST(CAST(? AS VARCHAR[]))) {self._store.unlocked_rows})",
                [dead],
            )

    def _committed(self, total: str) -> str:
        attempts, runs = self._store.table("attempts"), self._store.table("runs")
        return (
            f"(SELECT CAST(COALESCE({total}, 0) AS BIGINT) FROM {attempts} AS a "
            f"WHERE a.run_id = {runs}.run_id AND a.status = 'succeeded')"
        )

    def recent(self, limit: int) -> list[Run]:
        """Newest first."""
        rows = self._session.query(
            "SELECT run_id, started_at, ended_at, status, command, reason, target, partitions, succeeded, failed, "
            f"row_count FROM {self._store.table('runs')} ORDER BY started_at DESC, run_id DESC LIMIT {int(limit)}"
        )
        return [Run(*row) for row in rows]

    def find(self, run_id: str) -> list[Run]:
        """Runs whose id starts with this text."""
        return [run for run in self.recent(1_000_000) if run.run_id.startswith(run_id)]

    def attempts(self, run_id: str) -> list[AttemptRow]:
        """In the order in which they started."""
        rows = self._session.query(
            "SELECT model, first_key, last_key, partitions, attempt, reason, status, started_at, "
            f"seconds, row_count, rows_outside, error FROM {self._store.table('attempts')} WHERE run_id = ? "
            "ORDER BY started_at, model, first_ordinal",
            [run_id],
        )
        return [AttemptRow(*row) for row in rows]

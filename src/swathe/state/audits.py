"""What audits found in runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime

from swathe.engine.adapter import Session
from swathe.frozen import frozen
from swathe.state.store import StateStore


@frozen
class AuditRow:
    """What one audit found among the rows of one batch, in the order of the table's columns.

    `bad_rows` is None for an audit that counts rows. `message` is None when it passed.
    """

    run_id: str
    model: str
    first_key: str
    last_key: str
    partitions: int
    audit: str
    severity: str
    status: str
    bad_rows: int | None
    message: str | None
    checked_at: datetime


def write_audits(store: StateStore, rows: Iterable[AuditRow]) -> None:
    """Remember what audits found. Writes state."""
    if listed := [astuple(row) for row in rows]:
        store.insert("audits", listed)


def audits_of(run_id: str, session: Session, store: StateStore) -> list[AuditRow]:
    """What the audits of a run found, in the order in which they ran."""
    rows = session.query(
        "SELECT run_id, model, first_key, last_key, partitions, audit, severity, status, bad_rows, message, "
        f"checked_at FROM {store.table('audits')} WHERE run_id = ? ORDER BY checked_at, model, first_key, audit",
        [run_id],
    )
    return [AuditRow(*row) for row in rows]

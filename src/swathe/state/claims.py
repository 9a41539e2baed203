"""Claims: who is building which partitions. Taken before the work and checked again inside its transaction, because
delete and insert alone would let two writers duplicate a partition that starts empty.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from swathe.engine.adapter import Session
from swathe.errors import StateError, TransientError
from swathe.model.definition import ModelName
from swathe.partition.rectangle import NamedRectangle
from swathe.state.store import StateStore, insert_rows

LEASE = timedelta(hours=6)
_process_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write a run of partitions, until it expires."""

    claim_id: str
    model: ModelName
    partitions: NamedRectangle


def claim(
    session: Session, store: StateStore, run_id: str, model: ModelName, partitions: NamedRectangle, now: datetime
) -> Claim:
    """Claim partitions, in a transaction of its own. Raises TransientError while another holds any of them.

    A claim that has expired is taken away from its holder, who then fails at the fence.
    """
    taken = Claim(uuid4().hex, model, partitions)
    overlapping = "WHERE model = ? AND first_ordinal <= ? AND last_ordinal >= ?"
    where = [model, partitions.lines.last, partitions.lines.start]
    with _process_lock, session.transaction():
        session.execute(f"DELETE FROM {store.table('claims')} {overlapping} AND expires_at <= ?", [*where, now])
        holders = session.query(f"SELECT run_id, host, pid, slices FROM {store.table('claims')} {overlapping}", where)
        mine = set(partitions.slices)
        for run, host, pid, slices in holders:
            if mine.isdisjoint(json.loads(slices)):
                continue
            raise TransientError(f"`{model}` is being built there by run {run} (PID {pid} on {host})")
        insert_rows(
            session,
            store.table("claims"),
            "claims",
            [
                (
                    taken.claim_id, run_id, model, partitions.lines.start, partitions.lines.last,
                    json.dumps(partitions.slices, ensure_ascii=False), socket.gethostname(), os.getpid(),
                    now, now + LEASE,
                )
            ],
        )  # fmt: skip
    return taken


@contextmanager
def claimed(
    session: Session,
    store: StateStore,
    run_id: str,
    model: ModelName,
    partitions: Iterable[NamedRectangle],
    now: datetime,
) -> Iterator[None]:
    """A transaction that holds these partitions. Raises TransientError while another holds any of them."""
    taken: list[Claim] = []
    try:
        for part in partitions:
            taken.append(claim(session, store, run_id, model, part, now))  # noqa: PERF401 - those before an error count
        with session.transaction():
            for one in taken:
                fence(session, store, one)
            yield
    except BaseException:
        for one in taken:
            release(session, store, one)
        raise


def fence(session: Session, store: StateStore, taken: Claim) -> None:
    """First thing inside the work's transaction: still ours? The claim ends with that transaction."""
    held = session.query(f"SELECT 1 FROM {store.table('claims')} WHERE claim_id = ?", [taken.claim_id])
    if not held:
        raise StateError(f"the claim on `{taken.model}` has expired and was taken over")
    release(session, store, taken)


def release(session: Session, store: StateStore, taken: Claim) -> None:
    session.execute(f"DELETE FROM {store.table('claims')} WHERE claim_id = ?", [taken.claim_id])

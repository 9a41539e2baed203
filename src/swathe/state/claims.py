"""Claims: which run is building which partitions. Taken before the work and fenced as the first thing inside its
transaction, because delete and insert alone would let two writers duplicate a partition that starts empty.

Three things keep them safe, whatever dies:

- Claims of one model are taken one at a time, under a lock, so no two that overlap are ever there.
- The fence deletes the claim's row. So the row is locked for as long as the work's transaction is open, and the claim
  ends with what it was for: both commit, or neither does. Nobody takes over a claim whose row is locked.
- A claim is taken over once its run is dead: it ended, or its lease ran out, or nobody holds its name any more. Whoever
  was only thought dead finds no claim at the fence, and has written nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from uuid import uuid4

from swathe.engine.adapter import Session
from swathe.errors import EngineError, StateError, TransientError
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import NamedRectangle
from swathe.state.runs import alive_name
from swathe.state.store import StateStore

_EVERY_SLICE = "*"
WHOLE = NamedRectangle(Interval(-(2**62), 2**62), (_EVERY_SLICE,))
"""All partitions of a model, however it is cut."""


@frozen
class Claim:
    """The right to write a rectangle of a model's partitions. `unit` is how it is cut."""

    claim_id: str
    run_id: str
    model: ModelName
    unit: str
    partitions: NamedRectangle

    def overlaps(self, other: Claim) -> bool:
        """Whether both may be about one row. Of two cuts nothing is known."""
        if self.unit != other.unit:
            return True
        one, two = self.partitions, other.partitions
        if one.lines.start >= two.lines.end or two.lines.start >= one.lines.end:
            return False
        slices = {*one.slices, *two.slices}
        return _EVERY_SLICE in slices or not set(one.slices).isdisjoint(two.slices)


@frozen
class Holder:
    """A claim of another run, and who that is."""

    claim: Claim
    host: str
    pid: int

    def __str__(self) -> str:
        return f"run {self.claim.run_id} (PID {self.pid} on {self.host})"


class HeldError(StateError):
    """Others are building some of the partitions that were wanted."""

    def __init__(self, model: ModelName, holders: Sequence[Holder]) -> None:
        names = ", ".join(dict.fromkeys(str(holder) for holder in holders))
        super().__init__(f"`{model}` is being built there by {names}", hint="wait for it to end, or stop it")
        self.holders = tuple(holders)


class ClaimLostError(TransientError):
    """A claim was taken over before its work began, since its run was thought dead."""


def claim(
    session: Session, store: StateStore, run_id: str, model: ModelName, unit: str, partitions: NamedRectangle
) -> Claim:
    """Claim partitions, in a transaction of its own. Raises HeldError while other runs hold any of them."""
    wanted = Claim(uuid4().hex, run_id, model, unit, partitions)
    with session.transaction():
        session.lock(store.lock_name("claims", model))
        holders = _holders(session, store, wanted)
        # What this run claimed there before is left of a connection that it lost.
        over = [holder for holder in holders if holder.claim.run_id == run_id or not _is_alive(session, store, holder)]
        if over:
            _take_away(session, store, [holder.claim for holder in over])
            holders = _holders(session, store, wanted)
        if holders:
            raise HeldError(model, holders)
        session.execute(
            f"INSERT INTO {store.table('claims')} "
            "(claim_id, run_id, model, unit, first_ordinal, last_ordinal, slices, claimed_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, CAST(CURRENT_TIMESTAMP AS TIMESTAMP))",
            [
                wanted.claim_id, run_id, model, unit, partitions.lines.start, partitions.lines.last,
                json.dumps(partitions.slices, ensure_ascii=False),
            ],
        )  # fmt: skip
    return wanted


@contextmanager
def claimed(
    session: Session,
    store: StateStore,
    run_id: str,
    model: ModelName,
    unit: str,
    partitions: Iterable[NamedRectangle],
) -> Iterator[None]:
    """A transaction that holds these partitions. Raises HeldError while other runs hold any of them."""
    taken: list[Claim] = []
    try:
        for part in partitions:
            taken.append(claim(session, store, run_id, model, unit, part))  # noqa: PERF401 - those before an error count
        with session.transaction():
            for one in taken:
                fence(session, store, one)
            yield
    except BaseException:
        with suppress(EngineError):  # then it is left behind, and taken away by this run or after its end
            for one in taken:
                release(session, store, one)
        raise


def fence(session: Session, store: StateStore, taken: Claim) -> None:
    """First thing inside the work's transaction: still ours? The claim ends with that transaction.

    Raises ClaimLostError, and then nothing may be written.
    """
    if not session.query(f"DELETE FROM {store.table('claims')} WHERE claim_id = ? RETURNING 1", [taken.claim_id]):
        raise ClaimLostError(f"the claim on `{taken.model}` was taken over")


def release(session: Session, store: StateStore, taken: Claim) -> None:
    session.execute(f"DELETE FROM {store.table('claims')} WHERE claim_id = ?", [taken.claim_id])


def being_built(
    session: Session, store: StateStore, schemes: Mapping[ModelName, Scheme]
) -> dict[ModelName, IntervalSet]:
    """The partitions that live runs are building now. Without what is claimed to change a whole table."""
    rows = session.query(
        f"SELECT c.model, c.unit, c.first_ordinal, c.last_ordinal, c.slices FROM {store.table('claims')} AS c "
        f"JOIN {store.table('runs')} AS r ON r.run_id = c.run_id "
        "WHERE r.ended_at IS NULL AND r.alive_until > CAST(CURRENT_TIMESTAMP AS TIMESTAMP)"
    )
    found: dict[ModelName, IntervalSet] = {}
    for name, unit, first, last, slices in rows:
        model, part = ModelName(name), NamedRectangle(Interval(first, last + 1), tuple(json.loads(slices)))
        if model in schemes and unit == schemes[model].unit and part != WHOLE:
            found[model] = found.get(model, IntervalSet()) | part.partitions(schemes[model])
    return found


def _holders(session: Session, store: StateStore, wanted: Claim) -> list[Holder]:
    rows = session.query(
        f"SELECT claim_id, run_id, unit, first_ordinal, last_ordinal, slices FROM {store.table('claims')} "
        "WHERE model = ?",
        [wanted.model],
    )
    found = []
    for claim_id, run_id, unit, first, last, slices in rows:
        part = NamedRectangle(Interval(first, last + 1), tuple(json.loads(slices)))
        other = Claim(claim_id, run_id, wanted.model, unit, part)
        if wanted.overlaps(other):
            found.append(other)
    if not found:  # mostly, so who they are is another question
        return []
    runs = session.query(
        f"SELECT run_id, host, pid FROM {store.table('runs')} WHERE run_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))",
        [list({other.run_id for other in found})],
    )
    known = {run_id: (host, pid) for run_id, host, pid in runs}
    return [Holder(other, *known.get(other.run_id, ("an unknown host", 0))) for other in found]


def _is_alive(session: Session, store: StateStore, holder: Holder) -> bool:
    run_id = holder.claim.run_id
    leased = session.query(
        f"SELECT 1 FROM {store.table('runs')} WHERE run_id = ? AND ended_at IS NULL "
        "AND alive_until > CAST(CURRENT_TIMESTAMP AS TIMESTAMP)",
        [run_id],
    )
    return bool(leased) and session.is_held(alive_name(store, run_id))


def _take_away(session: Session, store: StateStore, claims: Iterable[Claim]) -> None:
    """But those whose work is going on: its transaction has them locked."""
    claims_table = store.table("claims")
    session.execute(
        f"DELETE FROM {claims_table} WHERE claim_id IN (SELECT claim_id FROM {claims_table} "
        f"WHERE claim_id IN (SELECT UNNEST(CAST(? AS VARCHAR[]))) {store.unlocked_rows})",
        [[one.claim_id for one in claims]],
    )

"""Claims: of all that want the same partitions one gets them, and whatever dies, nobody is locked out for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from swathe.engine.adapter import Engine, Session
from swathe.errors import TransientError
from swathe.model.definition import ModelName
from swathe.partition.interval import Interval
from swathe.partition.rectangle import NamedRectangle
from swathe.run.heartbeat import heartbeat
from swathe.state.claims import WHOLE, ClaimLostError, HeldError, claim, claimed, fence, release
from swathe.state.runs import Run, RunHistory, alive_name
from swathe.state.store import StateStore

NOW = datetime(2024, 6, 1)
DAILY, OTHER = ModelName("daily"), ModelName("other")
DAYS, MONTHS = "day", "month"
SCHEMA = "swathe_state"


def part(start: int, end: int, *slices: str) -> NamedRectangle:
    return NamedRectangle(Interval(start, end), slices or ("",))


@pytest.fixture
def store(engine: Engine, session: Session) -> StateStore:
    store = StateStore(engine, session, SCHEMA)
    store.ensure(NOW)
    return store


Begin = Callable[..., Session]


@pytest.fixture
def begin(engine: Engine, store: StateStore) -> Begin:
    """Starts a run; gives the session that holds its name, which dies with it."""

    def begin(run_id: str, lease_seconds: int = 60) -> Session:
        holding = engine.session()
        run = Run(run_id, NOW, None, "running", "backfill", None, "dev", 1, 0, 0, 0)
        RunHistory(store, store.session).start(run, lease_seconds)
        holding.hold(alive_name(store, run_id))
        return holding

    return begin


@pytest.fixture(autouse=True)
def runs(begin: Begin) -> dict[str, Session]:
    return {run_id: begin(run_id) for run_id in ("one", "two")}


class TestTaking:
    @pytest.mark.parametrize("wanted", [part(3, 6), part(5, 8), part(0, 4), part(4, 5), part(0, 99), WHOLE])
    def test_none_may_overlap_and_the_holder_is_named(
        self, session: Session, store: StateStore, wanted: NamedRectangle
    ) -> None:
        claim(session, store, "one", DAILY, DAYS, part(3, 6))
        with pytest.raises(HeldError, match=r"run one \(PID \d+ on ") as caught:
            claim(session, store, "two", DAILY, DAYS, wanted)
        (holder,) = caught.value.holders
        assert holder.claim.partitions == part(3, 6)

    def test_nobody_writes_while_one_has_the_whole_table(self, session: Session, store: StateStore) -> None:
        claim(session, store, "one", DAILY, DAYS, WHOLE)
        with pytest.raises(HeldError):
            claim(session, store, "two", DAILY, DAYS, part(7, 8))

    def test_two_cuts_of_one_table_are_never_written_together(self, session: Session, store: StateStore) -> None:
        claim(session, store, "one", DAILY, DAYS, part(3, 6))
        with pytest.raises(HeldError):
            claim(session, store, "two", DAILY, MONTHS, part(900, 901))

    def test_neighbours_slices_and_other_models_are_free(self, session: Session, store: StateStore) -> None:
        claim(session, store, "one", DAILY, DAYS, part(3, 6, "a", "b"))
        claim(session, store, "two", DAILY, DAYS, part(0, 3, "a"))
        claim(session, store, "two", DAILY, DAYS, part(6, 9, "b"))
        claim(session, store, "two", DAILY, DAYS, part(3, 6, "c"))
        claim(session, store, "two", OTHER, DAYS, part(3, 6, "a"))

    def test_of_many_threads_that_want_the_same_one_gets_it(
        self, engine: Engine, store: StateStore, begin: Begin
    ) -> None:
        won: list[str] = []
        barrier = threading.Barrier(6)
        runs = [f"run-{number}" for number in range(6)]
        for run_id in runs:
            begin(run_id)

        def contend(run_id: str) -> None:
            session = engine.session()
            barrier.wait()
            try:
                claim(session, StateStore(engine, session, SCHEMA), run_id, DAILY, DAYS, part(0, 3))
            except HeldError:
                return
            won.append(run_id)

        threads = [threading.Thread(target=contend, args=(run_id,)) for run_id in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1


class TestEnding:
    def test_a_released_one_is_free(self, session: Session, store: StateStore) -> None:
        release(session, store, claim(session, store, "one", DAILY, DAYS, part(3, 6)))
        claim(session, store, "two", DAILY, DAYS, part(3, 6))

    def test_it_ends_with_the_transaction_of_its_work(self, session: Session, store: StateStore) -> None:
        with claimed(session, store, "one", DAILY, DAYS, [part(3, 6)]):
            pass
        claim(session, store, "two", DAILY, DAYS, part(3, 6))

    def test_it_ends_when_the_work_fails(self, session: Session, store: StateStore) -> None:
        def broken() -> None:
            with claimed(session, store, "one", DAILY, DAYS, [part(3, 6), part(8, 9)]):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            broken()
        claim(session, store, "two", DAILY, DAYS, part(0, 9))

    def test_of_several_those_before_the_one_that_is_held_are_given_back(
        self, session: Session, store: StateStore
    ) -> None:
        claim(session, store, "one", DAILY, DAYS, part(8, 9))
        with pytest.raises(HeldError), claimed(session, store, "two", DAILY, DAYS, [part(3, 6), part(8, 9)]):
            pass
        claim(session, store, "one", DAILY, DAYS, part(3, 6))


class TestDeath:
    @pytest.fixture(params=["its process is gone", "its lease ran out", "it ended"])
    def die(self, request: pytest.FixtureRequest, engine: Engine, runs: dict[str, Session]) -> Callable[[], None]:
        """Lets run one die when it is called."""
        session = engine.session()
        history = RunHistory(StateStore(engine, session, SCHEMA), session)
        match request.param:
            case "its process is gone":
                return runs["one"].close
            case "its lease ran out":
                return lambda: history.renew("one", -1)
            case _:
                run = Run("one", NOW, NOW, "crashed", "backfill", None, "dev", 1, 0, 0, 0)
                return lambda: history.end(run)

    def test_what_a_dead_run_claimed_is_taken_over(
        self, session: Session, store: StateStore, die: Callable[[], None]
    ) -> None:
        claim(session, store, "one", DAILY, DAYS, part(3, 6))
        die()
        claim(session, store, "two", DAILY, DAYS, part(5, 7))

    def test_one_that_was_only_thought_dead_is_stopped_at_the_fence(
        self, session: Session, other: Session, store: StateStore, die: Callable[[], None]
    ) -> None:
        slow = claim(session, store, "one", DAILY, DAYS, part(3, 6))
        die()
        late = claim(other, store, "two", DAILY, DAYS, part(5, 7))
        with pytest.raises(ClaimLostError), session.transaction():
            fence(session, store, slow)
        with other.transaction():
            fence(other, store, late)

    def test_work_that_goes_on_is_never_taken_over(
        self, engine: Engine, session: Session, other: Session, store: StateStore, die: Callable[[], None]
    ) -> None:
        """Its transaction has its claim locked, however late its heart beats."""
        theirs = StateStore(engine, other, SCHEMA)
        with claimed(session, store, "one", DAILY, DAYS, [part(3, 6)]):
            die()
            # PostgreSQL passes over a row that is locked, DuckDB says that it is being changed.
            with pytest.raises((HeldError, TransientError)):
                claim(other, theirs, "two", DAILY, DAYS, part(3, 6))
        claim(other, theirs, "two", DAILY, DAYS, part(3, 6))

    def test_what_the_run_itself_left_behind_is_no_obstacle(self, session: Session, store: StateStore) -> None:
        lost = claim(session, store, "one", DAILY, DAYS, part(3, 6))
        again = claim(session, store, "one", DAILY, DAYS, part(4, 5))
        with pytest.raises(ClaimLostError), session.transaction():
            fence(session, store, lost)
        with session.transaction():
            fence(session, store, again)


class TestHistory:
    def test_a_run_that_never_ended_is_marked_and_its_claims_are_gone(
        self, session: Session, store: StateStore, runs: dict[str, Session]
    ) -> None:
        claim(session, store, "one", DAILY, DAYS, part(3, 6))
        claim(session, store, "two", OTHER, DAYS, part(3, 6))
        runs["one"].close()
        for _ in range(100):  # a server takes a moment to notice
            if not session.is_held(alive_name(store, "one")):
                break
            time.sleep(0.05)
        RunHistory(store, session).bury_dead()
        rows = session.query(f"SELECT run_id, status, ended_at IS NULL FROM {store.table('runs')} ORDER BY run_id")
        assert rows == [("one", "killed", False), ("two", "running", True)]
        assert session.query(f"SELECT run_id FROM {store.table('claims')}") == [("two",)]

    def test_a_heart_that_beats_keeps_a_run_alive(self, engine: Engine, session: Session, store: StateStore) -> None:
        run = Run("beating", NOW, None, "running", "backfill", None, "dev", 1, 0, 0, 0)
        history = RunHistory(store, session)
        history.start(run, 1)
        claim(session, store, "beating", DAILY, DAYS, part(3, 6))
        with heartbeat(engine, SCHEMA, "beating", 1):
            threading.Event().wait(1.5)
            with pytest.raises(HeldError):
                claim(session, store, "two", DAILY, DAYS, part(3, 6))
        claim(session, store, "two", DAILY, DAYS, part(3, 6))

"""Sessions of every engine: locks, interrupts, and values on their way in and out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

import pytest

from support.engines import Warehouse
from swathe.engine.adapter import Session
from swathe.errors import EngineError
from swathe.state.store import insert_rows


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[threading.Thread]:
    """Work of another thread, which has ended when this does."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def interrupting(session: Session, when: threading.Event) -> Iterator[None]:
    """Interrupt a session again and again, from when something has happened until this ends."""
    done = threading.Event()

    def interrupt() -> None:
        when.wait()
        while not done.wait(0.05):
            session.interrupt()

    with beside(interrupt):
        try:
            yield
        finally:
            when.set()
            done.set()


class TestLocks:
    def test_the_second_gets_it_when_the_first_transaction_has_ended(self, session: Session, other: Session) -> None:
        order: list[str] = []
        asking = threading.Event()

        def second() -> None:
            with other.transaction():
                asking.set()
                other.lock("models")
                order.append("second")

        with ExitStack() as threads, session.transaction():
            session.lock("models")
            threads.enter_context(beside(second))
            asking.wait()
            time.sleep(0.1)
            order.append("first")
        assert order == ["first", "second"]

    def test_others_are_free_and_ones_own_may_be_asked_for_again(self, session: Session, other: Session) -> None:
        with session.transaction(), other.transaction():
            session.lock("one")
            session.lock("one")
            other.lock("another")
            other.lock("Größe \" ' %")

    def test_it_ends_with_a_failed_transaction_too(self, session: Session, other: Session) -> None:
        def broken() -> None:
            with session.transaction():
                session.lock("one")
                session.execute("SELECT nothing")

        with pytest.raises(EngineError):
            broken()
        with other.transaction():
            other.lock("one")

    def test_what_the_holder_wrote_is_seen_by_the_next(self, session: Session, other: Session) -> None:
        session.execute("CREATE TABLE counter (n INTEGER)")
        session.execute("INSERT INTO counter VALUES (0)")

        def add(one: Session) -> Callable[[], None]:
            def work() -> None:
                for _ in range(20):
                    with one.transaction():
                        one.lock("counter")
                        ((n,),) = one.query("SELECT n FROM counter")
                        one.execute(f"UPDATE counter SET n = {n + 1}")

            return work

        with beside(add(session)), beside(add(other)):
            pass
        assert session.query("SELECT n FROM counter") == [(40,)]


class TestInterrupt:
    def test_nothing_of_a_transaction_is_written_and_the_session_goes_on(
        self, warehouse: Warehouse, session: Session, other: Session
    ) -> None:
        session.execute("CREATE TABLE t (a INTEGER)")
        numbers = warehouse.spelling.numbers(100_000_000)
        written = threading.Event()

        def work() -> None:
            with session.transaction():
                session.execute("INSERT INTO t VALUES (1)")
                written.set()
                session.query(f"SELECT COUNT(*) FROM (SELECT n FROM {numbers}) AS a, (SELECT n FROM {numbers}) AS b")

        with interrupting(session, written), pytest.raises(EngineError, match="interrupted"):
            work()
        assert other.query("SELECT COUNT(*) FROM t") == [(0,)]
        with session.transaction():
            session.execute("INSERT INTO t VALUES (2)")
        assert other.query("SELECT a FROM t") == [(2,)]

    def test_of_an_idle_session_it_is_nothing(self, session: Session) -> None:
        session.interrupt()
        assert session.query("SELECT 1") == [(1,)]
        session.interrupt()
        assert session.query("SELECT 1") == [(1,)]


class TestValues:
    def test_signs_of_placeholders_are_text_in_a_statement(self, session: Session) -> None:
        odd = "SELECT '%s %(a)s %% ? $1 :a {b}' AS \"100% ?\", 17 % 5 AS n -- ? %s $1"
        expected = ("%s %(a)s %% ? $1 :a {b}", 2)
        assert session.query(odd) == [expected]
        assert session.fetch(odd) == (("100% ?", "n"), [expected])
        session.execute(odd)

    def test_signs_of_placeholders_are_text_beside_parameters(self, session: Session) -> None:
        session.execute('CREATE TABLE "a?""?" ("it\'s ?" VARCHAR)')
        session.execute('INSERT INTO "a?""?" VALUES (?)', ["? $1"])
        odd = 'SELECT "it\'s ?", \'?"?\'\'?\' FROM "a?""?" WHERE "it\'s ?" = ? AND \'?\' <> ?'
        assert session.query(odd, ["? $1", "$2"]) == [("? $1", "?\"?'?")]

    @pytest.mark.parametrize(
        "text", ["", "\0", "a\0b", "it's", "a\\b", "\n\t\r", '{1,"2"}', "[null]", "NULL", "ä🦆", "\u202e"]
    )
    def test_text_comes_back_and_the_character_0_at_least_as_a_sign(
        self, warehouse: Warehouse, session: Session, text: str
    ) -> None:
        session.execute("CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL)")
        insert_rows(session, "meta", "meta", [(text, text)])
        session.execute("INSERT INTO meta VALUES (?, ?)", [text, text])
        held = warehouse.spelling.held(text)
        assert session.query("SELECT * FROM meta WHERE name = ?", [text]) == [(held, held)] * 2

    def test_many_rows_in_and_out(self, warehouse: Warehouse, session: Session) -> None:
        session.execute("CREATE TABLE t (n BIGINT, s VARCHAR, seen_at TIMESTAMP)")
        rows = [(n, f"row {n}", datetime(2024, 1, 1)) for n in range(30_000)]
        session.insert("t", ["BIGINT", "VARCHAR", "TIMESTAMP"], rows)
        assert session.query("SELECT * FROM t ORDER BY n") == rows
        found = session.query(f"SELECT n FROM {warehouse.spelling.numbers(500_000)}")
        assert sorted(n for (n,) in found) == list(range(500_000))

    def test_a_wide_value(self, session: Session) -> None:
        long = "x" * 5_000_000
        session.execute("CREATE TABLE t (s VARCHAR)")
        session.execute("INSERT INTO t VALUES (?)", [long])
        assert session.query("SELECT LENGTH(s) FROM t") == [(5_000_000,)]
        assert session.query("SELECT s FROM t") == [(long,)]

    @pytest.mark.parametrize(
        "value",
        [
            "DATE 'infinity'", "DATE '-infinity'", "TIMESTAMP 'infinity'", "TIMESTAMPTZ '-infinity'",
            "INTERVAL '1 month 2 days'", "CAST('NaN' AS DOUBLE PRECISION)", "TIME '12:30:00'",
            "CAST('8a6e0804-2bd0-4672-b79d-d97027f9071a' AS UUID)",
        ],
    )  # fmt: skip
    def test_values_that_python_may_not_have_are_shown_all_the_same(self, session: Session, value: str) -> None:
        names, rows = session.fetch(f"SELECT {value} AS v, 1 AS n")
        assert names == ("v", "n")
        ((shown, n),) = rows
        assert (bool(str(shown)), n) == (True, 1)

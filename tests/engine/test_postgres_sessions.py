"""Sessions of PostgreSQL: writers wait for each other, and connections are lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from support.engines import PostgresWarehouse, only
from support.postgres import PostgresDatabase, PostgresServer
from support.proxy import Proxy
from support.small_disk import small_disk
from swathe.engine.adapter import Binder, Engine, Session
from swathe.engine.connection import ConnectionSpec
from swathe.engine.postgres.session import PostgresSession
from swathe.engine.registry import open_engine
from swathe.errors import EngineError, ResourceError, StatementError, TransientError
from swathe.model.definition import Column, Relation

pytestmark = only(PostgresWarehouse)


@pytest.fixture
def table(session: Session) -> str:
    session.execute("CREATE TABLE t (day DATE, n INTEGER)")
    session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2)")
    return "t"


def numbers(session: Session) -> list[int]:
    return [n for (n,) in session.query("SELECT n FROM t ORDER BY n")]


def in_transaction(session: Session, *statements: str) -> None:
    with session.transaction():
        for statement in statements:
            session.execute(statement)


def failure(work: Callable[[], None]) -> EngineError:
    """What some work ends with."""
    with pytest.raises(EngineError) as caught:
        work()
    return caught.value


class TestTwoWriters:
    def test_the_second_waits_for_the_first_and_goes_on_from_what_it_left(
        self, session: Session, other: Session, table: str
    ) -> None:
        begun = threading.Event()

        def second() -> None:
            begun.set()
            in_transaction(other, "UPDATE t SET n = n + 10 WHERE n < 3")

        thread = threading.Thread(target=second)
        with session.transaction():
            session.execute("UPDATE t SET n = n + 1 WHERE n = 1")
            thread.start()
            begun.wait()
            time.sleep(0.1)
            assert thread.is_alive()
        thread.join(10)
        assert numbers(session) == [12, 12]

    def test_each_statement_of_a_transaction_sees_what_had_committed_when_it_began(
        self, session: Session, other: Session, table: str
    ) -> None:
        with other.transaction():
            assert numbers(other) == [1, 2]
            session.execute("DELETE FROM t WHERE n = 1")
            assert numbers(other) == [2]

    def test_waiting_ends_and_may_be_tried_again(self, session: Session, other: Session, table: str) -> None:
        other.execute("SET lock_timeout = '50ms'")
        with session.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
            session.lock("models")
            for waiting in ("DELETE FROM t WHERE n = 1", "ALTER TABLE t ADD COLUMN more INTEGER", "TRUNCATE t"):
                said = failure(lambda waiting=waiting: in_transaction(other, "DELETE FROM t WHERE n = 2", waiting))  # type: ignore[misc]
                assert isinstance(said, TransientError)
                assert "lock timeout" in said.message
            with pytest.raises(TransientError), other.transaction():
                other.lock("models")
            assert numbers(other) == [1, 2]
        in_transaction(other, "DELETE FROM t WHERE n = 2")
        assert numbers(session) == []

    def test_what_could_not_be_in_any_order_may_be_tried_again(
        self, session: Session, other: Session, table: str
    ) -> None:
        def work() -> None:
            with session.transaction():
                session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                assert numbers(session) == [1, 2]
                other.execute("UPDATE t SET n = 5 WHERE n = 1")
                session.execute("UPDATE t SET n = 6 WHERE n = 1")

        said = failure(work)
        assert isinstance(said, TransientError)
        assert "could not serialize access" in said.message
        assert numbers(session) == [2, 5]

    def test_of_two_that_wait_for_each_other_one_may_try_again(
        self, session: Session, other: Session, table: str
    ) -> None:
        both = threading.Barrier(2)
        failed: list[EngineError] = []

        def work(one: Session, first: int, second: int) -> None:
            one.execute("SET deadlock_timeout = '50ms'")
            try:
                with one.transaction():
                    one.execute(f"UPDATE t SET n = n + 10 WHERE n = {first}")
                    both.wait()
                    one.execute(f"UPDATE t SET n = n + 10 WHERE n = {second}")
            except EngineError as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=a) for a in ((session, 1, 2), (other, 2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        (said,) = failed
        assert isinstance(said, TransientError)
        assert said.message.startswith("deadlock detected")
        assert len(numbers(session)) == len(numbers(other)) == 2


class TestSnapshot:
    def test_it_never_writes(self, session: Session, table: str) -> None:
        with pytest.raises(EngineError, match="read-only"), session.snapshot():
            session.execute("DELETE FROM t")
        assert numbers(session) == [1, 2]


class TestSavepoint:
    def test_what_is_after_it_can_be_undone_alone(self, session: PostgresSession, other: Session, table: str) -> None:
        def wrong() -> None:
            with session.savepoint():
                session.execute("DELETE FROM t")
                session.execute("SELECT nothing")

        with session.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
            assert isinstance(failure(wrong), StatementError)
            with session.savepoint():
                session.execute("UPDATE t SET n = 3")
        assert numbers(other) == [3]

    def test_it_needs_a_transaction(self, session: PostgresSession) -> None:
        with pytest.raises(EngineError, match="needs a transaction"), session.savepoint():
            pass


class TestLostConnections:
    def test_outside_a_transaction_the_next_statement_fails_and_the_one_after_works(
        self, session: Session, table: str, postgres_database: PostgresDatabase
    ) -> None:
        for _ in range(2):
            postgres_database.terminate_backends()
            assert isinstance(failure(lambda: session.execute("SELECT 1")), TransientError)
            assert numbers(session) == [1, 2]
        assert session.query("SHOW TimeZone") == [("UTC",)]

    def test_nothing_of_its_transaction_is_written(
        self, session: Session, other: Session, table: str, postgres_database: PostgresDatabase
    ) -> None:
        def work() -> None:
            with session.transaction():
                session.execute("DELETE FROM t")
                postgres_database.terminate_backends()
                session.execute("INSERT INTO t VALUES (DATE '2024-01-03', 3)")

        assert numbers(other) == [1, 2]
        assert isinstance(failure(work), TransientError)
        assert numbers(session) == [1, 2]
        in_transaction(session, "DELETE FROM t WHERE n = 1")
        assert isinstance(failure(lambda: other.execute("SELECT 1")), TransientError)
        assert numbers(other) == [2]

    def test_a_transaction_does_not_go_on_upon_another_connection(
        self, session: Session, table: str, postgres_database: PostgresDatabase
    ) -> None:
        def work() -> None:
            with session.transaction():
                session.execute("DELETE FROM t")
                postgres_database.terminate_backends()
                for _ in range(3):
                    assert isinstance(failure(lambda: session.execute("DELETE FROM t WHERE n = 1")), EngineError)

        assert isinstance(failure(work), EngineError)
        assert numbers(session) == [1, 2]

    def test_in_the_middle_of_a_statement(
        self, session: Session, table: str, postgres_database: PostgresDatabase
    ) -> None:
        timer = threading.Timer(0.2, postgres_database.terminate_backends)
        timer.start()
        said = failure(lambda: in_transaction(session, "DELETE FROM t", "SELECT pg_sleep(30)"))
        timer.join()
        assert isinstance(said, TransientError)
        assert "terminating connection" in said.message
        assert numbers(session) == [1, 2]

    def test_of_a_binder(self, warehouse: PostgresWarehouse, postgres_database: PostgresDatabase) -> None:
        with closing(warehouse.binder()) as binder:
            binder.declare(("s", "t"), [Column("a", "INTEGER")])
            assert len(described(binder)) == 1
            postgres_database.terminate_backends()
            assert isinstance(failure(lambda: described(binder) and None), TransientError)
            assert described(binder) == (Column("a", "INTEGER"),)

    def test_by_a_wire_that_is_cut(self, warehouse: PostgresWarehouse, session: Session, table: str) -> None:
        with Proxy.to(str(warehouse.keywords["host"]), int(warehouse.keywords["port"])) as wire:
            far = {**warehouse.keywords, "host": wire.host, "port": wire.port}
            engine = open_engine(ConnectionSpec("postgres", far, warehouse.root), read_only=False)
            distant = engine.session()
            assert numbers(distant) == [1, 2]

            def work() -> None:
                with distant.transaction():
                    distant.execute("DELETE FROM t")
                    wire.drop()
                    distant.execute("SELECT 1")

            assert isinstance(failure(work), TransientError)
            assert numbers(distant) == [1, 2]
            wire.drop()
            wire.refuse()
            for _ in range(2):
                assert isinstance(failure(lambda: distant.execute("SELECT 1")), TransientError)
            wire.accept()
            assert numbers(distant) == [1, 2]
            engine.close()

    def test_what_a_lost_connection_had_locked_is_free_once_there_is_another(
        self, warehouse: PostgresWarehouse, session: Session
    ) -> None:
        """Though the server has not noticed that anybody left."""
        in_transaction(session, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
        with Proxy.to(str(warehouse.keywords["host"]), int(warehouse.keywords["port"])) as wire:
            keywords = {**warehouse.keywords, "port": wire.port}
            engine = open_engine(ConnectionSpec("postgres", keywords, warehouse.root), read_only=False)
            distant = engine.session()

            def work() -> None:
                with distant.transaction():
                    distant.lock("name")
                    distant.execute("DELETE FROM t")
                    wire.lose()
                    distant.execute("SELECT 1")

            assert isinstance(failure(work), TransientError)
            with distant.transaction():
                distant.execute("SET LOCAL lock_timeout = '5s'")
                distant.lock("name")
                distant.execute("UPDATE t SET n = 2")
            assert numbers(session) == [2]
            engine.close()


@pytest.fixture
def own(own_postgres: PostgresServer, warehouse: PostgresWarehouse) -> Iterator[Callable[..., Session]]:
    """Opens sessions of databases on a server that may be stopped."""
    with ExitStack() as closed:

        def opened(database: PostgresDatabase) -> Session:
            spec = ConnectionSpec("postgres", database.keywords, warehouse.root)
            return closed.enter_context(closing(open_engine(spec, read_only=False))).session()

        yield opened


class TestServer:
    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_it_is_started_again(self, own_postgres: PostgresServer, own: Callable[..., Session], mode: str) -> None:
        with own_postgres.database() as database:
            session = own(database)
            in_transaction(session, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")

            def work() -> None:
                with session.transaction():
                    session.execute("DELETE FROM t")
                    own_postgres.restart(mode)  # type: ignore[arg-type]
                    session.execute("INSERT INTO t VALUES (2)")

            assert isinstance(failure(work), TransientError)
            assert numbers(session) == [1]

    def test_while_it_is_down_the_error_says_where_and_may_be_tried_again(
        self, own_postgres: PostgresServer, own: Callable[..., Session]
    ) -> None:
        with own_postgres.database() as database:
            session = own(database)
            session.execute("CREATE TABLE t (n INTEGER)")
            own_postgres.stop("fast")
            try:
                said = [failure(lambda: session.execute("SELECT 1")) for _ in range(2)]
            finally:
                own_postgres.start()
            assert all(isinstance(error, TransientError) for error in said)
            assert said[1].message.startswith(f"can't connect to PostgreSQL at 127.0.0.1:{own_postgres.port}: ")
            assert numbers(session) == []

    def test_a_full_disk_is_no_reason_to_try_again(
        self, own_postgres: PostgresServer, own: Callable[..., Session]
    ) -> None:
        many = "INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 60000) AS s(n)"
        with small_disk(own_postgres) as disk:
            session = own(disk.database)
            session.execute("CREATE TABLE t (n INTEGER, s TEXT)")
            session.execute("INSERT INTO t VALUES (0, '')")
            said = failure(lambda: in_transaction(session, "DELETE FROM t", many))
            assert type(said) is ResourceError
            assert not isinstance(said, TransientError)
            assert said.hint == "make room on the server's disk, then run the same command again"
            assert numbers(session) == [0]
            disk.grow()
            in_transaction(own(disk.database), "DELETE FROM t", many)
            assert len(numbers(own(disk.database))) == 60_000


class TestShown:
    """What Python has no type for, or another idea of, comes as PostgreSQL's own text."""

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("DATE 'infinity'", "infinity"),
            ("DATE '-infinity'", "-infinity"),
            ("DATE '20000-01-01'", "20000-01-01"),
            ("DATE '0044-03-15 BC'", "0044-03-15 BC"),
            ("TIMESTAMP '-infinity'", "-infinity"),
            ("TIMESTAMPTZ 'infinity'", "infinity"),
            ("TIMESTAMPTZ '12024-01-01 00:00:00+00'", "12024-01-01 00:00:00+00"),
            ("ARRAY[DATE 'infinity']", "['infinity']"),
            ("INTERVAL '1 month -2 days'", "1 mon -2 days"),
            ("TIME '24:00'", "24:00:00"),
            ("TIMETZ '24:00+02'", "24:00:00+02"),
            ("CAST('NaN' AS NUMERIC)", "NaN"),
            ("CAST(1.50 AS NUMERIC(10, 2))", "1.50"),
            ("CAST('[1, 2]' AS JSON)", "[1, 2]"),
            ("CAST('{\"a\": 1.0}' AS JSONB)", '{"a": 1.0}'),
            ("CAST('(1,2)' AS POINT)", "(1,2)"),
            ("INT4RANGE(1, 5)", "[1,5)"),
            ("CAST('10.0.0.0/8' AS CIDR)", "10.0.0.0/8"),
            ("ROW(1, 'x')", "(1,x)"),
        ],
    )
    def test_as_text(self, session: Session, value: str, shown: str) -> None:
        ((found,),) = session.fetch(f"SELECT {value} AS v")[1]
        assert str(found) == shown


def test_relations_leave_out_what_the_server_keeps_for_itself(engine: Engine, session: Session) -> None:
    session.execute("CREATE TABLE cut (day DATE) PARTITION BY RANGE (day)")
    session.execute("CREATE TABLE leaf PARTITION OF cut FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')")
    session.execute("CREATE MATERIALIZED VIEW made AS SELECT 1 AS a")
    session.execute("CREATE TEMPORARY TABLE hidden (a INTEGER)")
    assert engine.relations(session) == {Relation("public", "cut"), Relation("public", "made")}
    assert engine.relation_kind(session, Relation("public", "cut")) == "TABLE"
    assert engine.table_columns(session, Relation("public", "leaf")) == (Column("day", "DATE"),)


def test_a_statement_that_would_be_cut_short_is_refused(session: Session, table: str) -> None:
    assert isinstance(failure(lambda: session.execute("DELETE FROM t\0 WHERE n = 1")), StatementError)
    assert numbers(session) == [1, 2]


def described(binder: Binder) -> tuple[Column, ...]:
    return binder.describe('SELECT a FROM "s"."t" AS t')

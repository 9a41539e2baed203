"""The wire that other tests cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from support.postgres import Connection, PostgresDatabase
from support.proxy import Proxy


@pytest.fixture
def proxy(postgres_database: PostgresDatabase) -> Iterator[Proxy]:
    with Proxy.to(postgres_database.server.host, postgres_database.server.port) as proxy:
        yield proxy


@pytest.fixture
def connect(postgres_database: PostgresDatabase, proxy: Proxy) -> Iterator[Callable[[], Connection]]:
    made: list[Connection] = []

    def connect() -> Connection:
        made.append(postgres_database.connect(host=proxy.host, port=proxy.port, connect_timeout=5))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def backends(database: PostgresDatabase) -> int:
    with database.server.connect() as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database.name]).fetchone()
    assert row is not None
    return int(row[0])


def test_many_bytes_arrive_as_sent(connect: Callable[[], Connection], proxy: Proxy) -> None:
    text = "x" * 3_000_000
    connection = connect()
    assert connection.execute("SELECT %s || 'y'", [text]).fetchone() == (text + "y",)
    assert proxy.connections == 1
    connection.close()
    until(lambda: proxy.connections == 0)


def test_dropped(connect: Callable[[], Connection], proxy: Proxy, postgres_database: PostgresDatabase) -> None:
    one, other = connect(), connect()
    proxy.drop()
    for connection in (one, other):
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    until(lambda: backends(postgres_database) == 0)
    assert connect().execute("SELECT 1").fetchone() == (1,)


def test_lost_to_the_client_alone(
    connect: Callable[[], Connection], proxy: Proxy, postgres_database: PostgresDatabase
) -> None:
    connection = connect()
    proxy.lose()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert backends(postgres_database) == 1


@pytest.mark.parametrize("delivered", [True, False])
def test_cut_at_a_commit(
    connect: Callable[[], Connection], proxy: Proxy, postgres_database: PostgresDatabase, delivered: bool
) -> None:
    connection = connect()
    connection.execute("CREATE TABLE t (n INTEGER)")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (1)")
    proxy.cut_at(b"COMMIT", delivered=delivered)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("COMMIT")
    with postgres_database.connect() as direct:
        until(
            lambda: (
                direct.execute(
                    "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
                == [("idle" if delivered else "idle in transaction",)]
            )
        )
        assert direct.execute("SELECT count(*) FROM t").fetchone() == (int(delivered),)


def test_frozen_and_thawed(connect: Callable[[], Connection], proxy: Proxy) -> None:
    connection = connect()
    proxy.freeze()
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(connection.execute("SELECT 1").fetchone()))
    asking.start()
    asking.join(0.2)
    assert answers == []
    proxy.thaw()
    asking.join(10)
    assert answers == [(1,)]


def test_refused_and_accepted(connect: Callable[[], Connection], proxy: Proxy) -> None:
    connection = connect()
    proxy.refuse()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connect()
    assert connection.execute("SELECT 1").fetchone() == (1,)
    proxy.accept()
    assert connect().execute("SELECT 1").fetchone() == (1,)


def test_delayed(connect: Callable[[], Connection], proxy: Proxy) -> None:
    connection = connect()
    proxy.delay(0.1)
    before = time.monotonic()
    connection.execute("SELECT 1")
    assert time.monotonic() - before >= 0.2

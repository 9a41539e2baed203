"""What may happen to a backfill on PostgreSQL: a partition is never there in part, no record claims what the rows do not
hold, what may pass is tried again, and the same command finishes the work.
"""

from __future__ import annotations

import json
import math
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import swathe
from support.gate import closed_gate, until
from support.leaf_project import SOURCE, LeafProject
from support.postgres import PostgresDatabase, PostgresServer
from support.proxy import Proxy
from support.small_disk import small_disk
from support.together import ALL, CUT, DAYS, Running, assert_true, opened, rows_are_as_recorded, times_built
from swathe.engine.postgres import connector


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with opened(tmp_path / "p", postgres_database) as project:
        yield project


def backfill(project: LeafProject, *arguments: str) -> tuple[int, str]:
    told = swathe(project.root, "backfill", "--yes", *arguments)
    return told.code, " ".join((told.stdout + told.stderr).split())


def test_connections_that_are_ended_are_opened_again(project: LeafProject) -> None:
    with closed_gate(project) as gate:
        run = Running.backfill(project, "run", "--parallel", "3")
        gate.wait_for(1)
        for _ in range(3):
            project.connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'swathe' and datname = current_database()"
            )
            gate.wait_for(1)
        gate.open()
        assert run.end() == 0
    assert "base: trying again in 0." in run.text
    assert "terminating connection" in run.text
    assert_true(project)
    assert times_built(project) == ALL


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_is_restarted_is_waited_for(tmp_path: Path, own_postgres: PostgresServer, mode: str) -> None:
    with own_postgres.database() as database, opened(tmp_path / "p", database) as project:
        with closed_gate(project) as gate:
            run = Running.backfill(project, "run", "--parallel", "2")
            gate.wait_for(1)
            own_postgres.stop(mode)  # type: ignore[arg-type]
            time.sleep(0.5)
            own_postgres.start()
        assert run.end() == 0
        assert "trying again" in run.text
        with database.connect() as connection:
            project.connection = connection
            assert_true(project)
            assert times_built(project) == ALL


@pytest.mark.parametrize("delivered", [True, False])
def test_a_commit_whose_answer_is_lost_is_not_done_twice(project: LeafProject, *, delivered: bool) -> None:
    database = project.database
    with Proxy.to(str(database.keywords["host"]), int(database.keywords["port"])) as wire:
        profiles = project.root / "profiles.yml"
        said = json.loads(profiles.read_text())
        said["p"]["outputs"]["dev"]["port"] = wire.port
        profiles.write_text(json.dumps(said))
        with closed_gate(project) as gate:
            run = Running.backfill(project, "run", "--order", "newest")
            gate.wait_for(1)
            for _ in range(4):
                wire.cut_at(b"COMMIT", delivered=delivered)
                gate.open()
                time.sleep(0.3)
        wire.spare()
        assert run.end() == 0
    assert "trying again" in run.text
    assert_true(project)
    assert times_built(project) == ALL


def test_a_full_disk_fails_at_once_and_what_is_there_stays(tmp_path: Path, own_postgres: PostgresServer) -> None:
    with small_disk(own_postgres) as disk, LeafProject.opened(tmp_path / "p", disk.database) as project:
        project.fill("2024-01-01", "2024-01-04 23:00", "6 hours")
        cut = {**CUT, "end": "2024-01-05", "batch_size": 2}
        many = f"select day, i, md5(cast(i as text)) as text from {SOURCE}, generate_series(1, {{{{ var('many') }}}}) as s(i)"
        project.write_model("m", many, **cut)
        assert backfill(project, "--vars", "many: 100")[0] == 0
        code, said = backfill(project, "--vars", "many: 40000")
        assert code == 1, said
        assert "hint: make room on the server's disk, then run the same command again" in said
        assert "trying again" not in said
        assert project.query(
            "select count(*) > 0, min(partitions) from swathe_state.attempts where status = 'failed'"
        ) == [(True, 1)]
        assert project.query("select * from swathe_state.attempts where status = 'split'") == []
        held = "select to_char(day, 'YYYY-MM-DD') as key, count(*) as n from mart.m group by 1 order by 1"
        recorded = "select partition_key, row_count from swathe_state.partitions order by 1"
        assert project.query(held) == project.query(recorded)
        disk.grow()
        assert backfill(project, "--vars", "many: 40000")[0] == 0
        assert project.query("select count(*), count(distinct day) from mart.m") == [(16 * 40000, 4)]


def test_a_lock_that_others_hold_for_longer_than_is_waited_is_tried_for_again(
    project: LeafProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.build()
    project.connection.execute("update raw.events set amount = amount + 1")
    monkeypatch.setitem(connector._SETTINGS, "lock_timeout", "100ms")
    with project.database.connect() as other:
        other.execute("begin; lock table mart.base in exclusive mode")
        freed = threading.Timer(1.5, lambda: other.execute("commit"))
        freed.start()
        code, said = backfill(project)
        freed.join()
    assert code == 0
    assert "base: trying again in" in said
    assert "canceling statement due to lock timeout" in said
    assert_true(project)
    assert times_built(project) == dict.fromkeys(ALL, 2 * DAYS)


def test_a_deadlock_and_a_serialisation_failure_pass(project: LeafProject) -> None:
    """Raised by the server itself, a few times and then no more."""
    project.connection.execute(
        "create sequence public.tries; create function public.unlucky(n integer) returns integer stable language plpgsql "
        "as $$ begin if nextval('public.tries') <= 3 then raise exception 'could not serialize access' "
        "using errcode = case when currval('public.tries') = 2 then '40P01' else '40001' end; end if; return n; end $$"
    )
    project.write_model("base", f"select day, public.unlucky(id) as id, amount from {SOURCE}", volatile="accept", **CUT)
    code, said = backfill(project)
    assert code == 0
    assert said.count("base: trying again in") == 3
    assert_true(project)
    assert times_built(project) == ALL


@pytest.mark.parametrize("parallel", ["1", "4"])
def test_three_of_a_hundred_are_found_in_few_statements(project: LeafProject, parallel: str) -> None:
    bad = [17, 18, 71]
    project.connection.execute("delete from raw.events")
    project.connection.execute(
        "insert into raw.events (id, day, amount) "
        "select n, date '2024-01-01' + n, case when n = any(%s) then null else 1 end from generate_series(0, 99) n",
        [bad],
    )
    cut = {**CUT, "end": "2024-04-10"}
    project.write_model("base", f"select day, id, 10 / coalesce(amount, 0) as amount from {SOURCE}", **cut)
    project.write_model("daily", "select day, count(*) as n from {{ ref('base') }} group by day", **cut)
    (project.root / "models" / "weeks.sql").unlink()
    told = swathe(project.root, "backfill", "--yes", "--parallel", parallel, "--output", "json")
    assert told.code == 1
    base, daily = json.loads(told.stdout)["models"]
    assert all("division by zero" in failure["error"] for failure in base["failures"])
    assert project.query("select count(*) from mart.base") == [(97,)]
    assert (base["succeeded"], base["failed"], daily["succeeded"], daily["blocked"]) == (97, 3, 97, 3)
    ((tries,),) = project.query("select count(*) from swathe_state.attempts where model = 'base'")
    assert tries <= 8 + len(bad) * 2 * math.ceil(math.log2(100))
    assert sorted(failure["partition"] for failure in base["failures"]) == [
        key
        for (key,) in project.query(
            "select to_char(date '2024-01-01' + n, 'YYYY-MM-DD') from unnest(%s::int[]) n", [bad]
        )
    ]


def test_the_first_partition_is_tried_alone(project: LeafProject) -> None:
    """Whatever else could run at the same time."""
    project.write_model("base", f"select day, public.gate(id) as id, amount from {SOURCE}", volatile="accept", **CUT)
    with closed_gate(project) as gate:
        run = Running.backfill(project, "run", "--parallel", "4", "--order", "newest")
        gate.wait_for(1)
        time.sleep(0.5)
        assert project.query("select first_ordinal = last_ordinal, count(*) over () from swathe_state.claims") == [
            (True, 1)
        ]
        gate.open()
        assert run.end() == 0
    assert project.query("select first_key, partitions from swathe_state.attempts where model = 'base' limit 1") == [
        ("2024-02-29", 1)
    ]


def test_a_day_downstream_does_not_wait_for_the_whole_of_what_it_reads(project: LeafProject) -> None:
    slow = f"select day, case when day = '2024-02-29' then public.gate(id) else id end as id, amount from {SOURCE}"
    of_its_own = "where '{{ partition.key }}' <> ''"  # each day is a batch
    project.write_model("base", f"{slow} {of_its_own}", volatile="accept", **CUT)
    with closed_gate(project) as gate:
        run = Running.backfill(project, "run", "--parallel", "2")
        gate.wait_for(1)
        built = "select model, count(*) from swathe_state.partitions group by 1 order by 1"
        until(lambda: project.query(built) == [(model, DAYS - 1) for model in ALL])
        gate.open()
        assert run.end() == 0
    assert_true(project)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_at_once_and_cleanly(project: LeafProject, number: signal.Signals, code: int) -> None:
    with closed_gate(project) as gate:
        run = Running.backfill(project, "run", "--parallel", "2")
        gate.wait_for(1)
        begun = time.monotonic()
        run.signal(number)
        assert run.end() == code
        assert time.monotonic() - begun < 5
    assert "Traceback" not in run.text
    assert "interrupted: what was in flight was rolled back, and the rest is committed" in run.text
    assert project.query("select status from swathe_state.runs") == [("cancelled",)]
    assert project.query("select * from swathe_state.claims") == []
    assert rows_are_as_recorded(project)
    assert backfill(project)[0] == 0
    assert_true(project)


@pytest.mark.parametrize("waiting", [True, False])
def test_a_kill_leaves_nothing_in_part(project: LeafProject, *, waiting: bool) -> None:
    """In the middle of a batch, and wherever it happens to be."""
    project.build()
    project.connection.execute("update raw.events set amount = amount + 1")
    with closed_gate(project) as gate:
        for moment in range(1 if waiting else 4):
            run = Running.backfill(project, "run", "--parallel", "2")
            if waiting:
                gate.wait_for(1)
            else:
                gate.open()
                time.sleep(0.25 + 0.05 * moment)
            run.signal(signal.SIGKILL)
            run.process.join()
            assert rows_are_as_recorded(project)
    assert backfill(project)[0] == 0
    assert_true(project)
    assert len(project.query("select 1 from swathe_state.partitions")) == 3 * DAYS

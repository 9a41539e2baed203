"""Several processes on one PostgreSQL database share the work: the rows are those of a full refresh, each partition has
one record, and each process says what it did, waited for and left.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.gate import closed_gate, until
from support.leaf_project import LeafProject
from support.postgres import PostgresDatabase
from support.together import ALL, CUT, DAYS, Running, assert_true, opened, times_built


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with opened(tmp_path / "p", postgres_database) as project:
        yield project


def test_from_nothing_each_partition_is_built_once(project: LeafProject) -> None:
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one", "--parallel", "2")
        gate.wait_for(1)
        other = Running.backfill(project, "other", "--parallel", "2")
        until(lambda: "waiting for run" in other.text)
        gate.open()
        assert (one.end(), other.end()) == (0, 0)
    assert_true(project)
    assert times_built(project) == ALL
    assert {model: one.built(model) + other.built(model) for model in ALL} == ALL
    runs = project.query("select run_id, succeeded, status from swathe_state.runs order by started_at")
    assert [status for *_, status in runs] == ["succeeded", "succeeded"]
    assert sum(succeeded for _, succeeded, _ in runs) == 3 * DAYS
    assert f"built by run {runs[0][0]} meanwhile" in other.text


def test_what_is_there_already_is_rebuilt_once(project: LeafProject) -> None:
    project.build()
    project.connection.execute("update raw.events set amount = amount + 1")
    runs = [Running.backfill(project, name, "--parallel", "2") for name in ("one", "other", "third")]
    assert [run.end() for run in runs] == [0, 0, 0]
    assert_true(project)
    assert times_built(project) == dict.fromkeys(ALL, 2 * DAYS)


def test_days_without_rows_stay_without(project: LeafProject) -> None:
    """DELETE finds nothing to lock there, so without claims both would insert."""
    project.connection.execute("create table kept as select * from raw.events; delete from raw.events")
    project.build()
    project.connection.execute("insert into raw.events select * from kept")
    runs = [Running.backfill(project, name) for name in ("one", "other")]
    assert [run.end() for run in runs] == [0, 0]
    assert_true(project)
    assert times_built(project)["base"] == 2 * DAYS


def test_overlapping_ranges(project: LeafProject) -> None:
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one", "--to", "2024-02-05")
        gate.wait_for(1)
        other = Running.backfill(project, "other", "--from", "2024-01-20", "--order", "newest")
        gate.wait_for(2)
        gate.open()
        assert (one.end(), other.end()) == (0, 0)
    project.build()
    assert_true(project)
    assert times_built(project)["base"] == DAYS


def test_full_refreshes_that_meet_build_each_partition_once(project: LeafProject) -> None:
    project.build()
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one", "--full")
        gate.wait_for(1)
        other = Running.backfill(project, "other", "--full")
        until(lambda: "waiting for run" in other.text)
        gate.open()
        assert (one.end(), other.end()) == (0, 0)
    assert_true(project)
    assert times_built(project) == dict.fromkeys(ALL, 2 * DAYS)


def test_what_others_build_may_be_left_to_them(project: LeafProject) -> None:
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one", "base", "--from", "2024-01-01", "--to", "2024-01-01")
        gate.wait_for(1)
        ((holder,),) = project.query("select run_id from swathe_state.runs")
        other = Running.backfill(
            project, "other", "base", "daily", "--to", "2024-01-03", "--no-wait", "--output", "json"
        )
        gate.wait_for(2)
        gate.open()
        assert (one.end(), other.end()) == (0, 1)
    assert f"2024-01-01: left to run {holder}" in other.text
    said = json.loads(other.said.read_text()[other.said.read_text().index("{") :])
    base, daily = (next(model for model in said["models"] if model["model"] == name) for name in ("base", "daily"))
    assert (base["succeeded"], base["left_to_others"], daily["succeeded"], daily["blocked"]) == (2, 1, 2, 1)
    project.build()
    assert_true(project)
    assert times_built(project) == ALL


def test_status_says_what_is_being_built(project: LeafProject) -> None:
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one")
        gate.wait_for(1)
        status = Running.command(project, "status", "status", "base", "--output", "json")
        assert status.end() == 0
        (base,) = json.loads(status.said.read_text())["models"]
        assert base["verdicts"]["running"] == 1
        assert base["verdicts"]["missing"] == DAYS - 1
        gate.open()
        assert one.end() == 0


def test_a_killed_run_holds_nobody_up(project: LeafProject) -> None:
    """Its lease of a minute has not run out."""
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one")
        gate.wait_for(1)
        one.signal(signal.SIGKILL)
        one.end()
        until(lambda: project.query("select 1 from pg_stat_activity where application_name = 'swathe'") == [])
        gate.open()
        begun = time.monotonic()
        other = Running.backfill(project, "other")
        assert other.end() == 0
        assert time.monotonic() - begun < 20
    assert_true(project)
    assert times_built(project) == ALL
    assert project.query("select status from swathe_state.runs order by started_at") == [("killed",), ("succeeded",)]


def test_a_run_that_stood_still_for_longer_than_its_lease_goes_on(project: LeafProject) -> None:
    """Whether it had only claimed or was writing: nothing is written twice."""
    (project.root / "pyproject.toml").write_text("[tool.swathe]\nlease_seconds = 2\n")
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one")
        gate.wait_for(1)
        one.signal(signal.SIGSTOP)
        time.sleep(2.5)
        gate.open()
        other = Running.backfill(project, "other")
        until(lambda: "waiting for run" in other.text)  # its transaction is still open
        one.signal(signal.SIGCONT)
        assert (one.end(), other.end()) == (0, 0)
    assert_true(project)
    assert times_built(project) == ALL


def test_columns_are_changed_once(project: LeafProject) -> None:
    project.build()
    project.write_model(
        "daily",
        "select day, count(*) as n, sum(amount) as total, min(amount) as least from {{ ref('base') }} group by day",
        **CUT,
    )
    runs = [Running.backfill(project, name) for name in ("one", "other", "third")]
    assert [run.end() for run in runs] == [0, 0, 0]
    truth = "select day, count(*), sum(amount), min(amount) from raw.events group by day"
    assert project.query(f"(select day, n, total, least from mart.daily) except all ({truth})") == []
    assert project.query("select count(*) from mart.daily") == [(DAYS,)]
    assert times_built(project)["daily"] == 2 * DAYS


def test_records_are_not_changed_under_a_run(project: LeafProject) -> None:
    project.build()
    project.connection.execute("update raw.events set amount = amount + 1")
    with closed_gate(project) as gate:
        one = Running.backfill(project, "one")
        gate.wait_for(1)
        wipe = Running.command(project, "wipe", "wipe", "base", "--yes")
        assert wipe.end() == 2
        assert "is being built there by run" in wipe.text
        gate.open()
        assert one.end() == 0
    assert_true(project)

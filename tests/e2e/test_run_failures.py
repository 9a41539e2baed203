"""What goes wrong while a backfill runs: what failed keeps its rows and says why, the rest is committed, and the same
command goes on where it was.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.command_line import Told, swathe
from support.miniature import BY_DAY, MODELS, Miniature, all_work, verdicts
from swathe.run.executor import Executor

NOW = ("--now", "2024-06-01")


@pytest.fixture
def mini(tmp_path: Path) -> Miniature:
    return only(Miniature.create(tmp_path / "mini"), "base", "daily")


def only(mini: Miniature, *names: str) -> Miniature:
    """The project with just these models."""
    for name in MODELS:
        if name not in names:
            (mini.root / "models" / f"{name}.sql").unlink()
    return mini


def backfill(mini: Miniature, *options: str) -> Told:
    return swathe(mini.root, "backfill", "--yes", *NOW, *options)


def results(told: Told) -> dict[str, dict[str, Any]]:
    """Of a backfill with `--output json`, by model."""
    return {model["model"]: model for model in json.loads(told.stdout)["models"]}


def attempts(mini: Miniature, model: str) -> Counter[str]:
    return Counter(row[0] for row in mini.query(f"select status from swathe_state.attempts where model = '{model}'"))


def built(mini: Miniature, model: str) -> list[str]:
    return [row[0] for row in mini.query(
        f"select partition_key from swathe_state.partitions where model = '{model}' order by ordinal"
    )]  # fmt: skip


def rows_of(mini: Miniature, day: date) -> list[tuple[Any, ...]]:
    return [row for row in mini.table("base") if row[0] == day]


def poison(mini: Miniature, *days: int) -> None:
    for day in days:
        mini.set_day(date(2024, 1, day), [(1, "a", "not a number")])


def test_failed_partitions_keep_their_rows_and_the_rest_is_built(mini: Miniature) -> None:
    backfill(mini)
    before = rows_of(mini, date(2024, 1, 9))
    mini.set_day(date(2024, 1, 8), [(1, "a", "70")])
    poison(mini, 9)
    told = backfill(mini)
    assert told.code == 1
    assert rows_of(mini, date(2024, 1, 9)) == before
    assert rows_of(mini, date(2024, 1, 8)) == [(date(2024, 1, 8), "a", 70)]
    for stream in (told.stderr, told.stdout):
        assert "Could not convert string 'not a number' to INT32" in stream
    assert "failed: base 2024-01-09\n  --> models/base.sql\n" in told.stderr
    assert "daily: 1 partition blocked by `base`" in told.stderr
    assert "1 partition failed, 1 blocked" in told.stdout
    assert "Traceback" not in told.stderr + told.stdout


def test_the_same_command_takes_up_what_failed_and_what_it_blocked(mini: Miniature) -> None:
    poison(mini, 9, 16)
    first = results(backfill(mini, "--output", "json"))
    assert {name: (model["succeeded"], model["failed"], model["blocked"]) for name, model in first.items()} == {
        "base": (19, 2, 0),
        "daily": (19, 0, 2),
    }
    assert [failure["partition"] for failure in first["base"]["failures"]] == ["2024-01-09", "2024-01-16"]
    assert {key: verdict for key, verdict in verdicts(mini.plan(), "base").items() if verdict != "current"} == {
        "2024-01-09": "failed",
        "2024-01-16": "failed",
    }
    mini.set_day(date(2024, 1, 9), [(1, "a", "9")])
    mini.set_day(date(2024, 1, 16), [(1, "a", "16")])
    told = backfill(mini, "--output", "json")
    assert told.code == 0
    assert {name: (model["succeeded"], model["failed"]) for name, model in results(told).items()} == {
        "base": (2, 0),
        "daily": (2, 0),
    }
    assert mini.table("base") == mini.truth()["base"]
    assert mini.table("daily") == mini.truth()["daily"]
    assert all_work(mini.plan()) == {}


def test_only_what_failed_can_be_asked_for(mini: Miniature) -> None:
    poison(mini, 9)
    backfill(mini, "--to", "2024-01-10")
    mini.set_day(date(2024, 1, 9), [(1, "a", "9")])
    assert backfill(mini, "--only", "failed").code == 0
    assert built(mini, "base") == [f"2024-01-{day:02}" for day in range(1, 11)]
    assert "2024-01-09" not in built(mini, "daily")


def many_days(mini: Miniature, count: int, poisoned: set[int]) -> None:
    """Another source, one row a day, and a model over it."""
    path = mini.root / "data" / "events" / "week-0.parquet"
    for other in path.parent.glob("*.parquet"):
        other.unlink()
    start = datetime(2024, 1, 1)
    with duckdb.connect() as connection:
        connection.execute("create table t (seen_at timestamp, who varchar, amount varchar)")
        connection.executemany(
            "insert into t values (?, 'a', ?)",
            [(start + timedelta(days=n, hours=1), "bad" if n in poisoned else str(n)) for n in range(count)],
        )
        connection.execute(f"copy t to '{path}' (format parquet)")
    mini.write_model("base", MODELS["base"].replace(', end="2024-01-22"', ""))
    only(mini, "base")


@pytest.mark.parametrize("poisoned", [{400}, {100, 500}, {450, 451, 452}])
def test_poisoned_partitions_are_found_in_few_statements(tmp_path: Path, poisoned: set[int]) -> None:
    mini = Miniature.create(tmp_path / "mini")
    many_days(mini, 520, poisoned)
    told = swathe(mini.root, "backfill", "--yes", "--now", "2025-06-04", "--output", "json")
    base = results(told)["base"]
    failed = {(date.fromisoformat(failure["partition"]) - date(2024, 1, 1)).days for failure in base["failures"]}
    assert failed == poisoned
    assert base["succeeded"] == 520 - len(poisoned)
    depth = math.ceil(math.log2(520))
    assert attempts(mini, "base").total() <= 5 + len(poisoned) * 2 * depth
    assert mini.query("select count(*), count(distinct day) from main.base") == [(520 - len(poisoned),) * 2]
    assert attempts(mini, "base")["failed"] == len(poisoned)


def test_an_error_that_no_data_decides_fails_the_model_in_one_statement(tmp_path: Path) -> None:
    mini = only(Miniature.create(tmp_path / "mini"), "base", "daily", "loud", "louder", "people")
    backfill(mini)
    mini.query("create or replace view main.loud as select 1 as other")
    tries = attempts(mini, "louder").total()
    told = backfill(mini, "louder", "--full", "--output", "json")
    assert told.code == 1
    [failure] = results(told)["louder"]["failures"]
    assert (failure["partition"], failure["to"], failure["partitions"]) == ("2024-01-01", "2024-01-21", 21)
    assert 'Referenced column "day" not found' in failure["error"]
    assert attempts(mini, "louder").total() == tries + 1
    assert len(mini.table("louder")) == 21


def test_null_keys_are_counted_and_nothing_is_written(mini: Miniature) -> None:
    path = mini.root / "data" / "events" / "nulls.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select null::timestamp as seen_at, 'x' as who, '1' as amount from range(1234)) "
            f"to '{path}' (format parquet)"
        )
    told = backfill(mini)
    assert told.code == 1
    assert "1,234 rows have no `day` (NULL), and so belong to no partition" in told.stderr
    assert 'leave them out with `where day is not null`, give them a value, or say `"nulls": "own"`' in told.stderr
    assert mini.query("select table_name from information_schema.tables where table_schema = 'main'") == []
    path.unlink()
    assert backfill(mini).code == 0
    assert mini.table("daily") == mini.truth()["daily"]


def test_rows_outside_of_their_partition_are_counted_and_told(mini: Miniature) -> None:
    mini.write_model(
        "base",
        "{{ config(" + BY_DAY + ") }}\n"
        "select cast({{ partition.start }} as date) + cast(i as integer) as day, 'a' as who, 1 as amount\n"
        "from range(3) as t(i)",
    )
    told = backfill(mini, "base")
    assert told.code == 0
    assert mini.query("select count(*), count(distinct day) from main.base") == [(21, 21)]
    assert mini.query("select sum(rows_outside), count(*) from swathe_state.attempts") == [(42, 21)]
    assert "42 rows" in told.stdout
    assert "base" in told.stdout
    told = backfill(mini, "base", "--full", "--output", "json")
    assert told.code == 0


def test_fail_fast_stops_at_the_first_failure(mini: Miniature) -> None:
    poison(mini, 3, 20)
    told = backfill(mini, "--fail-fast", "--output", "json")
    assert told.code == 1
    base = results(told)["base"]
    assert [failure["partition"] for failure in base["failures"]] == ["2024-01-03"]
    assert results(told)["daily"]["succeeded"] == 0
    assert verdicts(mini.plan(), "base")["2024-01-20"] == "missing"
    mini.set_day(date(2024, 1, 3), [(1, "a", "3")])
    mini.set_day(date(2024, 1, 20), [(1, "a", "20")])
    assert backfill(mini).code == 0
    assert mini.table("daily") == mini.truth()["daily"]


SLOW = (
    "{{ config(" + BY_DAY.replace('"2024-01-22"', '"2024-01-07"') + ") }}\n"
    "select cast(seen_at as date) as day, who, cast(amount as integer) as amount,\n"
    "  (select sum(hash(i) % 7) from range(60000000) as t(i)) as busy\n"
    "from {{ source('raw', 'events') }} where '{{ partition.key }}' <> ''"  # so that each day is a batch of its own
)


# Tests that run as a job in the background ignore SIGINT, and would hand that down.
FOREGROUND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from swathe.cli.main import main; main()"
)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_cleanly_and_the_same_command_resumes(tmp_path: Path, number: signal.Signals, code: int) -> None:
    mini = only(Miniature.create(tmp_path / "mini"), "base")
    mini.write_model("base", SLOW)
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, "backfill", "--yes", *NOW],
        cwd=mini.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("base 2024-01-02: "):
            break
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in stdout + stderr
    assert "interrupted: what was in flight was rolled back, and the rest is committed" in stderr
    done = built(mini, "base")
    assert done[:2] == ["2024-01-01", "2024-01-02"]
    assert len(done) < 6
    assert [str(row[0]) for row in mini.query("select distinct day from main.base order by 1")] == done
    assert mini.query("select status, succeeded, ended_at is not null from swathe_state.runs") == [
        ("cancelled", len(done), True)
    ]
    assert mini.query("select count(*) from swathe_state.claims") == [(0,)]
    assert attempts(mini, "base") == {"succeeded": len(done)}
    assert set(verdicts(mini.plan(), "base").values()) == {"current", "missing"}
    told = backfill(mini, "--output", "json")
    assert told.code == 0
    assert results(told)["base"]["succeeded"] == 6 - len(done)
    assert mini.query("select count(*), count(distinct day) from main.base") == [(18, 6)]


def test_what_had_not_begun_does_not_hold_up_an_interrupt(mini: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_executor: Executor) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadPoolExecutor, "_adjust_thread_count", lambda _pool: None)  # nobody takes up a job
    monkeypatch.setattr(Executor, "_wait", interrupted)
    assert backfill(mini).code == 130
    assert mini.query("select status from swathe_state.runs") == [("cancelled",)]

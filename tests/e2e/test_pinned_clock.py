"""`volatile = "pin"`: all statements of a run see one moment, and a run can be repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.command_line import Told, swathe
from support.databases import opened

FILES = {
    "profiles.yml": "mini:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: mini.duckdb}\n",
    "macros/clock.sql": "{% macro loaded() %}now(){% endmacro %}\n",
    "models/days.sql": """{{ config(
    partition_by = {"column": "day", "granularity": "day"},
    begin = "2024-01-01",
    end = "2024-01-10",
    batch_size = 1,
    volatile = "pin",
) }}
select cast(seen as date) as day, {{ loaded() }} as loaded_at, current_date as today, LocalTimestamp as local
from range(timestamp '2024-01-01', timestamp '2024-02-01', interval 1 hour) as r(seen)
where seen < current_date
""",
}
NOW = "2024-06-01T12:00:00Z"
MOMENT = ("2024-06-01 12:00:00+00", "2024-06-01", "2024-06-01 12:00:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "models/days.sql"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with opened(folder / "mini.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def moments(folder: Path) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in ("loaded_at", "today", "local"))
    return rows(folder, f"SELECT DISTINCT {columns} FROM days ORDER BY ALL")


def warnings(told: Told) -> list[str]:
    return [line.removeprefix("warning: ") for line in told.stderr.splitlines() if line.startswith("warning: ")]


def test_a_run_sees_one_moment(folder: Path) -> None:
    told = swathe(folder, "backfill", "--yes", "--parallel", "3", "--now", NOW)
    assert (told.code, warnings(told)) == (0, [])
    assert rows(folder, "SELECT count(DISTINCT day) FROM days") == [(9,)]
    assert rows(folder, "SELECT count(*) FROM swathe_state.attempts") == [(2,)]  # the canary and the rest
    assert moments(folder) == [MOMENT]
    assert swathe(folder, "plan", "--check").code == 0


def test_without_now_it_is_when_the_command_began(folder: Path) -> None:
    assert swathe(folder, "backfill", "--yes").code == 0
    assert len(moments(folder)) == 1
    query = "SELECT DISTINCT planned_at = CAST(loaded_at AT TIME ZONE 'UTC' AS TIMESTAMP) FROM days, "
    assert rows(folder, query + "swathe_state.partitions") == [(True,)]


def test_a_run_is_repeated_with_now(folder: Path) -> None:
    assert swathe(folder, "backfill", "--yes", "--now", "2024-07-01").code == 0
    assert swathe(folder, "backfill", "--yes", "--full", "--now", "2024-06-01T14:00:00+02:00").code == 0
    assert moments(folder) == [MOMENT]


def test_that_clocks_are_pinned_is_no_logic(folder: Path) -> None:
    edit(folder, '"pin"', '"warn"')
    assert len(warnings(swathe(folder, "backfill", "--yes", "--now", NOW))) == 4
    logic = rows(folder, "SELECT fingerprint, sql FROM swathe_state.logic")
    edit(folder, '"warn"', '"pin"')
    assert swathe(folder, "plan", "--check").code == 0
    assert swathe(folder, "backfill", "--yes", "--full").code == 0
    assert rows(folder, "SELECT fingerprint, sql FROM swathe_state.logic") == logic
    assert "now()" in logic[0][1]


def test_that_clocks_are_pinned_is_no_logic_where_a_view_is_read_either(folder: Path) -> None:
    (folder / "models/seen.sql").write_text(
        "{{ config(materialized='view') }}\nselect timestamp '2024-01-02' as seen\n"
    )
    edit(
        folder, "range(timestamp '2024-01-01', timestamp '2024-02-01', interval 1 hour) as r(seen)", "{{ ref('seen') }}"
    )
    assert swathe(folder, "backfill", "--yes", "--now", NOW).code == 0
    assert moments(folder) == [MOMENT]
    edit(folder, '"pin"', '"accept"')
    assert swathe(folder, "plan", "--check").code == 0


def test_what_is_compiled_previewed_and_compared_is_what_is_run(folder: Path) -> None:
    compiled = json.loads(swathe(folder, "compile", "--output", "json", "--now", NOW).stdout)["models"][0]
    assert "now() as loaded_at, current_date as today" in compiled["sql"]
    assert (
        "TIMESTAMPTZ '2024-06-01 12:00:00+00:00' as loaded_at, DATE '2024-06-01' as today" in compiled["statements"][-1]
    )
    assert "seen < DATE '2024-06-01'" in compiled["statements"][-1]
    assert swathe(folder, "backfill", "--yes", "--now", NOW).code == 0
    key = ("days", "--partition", "2024-01-03", "--output", "json", "--now", NOW)
    shown = json.loads(swathe(folder, "preview", *key).stdout)["rows"][0]
    assert shown == ["2024-01-03", "2024-06-01 12:00:00+00", "2024-06-01", "2024-06-01T12:00:00"]
    told = swathe(folder, "diff", *key[:3], "--now", NOW)
    assert (told.code, "no difference" in told.stdout or "the same" in told.stdout) == (0, True), told.stdout


def test_what_cannot_be_pinned_is_still_warned_of(folder: Path) -> None:
    edit(folder, "LocalTimestamp as local", "localtimestamp, random() as r, age(seen) as a, current_time as t")
    told = swathe(folder, "plan")
    assert warnings(told) == [
        "`localtimestamp` gives another value in each run  models/days.sql:8:87",
        "`random()` gives another value in each run  models/days.sql:8:103",
        "`age()` gives another value in each run  models/days.sql:8:118",
        "`current_time` gives another value in each run  models/days.sql:8:134",
    ]
    assert "hint: it is pinned where its column is named with `as`" in told.stderr
    assert '`volatile = "pin"`' not in told.stderr


def test_a_warning_speaks_of_it_where_it_would_help(folder: Path) -> None:
    edit(folder, '"pin"', '"warn"')
    told = swathe(folder, "plan", "--output", "json")
    hints = {warning["hint"] for warning in json.loads(told.stdout)["models"][0]["warnings"]}
    assert len(hints) == 1
    assert 'or set `volatile = "pin"` for the start of the run' in hints.pop()
    edit(folder, "LocalTimestamp as local", "current_time as local")
    assert swathe(folder, "plan").stderr.count("hint: ") == 2


def test_a_view_asks_the_clock_itself(folder: Path) -> None:
    (folder / "models/ages.sql").write_text(
        "{{ config(materialized='view', volatile='pin') }}\nselect day, now() - day as age from {{ ref('days') }}\n"
    )
    told = swathe(folder, "plan")
    assert (told.code, told.errors) == (2, ["the clock of a view can't be pinned: it is asked in each read"])
    assert told.at is not None
    assert told.at.startswith("models/ages.sql:1:")
    assert told.hint == "leave it out, and call the clock in the model that reads the view"


def test_a_view_that_is_read_is_still_warned_of(folder: Path) -> None:
    (folder / "models/clock.sql").write_text("{{ config(materialized='view') }}\nselect today() as d\n")
    edit(folder, "where seen < current_date", "where seen < (select d from {{ ref('clock') }})")
    told = swathe(folder, "plan")
    assert warnings(told) == ["`today()` gives another value in each run  models/clock.sql:2:8"]
    assert '"pin"' not in told.stderr


def test_a_column_of_an_input_is_no_call(folder: Path) -> None:
    (folder / "models/odd.sql").write_text(
        "select timestamp '2024-01-02 10:00' as seen, date '2024-01-03' as current_date"
    )
    edit(
        folder, "range(timestamp '2024-01-01', timestamp '2024-02-01', interval 1 hour) as r(seen)", "{{ ref('odd') }}"
    )
    assert swathe(folder, "backfill", "--yes", "--now", NOW).code == 0
    assert moments(folder) == [(MOMENT[0], "2024-01-03", MOMENT[2])]


def test_the_queries_that_find_partitions_see_the_same_moment(folder: Path) -> None:
    (folder / "models/marks.sql").write_text("""{{ config(
    partition_by = {"column": "mark", "query": "select cast(cast(now() as date) as varchar) as d, random()"},
    volatile = "pin",
) }}
select cast(current_date as varchar) as mark
""")
    told = swathe(folder, "plan", "marks")
    assert told.code == 2
    path = folder / "models/marks.sql"
    path.write_text(path.read_text().replace(", random()", " where random() < 2"))
    told = swathe(folder, "backfill", "marks", "--yes", "--now", NOW)
    assert (told.code, warnings(told)) == (0, ["`random()` gives another value in each run  models/marks.sql:2:5"])
    assert rows(folder, "SELECT mark FROM marks") == [("2024-06-01",)]
    assert swathe(folder, "backfill", "marks", "--yes", "--now", "2024-06-02").code == 0
    assert rows(folder, "SELECT mark FROM marks ORDER BY mark") == [("2024-06-01",), ("2024-06-02",)]

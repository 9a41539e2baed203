"""Queries that give other rows each time: warned of where somebody can do something about it, refused where asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Told, snapshot, swathe

FILES = {
    "profiles.yml": "mini:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: mini.duckdb}\n",
    "macros/noise.sql": "{% macro noise() %}random(){% endmacro %}\n",
    "models/days.sql": """{{ config(
    partition_by = {"column": "day", "granularity": "day"},
    begin = "2024-01-01",
    end = "2024-01-03",
) }}
select cast(seen as date) as day, now() as loaded_at,
    {{ noise() }} as noise
from range(timestamp '2024-01-01', timestamp '2024-01-03', interval 1 hour) as r(seen)
where seen < current_date
""",
    "models/marked.sql": "{{ config(materialized='view') }}\nselect day, uuid() as id from {{ ref('days') }}\n",
    "models/few.sql": "select day, id from {{ ref('marked') }} using sample 3 rows\n",
    "models/plain.sql": "select day, count(*) as hours from {{ ref('days') }} group by day\n",
}
OF_DAYS = [
    "`now()` gives another value in each run  models/days.sql:6:35",
    "`current_date` gives another value in each run  models/days.sql:9:14",
    "`random()` gives another value in each run  models/days.sql:7:8",
]
OF_FEW = [
    "`uuid()` gives another value in each run  models/marked.sql:2:13",
    "`using sample` takes other rows in each run  models/few.sql:1:41",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def edit(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / path).write_text(text.replace(old, new), encoding="utf-8")


def warnings(told: Told) -> list[str]:
    return [line.removeprefix("warning: ") for line in told.stderr.splitlines() if line.startswith("warning: ")]


@pytest.mark.parametrize("command", ["compile", "plan", "backfill"])
def test_each_call_is_named_once_at_its_place(folder: Path, command: str) -> None:
    told = swathe(folder, command, *(["--yes"] if command == "backfill" else []))
    assert told.code == 0
    assert sorted(warnings(told)) == sorted(OF_DAYS + OF_FEW)
    assert "warning" not in told.stdout
    assert told.stderr.count("hint: ") == 3


def test_only_the_selected_models_are_spoken_of(folder: Path) -> None:
    assert warnings(swathe(folder, "plan", "plain")) == []
    assert sorted(warnings(swathe(folder, "plan", "few"))) == sorted(OF_FEW)


def test_a_view_is_not_wrong_until_it_is_stored(folder: Path) -> None:
    assert warnings(swathe(folder, "compile", "marked")) == []
    edit(folder, "models/few.sql", " using sample 3 rows", "")
    assert warnings(swathe(folder, "compile", "few")) == OF_FEW[:1]


def test_a_backfill_warns_of_what_it_builds(folder: Path) -> None:
    assert len(warnings(swathe(folder, "backfill", "--yes", "days"))) == 3
    assert warnings(swathe(folder, "backfill", "--yes", "days")) == []


@pytest.mark.parametrize("command", ["status", "lineage"])
def test_commands_that_build_nothing_do_not_warn(folder: Path, command: str) -> None:
    assert swathe(folder, command).stderr == ""


@pytest.mark.parametrize("command", ["compile", "plan"])
def test_json_has_them_beside_each_model(folder: Path, command: str) -> None:
    told = swathe(folder, command, "--output", "json")
    assert told.stderr == ""
    found = {model["model"]: model["warnings"] for model in json.loads(told.stdout)["models"]}
    assert {name: len(given) for name, given in found.items()} == {"days": 3, "few": 2, "marked": 0, "plain": 0}
    first = found["days"][0]
    assert first.pop("hint").startswith("write `{{ partition.end }}`")
    assert first == {
        "message": "`now()` gives another value in each run",
        "path": "models/days.sql",
        "line": 6,
        "column": 35,
    }


def test_what_is_accepted_is_not_spoken_of(folder: Path) -> None:
    edit(folder, "models/days.sql", 'end = "2024', 'volatile = "accept", end = "2024')
    edit(folder, "models/marked.sql", "'view'", "'view', volatile='accept'")
    assert warnings(swathe(folder, "plan")) == OF_FEW[1:]


def test_the_setting_is_no_logic(folder: Path) -> None:
    assert swathe(folder, "backfill", "--yes").code == 0
    edit(folder, "models/days.sql", 'end = "2024', 'volatile = "accept", end = "2024')
    assert swathe(folder, "plan", "--check").code == 0


def test_a_model_may_refuse_them(folder: Path) -> None:
    edit(folder, "models/days.sql", 'end = "2024', 'volatile = "refuse", end = "2024')
    before = snapshot(folder)
    told = swathe(folder, "backfill", "--yes")
    assert (told.code, told.errors) == (2, ["`now()` gives another value in each run"])
    assert told.at == "models/days.sql:6:35"
    assert told.hint is not None
    assert told.hint.startswith("`volatile` is `refuse`: write `{{ partition.end }}`")
    assert snapshot(folder) == before


def test_what_a_model_refuses_it_refuses_in_the_views_it_reads(folder: Path) -> None:
    (folder / "models/few.sql").write_text(
        "{{ config(volatile='refuse') }} select id from {{ ref('marked') }}", encoding="utf-8"
    )
    told = swathe(folder, "plan")
    assert told.errors == ["`uuid()` gives another value in each run, and `few` reads it through a view"]
    assert told.at == "models/marked.sql:2:13"


def test_a_misspelt_setting(folder: Path) -> None:
    edit(folder, "models/marked.sql", "'view'", "'view', volatile='acept'")
    told = swathe(folder, "plan")
    assert (told.code, told.errors) == (2, ["`volatile` can't be `acept`"])
    assert told.hint == "did you mean `accept`?"


def test_pinned_to_the_partition_a_rebuild_gives_the_same(folder: Path) -> None:
    edit(folder, "models/days.sql", "now()", "{{ partition.end }}")
    edit(folder, "models/days.sql", "{{ noise() }}", "1")
    edit(folder, "models/days.sql", "where seen < current_date\n", "")
    assert swathe(folder, "backfill", "--yes", "days").stderr.count("warning") == 0
    rows = swathe(folder, "preview", "days", "--partition", "2024-01-01", "--output", "json").stdout
    assert json.loads(rows)["rows"][0] == ["2024-01-01", "2024-01-02", 1]

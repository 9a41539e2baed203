"""Keys there and back through the command line: what `status` prints selects exactly that partition everywhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.command_line import Told, swathe

PLACES = [
    "O'Hare",
    "a/b",
    "São Paulo",
    "sao paulo",
    "x=y",
    "",
    " lead",
    "100%",
    "all",
    "%2F",
    "../up",
    "SAO PAULO",
    "*",
]
KINDS = ["red", "green", "blue"]

SOURCES = """
sources:
  - name: raw
    tables:
      - name: rows
        location: data/rows.parquet
"""
DAY = '{"column": "day", "granularity": "day", "nulls": "own"}'
PLACE = json.dumps({"column": "place", "values": PLACES}, ensure_ascii=False)[:-1] + ', "else": True, "nulls": "own"}'
MODELS = {
    "places": "{{ config(partition_by=" + PLACE + ") }}\n"
    "select place, count(*) as n from {{ source('raw', 'rows') }} group by place",
    "ids": '{{ config(partition_by={"column": "id", "range": {"start": -10, "stop": 20, "step": 10}, "nulls": "own"}) }}\n'
    "select id, place from {{ source('raw', 'rows') }} where id < 20 or id is null",
    "three": "{{ config(partition_by=[" + DAY + ', {"column": "kind", "values": ["red"], "else": True}, '
    '{"column": "flag", "values": [True, False]}], begin="2024-01-01", end="2024-01-03") }}\n'
    "select day, kind, flag, id from {{ source('raw', 'rows') }}",
    "found": '{{ config(partition_by={"column": "kind", "query": "select distinct kind from {{ ref(\'three\') }}"}) }}\n'
    "select kind, count(*) as n from {{ ref('three') }} group by kind",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("keys")
    (root / "models").mkdir()
    (root / "data").mkdir()
    (root / "profiles.yml").write_text("p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: p.duckdb}\n")
    (root / "models" / "sources.yml").write_text(SOURCES)
    for name, text in MODELS.items():
        (root / "models" / f"{name}.sql").write_text(text, encoding="utf-8")
    rows = f"""
        select i - 10 as id, date '2024-01-01' + cast(i % 2 as integer) as day, i % 2 = 0 as flag,
               ({[*PLACES, "elsewhere"]!r})[1 + i % {len(PLACES) + 1}] as place, ({KINDS!r})[1 + i % 3] as kind
        from range(60) as t (i)
        union all select null, null, true, null, 'red'
    """
    rows = rows.replace('"O\'Hare"', "'O''Hare'")
    duckdb.sql(rows).write_parquet(str(root / "data" / "rows.parquet"))
    built = swathe(root, "backfill", "--yes")
    assert built.code == 0, built.stderr
    return root


def said(folder: Path, *arguments: str) -> Any:
    told = swathe(folder, *arguments, "--output", "json")
    assert told.code == 0, told.stderr
    return json.loads(told.stdout)


def printed_keys(folder: Path) -> dict[str, list[str]]:
    """The keys that `status` prints of each model."""
    return {
        model["model"]: list(dict.fromkeys(key for run in model["ranges"] for key in (run["from"], run["to"])))
        for model in said(folder, "status")["models"]
    }


def test_every_printed_key_selects_its_partition_in_plan(folder: Path) -> None:
    for model, keys in printed_keys(folder).items():
        for key in keys:
            (planned,) = said(folder, "plan", model, "--full", "--partition", key)["models"]
            assert [(work["from"], work["to"], work["partitions"]) for work in planned["work"]] == [(key, key, 1)]


def test_every_printed_key_selects_its_partition_in_compile_and_no_two_share_a_file(folder: Path) -> None:
    for model, keys in printed_keys(folder).items():
        asked = [argument for key in keys for argument in ("--partition", key)]
        (compiled,) = said(folder, "compile", model, *asked)["models"]
        found = {part["partition"]: part["path"] for part in compiled["partitions"]}
        assert set(found) == set(keys)
        assert len({path.casefold() for path in found.values()}) == len(keys)
        for key, path in found.items():
            assert f"partition {key}\n" in (folder / path).read_text(encoding="utf-8")
            assert (folder / path).resolve().is_relative_to(folder / "target" / "compiled" / model)


def test_one_file_for_one_key(folder: Path) -> None:
    for key in ("place=../up", "place=a/b", "place="):
        (compiled,) = said(folder, "compile", "places", "--partition", key)["models"]
        assert len(compiled["partitions"]) == 1


def test_ranges_of_json_lie_in_one_combination_of_values(folder: Path) -> None:
    (three,) = said(folder, "status", "three")["models"]
    assert sum(run["partitions"] for run in three["ranges"]) == 12
    for run in three["ranges"]:
        assert run["from"].split("/")[1:] == run["to"].split("/")[1:]


def test_each_entry_of_partition_by_is_told(folder: Path) -> None:
    cuts = {model["model"]: model["partition_by"] for model in said(folder, "compile")["models"]}
    assert cuts["places"] == {"column": "place", "values": PLACES, "else": True, "nulls": "own"}
    assert cuts["ids"] == {"column": "id", "range": {"start": -10, "stop": 20, "step": 10}, "nulls": "own"}
    assert cuts["three"] == [
        {"column": "day", "granularity": "day", "nulls": "own"},
        {"column": "kind", "values": ["red"], "else": True},
        {"column": "flag", "values": [True, False]},
    ]
    assert cuts["found"]["values"] == ["blue", "green", "red"]
    assert "select distinct kind" in cuts["found"]["query"]


def lines(told: Told) -> list[str]:
    assert told.code == 0, told.stderr
    return told.stdout.splitlines()


def test_status_shows_each_slice(folder: Path) -> None:
    assert lines(swathe(folder, "status", "three", "ids"))[:7] == [
        "ids    4 current  31 rows  by 10 of id",
        "  -10 ███ 10  __null__ █",
        "three  12 current  61 rows  by day of day, kind and flag",
        "  red/true        2024-01-01 ██ 2024-01-02  __null__ █",
        "  red/false                  ██                      █",
        "  __else__/true              ██                      █",
        "  __else__/false             ██                      █",
    ]


def test_a_plan_tells_rectangles(folder: Path) -> None:
    told = "\n".join(lines(swathe(folder, "plan", "three", "--full"))).replace("\N{MULTIPLICATION SIGN}", "x")
    assert "\n    2024-01-01 … 2024-01-02 and __null__ x red, __else__ x true, false (12)   about 61 rows" in told


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """One to change."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_a_value_that_was_taken_off_is_named_and_can_be_wiped(copy: Path) -> None:
    path = copy / "models" / "three.sql"
    path.write_text(path.read_text().replace('"values": [True, False]', '"values": [True]') + " where flag")
    told = lines(swathe(copy, "status", "three"))
    assert "  red/false                  --                      -" in told
    said_of_it = " ".join(line.strip() for line in told)
    assert "6 partitions retired: `flag=false` is not in the cut any more" in said_of_it
    assert "`swathe wipe three --partition flag=false` drops them" in said_of_it
    assert (
        lines(swathe(copy, "wipe", "three", "--partition", "flag=false", "--yes"))[0] == "wiped 6 partitions of 1 model"
    )
    assert "retired" not in swathe(copy, "status", "three").stdout


def test_null_that_is_no_partition_any_more_can_be_wiped(copy: Path) -> None:
    path = copy / "models" / "ids.sql"
    path.write_text(path.read_text().replace(', "nulls": "own"', "").replace(" or id is null", ""))
    told = lines(swathe(copy, "status", "ids"))
    assert told[1] == "  -10 ▒▒▒ 10  __null__ -"
    assert any("NULL in `id` is no partition any more" in line for line in told)
    assert lines(swathe(copy, "wipe", "ids", "--partition", "__null__", "--yes"))[0] == "wiped 1 partition of 1 model"


def test_a_model_that_waits_for_another_says_so(copy: Path) -> None:
    (copy / "p.duckdb").unlink()
    why = "its partitions are found by a query over `three`, which is not built yet"
    assert lines(swathe(copy, "status", "found"))[1] == f"  {why}"
    assert lines(swathe(copy, "compile", "found"))[2] == f"  {why}"
    assert lines(swathe(copy, "plan", "found"))[0] == f"found: {why}"
    assert swathe(copy, "plan", "found", "--check").code == 4
    told = swathe(copy, "backfill", "found", "--yes")
    assert (told.code, told.stdout.splitlines()[1:]) == (
        1,
        [f"found: {why}", "hint: `swathe backfill +found` builds what it reads first"],
    )
    assert said(copy, "plan", "found")["models"][0]["waits_for"] == ["three"]
    assert lines(swathe(copy, "backfill", "+found", "--yes"))[-1].startswith("done in")
    assert said(copy, "status", "found")["models"][0]["verdicts"]["current"] == 3


def test_a_failure_in_many_slices_has_an_entry_for_each(copy: Path) -> None:
    path = copy / "models" / "three.sql"
    path.write_text(path.read_text().replace(', "else": True', "").replace("flag, id", "flag, id + 1 as id"))
    told = swathe(copy, "backfill", "three", "--yes", "--output", "json")
    (three,) = json.loads(told.stdout)["models"]
    assert (told.code, three["failed"]) == (1, 6)
    assert [(entry["partition"], entry["to"], entry["partitions"]) for entry in three["failures"]] == [
        ("day=__null__/kind=red/flag=true", "day=__null__/kind=red/flag=true", 1),
        ("day=__null__/kind=red/flag=false", "day=__null__/kind=red/flag=false", 1),
        ("day=2024-01-01/kind=red/flag=true", "day=2024-01-02/kind=red/flag=true", 2),
        ("day=2024-01-01/kind=red/flag=false", "day=2024-01-02/kind=red/flag=false", 2),
    ]

"""Windows along whole numbers: what a changed row makes stale, and that the tables are those of a full refresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.command_line import swathe
from support.cuts import SOURCE, CutProject, Row

COLUMNS = {"id": "bigint", "who": "varchar", "amount": "integer"}
WATCHED = [{"column": "id", "range": {"step": 1000}}]
READINGS = f"select id, who, amount from {SOURCE}"
# Hundreds of ids, which are cut into ranges of five: each partition is made of 500 ids.
HUNDREDS = """select id // 100 as hundred, count(*) as n, sum(amount) as total from {{ ref('readings') }} group by 1"""
ROLLING = """\
select hundred, total, sum(total) over (order by hundred range between 2 preceding and current row) as last_three
from {{ ref('hundreds') }}"""
NEIGHBOURS = """\
select a.id, a.amount, count(b.id) as near, sum(b.amount) as around
from {{ ref('readings') }} as a left join {{ ref('readings') }} as b on b.id between a.id - 30 and a.id + 30
group by all"""
# Each id once more, ten times as far out.
SPREAD = "select id * 10 as far, amount from {{ ref('readings') }}"


def numbers(column: str, start: int, stop: int, step: int) -> dict[str, Any]:
    return {"column": column, "range": {"start": start, "stop": stop, "step": step}}


def reading(number: int, amount: int = 1, who: str = "a") -> Row:
    return number, who, amount


ROWS = [reading(number, number % 7) for number in range(-2000, 4000, 23)]


@pytest.fixture
def project(tmp_path: Path) -> CutProject:
    made = CutProject.create(tmp_path / "p", partition_by=WATCHED, columns=COLUMNS)
    made.write_rows(ROWS)
    made.write_model("readings", READINGS, partition_by=numbers("id", -2000, 4000, 1000))
    made.write_model("hundreds", HUNDREDS, partition_by=numbers("hundred", -20, 40, 5))
    made.write_model("rolling", ROLLING, partition_by=numbers("hundred", -20, 40, 5))
    made.write_model("neighbours", NEIGHBOURS, partition_by=numbers("id", -2000, 4000, 500))
    made.write_model("spread", SPREAD, partition_by=numbers("far", -20000, 40000, 10000))
    return made


def full_refresh(rows: list[Row]) -> dict[str, list[Row]]:
    """What the models' queries give, run in one piece."""
    with duckdb.connect() as connection:
        connection.execute("create table events (id bigint, who varchar, amount integer)")
        connection.executemany("insert into events values (?, ?, ?)", rows)
        found = {}
        for name, sql in (
            ("readings", READINGS), ("hundreds", HUNDREDS), ("rolling", ROLLING), ("neighbours", NEIGHBOURS), ("spread", SPREAD),
        ):  # fmt: skip
            text = sql.replace(SOURCE, "events")
            for other in ("readings", "hundreds"):
                text = text.replace("{{ ref('" + other + "') }}", other)
            connection.execute(f"create table {name} as {text}")
            found[name] = sorted(connection.execute(f"select * from {name}").fetchall(), key=repr)
        return found


def data_versions(project: CutProject, model: str) -> dict[str, int]:
    asked = f"select partition_key, data_version from swathe_state.partitions where model = '{model}'"
    return dict(project.query(asked))  # type: ignore[arg-type]


def assert_full(project: CutProject, rows: list[Row]) -> None:
    for model, expected in full_refresh(rows).items():
        assert project.rows(model) == expected, model


def test_tables_cut_by_numbers_equal_a_full_refresh(project: CutProject) -> None:
    project.fill()
    assert_full(project, ROWS)
    assert project.fill() == {}
    for workers in (1, 2):
        project.fill(full=True, workers=workers)
        assert_full(project, ROWS)


@pytest.mark.parametrize(
    ("changed", "readings", "hundreds", "rolling", "neighbours", "spread"),
    [
        # Hundreds 12 and 13, of which the second is read by that of 15, too.
        (1310, ["1000"], ["10"], ["10", "15"], ["1000"], ["10000"]),
        # Hundred 10, read by none of the next five.
        (1010, ["1000"], ["10"], ["10"], ["500", "1000"], ["10000"]),
        # Hundred 0 takes the ids from -99 to 99, hundred -12 those from -1299 to -1200.
        (-10, ["-1000"], ["0"], ["0"], ["-500", "0"], ["-10000"]),
        (-1290, ["-2000"], ["-15"], ["-15", "-10"], ["-1500"], ["-20000"]),
    ],
)
def test_one_changed_row_rebuilds_what_it_reaches_and_no_more(
    project: CutProject,
    changed: int,
    readings: list[str],
    hundreds: list[str],
    rolling: list[str],
    neighbours: list[str],
    spread: list[str],
) -> None:
    project.fill()
    before = {model: data_versions(project, model) for model in ("hundreds", "rolling", "neighbours")}
    rows = [*ROWS, reading(changed, 1000, "new")]
    project.write_rows(rows)
    built = project.fill()
    assert_full(project, rows)
    assert built["readings"] == readings
    # A range of ids is read as a whole, so its neighbours are built again; only these have other rows.
    for model, expected in (("hundreds", hundreds), ("rolling", rolling), ("neighbours", neighbours)):
        after = data_versions(project, model)
        differing = [key for key in after if after[key] != before[model][key]]
        assert sorted(differing, key=int) == expected, model
        assert set(expected) <= set(built[model])
    assert built["spread"] == spread
    assert project.fill() == {}


def test_what_is_stale_is_exact(project: CutProject) -> None:
    project.fill()
    project.write_rows([*ROWS, reading(1310, 1000)])
    assert project.work("readings") == {"1000": "stale-input"}
    # Ids 1000 to 1999 are hundreds 10 to 19.
    assert sorted(project.work("hundreds")) == ["10", "15"]
    assert sorted(project.work("rolling"), key=int) == ["10", "15", "20"]
    assert sorted(project.work("neighbours"), key=int) == ["500", "1000", "1500", "2000"]
    assert sorted(project.work("spread")) == ["10000"]


def test_compile_says_which_numbers_are_read(project: CutProject) -> None:
    said = swathe(project.root, "compile").stdout
    assert "reads raw.events  the same range" in said
    assert "reads hundreds  1 range before up to the same range" in said
    assert "reads readings  1 range before up to 1 range after" in said
    assert "reads readings  -2099 up to -1501 for the range -20" in said
    assert "reads readings  -2000 up to -1001 for the range -20000" in said
    sql = "\n".join(
        json.loads(swathe(project.root, "compile", "rolling", "--output", "json").stdout)["models"][0]["statements"]
    )
    assert '"hundred" >= -22 AND "hundred" < -15' in sql.replace("\n", " ")


def test_json_says_which_numbers_are_read(project: CutProject) -> None:
    models = json.loads(swathe(project.root, "compile", "--output", "json").stdout)["models"]
    windows = {
        (model["model"], read["name"]): (read["window"], read["unit"]) for model in models for read in model["inputs"]
    }
    assert windows == {
        ("readings", "raw.events"): ({"from": 0, "to": 0}, "range"),
        ("hundreds", "readings"): ({"from": -2099, "to": -1501, "example": "-20"}, "number"),
        ("rolling", "hundreds"): ({"from": -1, "to": 0}, "range"),
        ("neighbours", "readings"): ({"from": -1, "to": 1}, "range"),
        ("spread", "readings"): ({"from": -2000, "to": -1001, "example": "-20000"}, "number"),
    }
    assert "reads readings  -2000 up to -1001 for the range -20000" in swathe(project.root, "lineage", "spread").stdout


def test_rows_without_a_number_read_everything(project: CutProject) -> None:
    """And ranges are built without them."""
    rows = [*ROWS, (None, "a", 5)]
    project.write_model("readings", READINGS, partition_by=numbers("id", -2000, 4000, 1000) | {"nulls": "own"})
    project.write_model("hundreds", HUNDREDS, partition_by=numbers("hundred", -20, 40, 5) | {"nulls": "own"})
    project.write_model("rolling", ROLLING, partition_by=numbers("hundred", -20, 40, 5) | {"nulls": "own"})
    project.write_rows(rows)
    project.fill("readings", "hundreds", "rolling")
    expected = full_refresh(rows)
    for model in ("readings", "hundreds", "rolling"):
        assert project.rows(model) == expected[model], model
    rows = [*ROWS, (None, "a", 6)]
    project.write_rows(rows)
    assert list(project.fill("readings")["readings"]) == ["__null__"]
    built = project.fill("hundreds", "rolling")
    assert built == {"hundreds": ["__null__"], "rolling": ["__null__"]}
    assert project.rows("rolling") == full_refresh(rows)["rolling"]

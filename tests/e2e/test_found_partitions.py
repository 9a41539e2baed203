"""Partitions that a query finds, as the command line tells of them; and values that a query compares itself."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from support.command_line import swathe
from support.cuts import SOURCE, CutProject

COLUMNS = {"id": "integer", "place": "varchar"}
PLACES = ["JFK", "AS/400", "50%", "x=y", " lead"]


@pytest.fixture
def project(tmp_path: Path) -> CutProject:
    made = CutProject.create(tmp_path / "p", columns=COLUMNS)
    made.write_rows(list(enumerate(PLACES)))
    made.write_model("base", f"select id, place from {SOURCE}")
    return made


def by_query(query: str, **more: object) -> dict[str, object]:
    return {"column": "place", "query": query, **more}


def found_by(project: CutProject, query: str, sql: str = "select id, place from {{ ref('base') }}") -> None:
    project.write_model("found", sql, partition_by=by_query(query))


def test_one_backfill_builds_what_is_found_in_what_it_builds(project: CutProject) -> None:
    found_by(project, "select place from {{ ref('base') }}")
    told = swathe(project.root, "backfill", "--yes")
    assert told.code == 0
    assert len(project.rows("found")) == len(PLACES)
    (run,) = project.query("select partitions, succeeded, status from swathe_state.runs")
    assert run == (6, 6, "succeeded")
    assert "everything is current: 6 partitions of 2 models" in swathe(project.root, "backfill").stdout


def test_before_that_it_says_what_it_waits_for(project: CutProject) -> None:
    found_by(project, "select place from {{ ref('base') }}")
    for command in ("plan", "status", "compile"):
        told = swathe(project.root, command)
        assert told.code == 0, told
        assert "`base`" in told.stdout, command
        assert "query" in told.stdout, command


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select id, place from {{ ref('base') }}", "gives `id` INTEGER, `place` VARCHAR"),
        ("select id from {{ ref('base') }}", "gives `id` INTEGER"),
        ("select nothing from {{ ref('base') }}", "the database refuses the query for `place`"),
        ("select place from {{ ref('bsae') }}", "there is no model `bsae`"),
        ("select place from main.base", "`main.base`"),
        ("select {{ partition.key }} as place", "can't use `partition.*`"),
        ("select place from {{ nothing }}", "`nothing`"),
        ("selct place", "place"),
    ],
)
def test_a_query_that_finds_no_partitions_is_refused(project: CutProject, query: str, said: str) -> None:
    found_by(project, query)
    told = swathe(project.root, "compile")
    assert told.code == 2, told
    assert said in told.stderr
    assert told.at is not None
    assert told.at.startswith("models/found.sql:1")


def test_a_query_that_fails_when_it_is_asked(project: CutProject) -> None:
    project.fill("base")
    found_by(project, "select cast(error('no such luck ' || place) as varchar) from {{ ref('base') }}")
    told = swathe(project.root, "plan")
    assert told.code == 2
    assert "the query for `place` in `partition_by` can't be run" in told.stderr


def test_a_template_compares_the_value_itself(project: CutProject) -> None:
    sql = f"select id, place from {SOURCE} where place = '{{{{ partition.key }}}}' or place = {{{{ partition.key }}}}"
    project.write_model("own", sql, partition_by={"column": "place", "values": PLACES})
    project.fill("own")
    assert sorted(project.rows("own")) == sorted(enumerate(PLACES))


@pytest.mark.parametrize("more", [{"else": True}, {"nulls": "own"}])
def test_a_template_can_not_ask_for_a_value_that_is_none(project: CutProject, more: dict[str, object]) -> None:
    sql = f"select id, place from {SOURCE} where place = {{{{ partition.key }}}}"
    project.write_model("own", sql, partition_by={"column": "place", "values": PLACES, **more})
    told = swathe(project.root, "compile", "own")
    assert told.code == 2
    assert "not every partition of `place` has a value" in told.stderr


@pytest.mark.parametrize("rest", [False, True])
def test_texts_that_a_collation_takes_for_one_are_never_written_twice(project: CutProject, rest: bool) -> None:
    with duckdb.connect(str(project.root / "p.duckdb")) as connection:
        connection.execute("create schema shop")
        connection.execute("create table shop.sales (place varchar collate nocase, id integer)")
        connection.execute("insert into shop.sales values ('EWR', 1), ('ewr', 2), ('JFK', 3)")
    (project.root / "models" / "shop.yml").write_text("sources: [{name: shop, tables: [{name: sales}]}]")
    cut = {"column": "place", "values": ["EWR", "JFK"], "else": rest}
    project.write_model("sales", "select place, id from {{ source('shop', 'sales') }}", partition_by=cut)
    told = swathe(project.root, "backfill", "sales")
    assert told.code == 1
    assert "1 row has a `place` that has no partition: `ewr` (1)" in told.stdout
    assert swathe(project.root, "backfill", "sales").code == 1
    project.write_model("sales", "select place collate \"C\" as place, id from {{ source('shop', 'sales') }}",
                        partition_by={**cut, "else": True})  # fmt: skip
    for _ in range(2):
        project.backfill("sales", full=True)
        assert len(project.rows("sales")) == 3

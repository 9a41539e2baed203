"""Columns that change their type on PostgreSQL: planned, shown, done in one transaction, and never a silent cast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import swathe
from support.leaf_project import SOURCE, LeafProject
from support.postgres import PostgresDatabase

CUT = {
    "partition_by": {"column": "day", "granularity": "day"}, "begin": "2024-01-01", "end": "2024-01-05",
}  # fmt: skip
WIDER = [
    ("smallint", "integer"),
    ("integer", "bigint"),
    ("smallint", "numeric"),
    ("real", "double precision"),
    ("numeric(5,2)", "numeric(9,2)"),
    ("numeric(5,2)", "numeric"),
    ("varchar(9)", "varchar(20)"),
    ("varchar(9)", "text"),
]
"""Hold all that the first one holds."""
NARROWER = [
    ("bigint", "integer"),
    ("numeric(9,2)", "numeric(9,1)"),
    ("double precision", "integer"),
    ("double precision", "real"),
    ("text", "varchar(2)"),
    ("timestamp", "date"),
    ("numeric", "text"),
]
VALUES = {"text": "'v' || (id * 111)", "varchar(9)": "'v' || (id * 111)", "timestamp": "at"}
"""What a column of a type is made from; else a number with a fraction."""


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with LeafProject.opened(tmp_path / "p", postgres_database) as project:
        project.fill("2024-01-01", "2024-01-04 23:00", "5 hours")
        yield project


def query(made_from: str, kind: str, source: str = SOURCE) -> str:
    return f"select day, id, cast({made_from} as {kind}) as v from {source}"


def write(project: LeafProject, made_from: str, kind: str, policy: str) -> None:
    project.write_model("m", query(made_from, kind), on_schema_change=policy, **CUT)


def type_of(project: LeafProject) -> str:
    ((kind,),) = project.query(
        "select format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = to_regclass('mart.m') and attname = 'v'"
    )
    return str(kind)


def is_true(project: LeafProject, made_from: str, kind: str) -> bool:
    truth = query(made_from, kind, "raw.events")
    ((more, less),) = project.query(
        f"select (select count(*) from (select * from mart.m except all ({truth})) a), "
        f"(select count(*) from (({truth}) except all select * from mart.m) b)"
    )
    return bool((more, less) == (0, 0))


def made_from(kind: str) -> str:
    return VALUES.get(kind, "id * 1.25")


@pytest.mark.parametrize(("before", "after"), WIDER)
def test_a_wider_type_keeps_all_values(project: LeafProject, before: str, after: str) -> None:
    write(project, made_from(before), before, "append")
    project.build()
    stood = project.query("select day, id, v from mart.m order by id")
    write(project, made_from(before), after, "append")
    told = swathe(project.root, "plan", "m")
    assert told.code == 0, told
    assert "v" in told.stdout
    assert after.split("(", maxsplit=1)[0] in told.stdout.lower()
    project.build()
    assert is_true(project, made_from(before), after)
    if after not in {"numeric", "double precision"}:  # of numbers that had been rounded there is more to see now
        assert [row[:2] for row in project.query("select day, id, v from mart.m order by id")] == [
            row[:2] for row in stood
        ]


@pytest.mark.parametrize(("before", "after"), [("bigint", "integer"), ("text", "varchar(2)"), ("timestamp", "date")])
def test_a_wider_column_stays_as_it_is_where_columns_are_only_added(
    project: LeafProject, before: str, after: str
) -> None:
    write(project, made_from(before), before, "append")
    project.build()
    kind = type_of(project)
    write(project, made_from(before), after, "append")
    project.build()
    assert type_of(project) == kind
    assert is_true(project, made_from(before), after)


@pytest.mark.parametrize(
    ("before", "after"), [("numeric(9,2)", "numeric(9,1)"), ("numeric", "text"), ("text", "integer")]
)
def test_another_type_is_refused_where_columns_are_only_added(project: LeafProject, before: str, after: str) -> None:
    write(project, made_from(before), before, "append")
    project.build()
    stood, kind = project.rows("mart.m"), type_of(project)
    write(project, "id" if after == "integer" else made_from(before), after, "append")
    for command in ("plan", "backfill"):
        told = swathe(project.root, command, *(["--yes"] if command == "backfill" else []))
        assert told.code == 2, told
        assert "models/m.sql:1:" in told.stderr
        assert "on_schema_change" in told.stderr
    assert (project.rows("mart.m"), type_of(project)) == (stood, kind)


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_a_type_that_loses_values_makes_all_rows_due(project: LeafProject, before: str, after: str) -> None:
    write(project, made_from(before), before, "sync")
    project.build()
    write(project, made_from(before), after, "sync")
    told = swathe(project.root, "plan", "m")
    assert told.code == 0, told
    assert "v" in told.stdout
    assert swathe(project.root, "backfill", "--yes", "--to", "2024-01-01").code == 0
    # Back to what the rows were built with: what was cast meanwhile is not as it was.
    write(project, made_from(before), before, "sync")
    assert swathe(project.root, "plan", "--check").code == 4
    project.build()
    assert is_true(project, made_from(before), before)
    write(project, made_from(before), after, "sync")
    project.build()
    assert is_true(project, made_from(before), after)


def test_what_cannot_be_cast_changes_nothing(project: LeafProject) -> None:
    write(project, "'v' || id", "text", "sync")
    project.build()
    stood = project.rows("mart.m")
    write(project, "id", "integer", "sync")
    told = swathe(project.root, "backfill", "--yes")
    assert told.code == 1
    assert "the columns of `m` can't be changed" in " ".join(told.stderr.split())
    assert "invalid input syntax" in told.stderr
    assert (project.rows("mart.m"), type_of(project)) == (stood, "text")
    write(project, "'v' || id", "text", "sync")
    assert swathe(project.root, "plan", "--check").code in {0, 4}
    project.build()
    assert is_true(project, "'v' || id", "text")


def test_added_and_dropped_columns(project: LeafProject) -> None:
    write(project, "id", "integer", "sync")
    project.build()
    project.write_model("m", f"select day, id, amount as w, 'x' as t from {SOURCE}", on_schema_change="sync", **CUT)
    told = swathe(project.root, "plan", "m").stdout
    assert all(name in told for name in ("v", "w", "t"))
    project.build()
    truth = "select day, id, amount, 'x' from raw.events"
    assert project.query(f"select day, id, w, t from mart.m except all ({truth})") == []
    assert project.query("select count(*) from mart.m") == project.query("select count(*) from raw.events")
    project.write_model("m", f"select day, id from {SOURCE}", on_schema_change="append", **CUT)
    project.build()
    assert project.query("select count(w), count(t), count(*) > 0 from mart.m") == [(0, 0, True)]
    project.write_model("m", f"select day, id, 1 as more from {SOURCE}", on_schema_change="fail", **CUT)
    assert swathe(project.root, "plan", "m").code == 2

"""Tables that PostgreSQL keeps in leaves are what a full refresh gives, however they are cut, and keep to hundreds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.cuts import by_day, by_values, errors
from support.leaf_project import SOURCE, LeafProject
from support.postgres import PostgresDatabase
from swathe.errors import ModelError, PlanError
from swathe.model.definition import Relation


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with LeafProject.opened(tmp_path / "p", postgres_database) as project:
        yield project


def along(column: str, granularity: str, **more: Any) -> dict[str, Any]:
    return {"column": column, "granularity": granularity, **more}


def in_ranges(column: str, start: int, stop: int, step: int, **more: Any) -> dict[str, Any]:
    return {"column": column, "range": {"start": start, "stop": stop, "step": step}, **more}


SPAN = {"begin": "2024-03-20", "end": "2024-04-10"}
WIDE = {"begin": "2023-12-01", "end": "2024-07-01"}
BERLIN = "Europe/Berlin"  # its clock was set forward on 2024-03-31
OF_REGIONS = by_values("region", "a", "b", "c", "d", "e")
QUERY = f"select * from {SOURCE}"

CUTS: dict[str, tuple[dict[str, Any], str, int]] = {
    "days": ({"partition_by": along("day", "day"), **SPAN}, "RANGE (day)", 21),
    "days_for_ever": ({"partition_by": along("day", "day"), "begin": "2024-03-20"}, "RANGE (day)", 3),
    "hours_of_berlin": (
        {"partition_by": along("seen", "hour", timezone=BERLIN), **SPAN}, "RANGE (seen)", 21,
    ),
    "days_of_berlin": ({"partition_by": along("seen", "day", timezone=BERLIN), **SPAN}, "RANGE (seen)", 21),
    "six_hours": ({"partition_by": along("at", "hour", every=6), **SPAN}, "RANGE (at)", 84),
    "weeks_from_sunday": (
        {"partition_by": along("at", "week", week_start="sunday"), "begin": "2024-03-17", "end": "2024-04-14"},
        "RANGE (at)", 4,
    ),
    "months_of_utc": ({"partition_by": along("seen", "month"), **WIDE, "end": "2024-06-01"}, "RANGE (seen)", 6),
    "quarters": ({"partition_by": along("day", "quarter"), "begin": "2024-01-01", "end_offset": 1}, "RANGE (day)", 2),
    "years": ({"partition_by": along("day", "year"), "begin": "2023-01-01", "end_offset": 1}, "RANGE (day)", 2),
    "ids": ({"partition_by": in_ranges("id", 0, 501, 1)}, "RANGE (id)", 251),
    "small_ids": ({"partition_by": in_ranges("small", 0, 32767, 32767)}, "RANGE (small)", 1),
    "regions": ({"partition_by": OF_REGIONS}, "LIST (region)", 5),
    "regions_and_else": ({"partition_by": by_values("region", "a", "b", rest=True)}, "LIST (region)", 3),
    "flags": ({"partition_by": by_values("flag", True, False, nulls="own")}, "LIST (flag)", 3),
    "found_regions": (
        {"partition_by": {"column": "region", "query": f"select distinct region from {SOURCE}"}}, "HASH (region)", 16,
    ),
    "regions_and_flags": ({"partition_by": [OF_REGIONS, by_values("flag", True, False)]}, "LIST (region)", 5),
    "days_and_regions": ({"partition_by": [along("day", "day"), OF_REGIONS], **SPAN}, "RANGE (day)", 21),
}  # fmt: skip


def write_all(project: LeafProject, **more: Any) -> None:
    project.fill("2024-03-20", "2024-04-09 20:00", "5 hours")
    for name, (config, _, _) in CUTS.items():
        project.write_model(name, QUERY, **config, **more)


def test_every_cut_equals_a_full_refresh_in_few_leaves(project: LeafProject) -> None:
    write_all(project)
    project.build(workers=2)
    truth = project.rows("raw.events")
    for name, (_, key, leaves) in CUTS.items():
        assert project.rows(f"mart.{name}") == truth, name
        assert project.key(name) == key, name
        assert len(project.leaves(name)) == leaves, name
    project.query("update raw.events set amount = -1 where id % 3 = 0 returning 1")
    project.query("delete from raw.events where region = 'b' and day > '2024-03-25' returning 1")
    project.build(workers=2)
    truth = project.rows("raw.events")
    for name, (_, _, leaves) in CUTS.items():
        assert project.rows(f"mart.{name}") == truth, name
        assert len(project.leaves(name)) == leaves, name
    assert project.build() == 0


@pytest.mark.parametrize(
    ("config", "leaves"),
    [
        ({"partition_by": along("day", "day"), "begin": "2016-01-01"}, 101),
        ({"partition_by": along("at", "hour"), "begin": "2024-01-01", "end": "2024-02-20"}, 50),
    ],
    ids=["years of days", "hours"],
)
def test_a_long_table_has_a_leaf_for_many_partitions(project: LeafProject, config: dict[str, Any], leaves: int) -> None:
    project.fill("2024-01-01", "2024-01-02", "1 hour")
    project.write_model("m", QUERY, **config)
    project.build()
    assert len(project.leaves("m")) == leaves
    assert project.rows("mart.m") == project.rows("raw.events")


def test_nulls_are_in_the_default_leaf(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-10", "1 day")
    project.query("update raw.events set day = null where id > 150 returning 1")
    project.write_model("m", QUERY, partition_by=by_day(nulls="own"), begin="2024-01-01", end="2024-01-11")
    project.build()
    assert project.leaves("m")["m__null"] == "DEFAULT"
    assert project.query("select count(*) from mart.m__null") == project.query(
        "select count(*) from raw.events where day is null"
    )
    assert project.rows("mart.m") == project.rows("raw.events")


def test_leaves_are_made_between_those_that_are_there(project: LeafProject) -> None:
    """A rule that changed, with another begin or a longer table, breaks no table."""
    project.fill("2024-01-01", "2024-04-30", "1 day")
    project.write_model("m", QUERY, partition_by=by_day(), begin="2024-02-10", end="2024-02-13")
    project.build()
    assert list(project.leaves("m")) == ["m__2024_02_10", "m__2024_02_11", "m__2024_02_12"]
    project.write_model("m", QUERY, partition_by=by_day(), begin="2024-01-01")
    project.build()
    assert list(project.leaves("m").values())[3:] == [
        "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
        "FOR VALUES FROM ('2024-02-01') TO ('2024-02-10')",
        "FOR VALUES FROM ('2024-02-13') TO ('2024-03-01')",
        "FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')",
        "FOR VALUES FROM ('2024-04-01') TO ('2024-05-01')",
        "FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')",
    ]
    assert project.rows("mart.m") == project.rows("raw.events")


def test_a_changed_cut_keeps_the_rows_and_the_leaves(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-02-20", "1 day")
    span = {"begin": "2024-01-01", "end": "2024-03-01"}
    days = {"partition_by": by_day(), **span}
    months = {"partition_by": along("day", "month"), **span}
    days_and_regions = {"partition_by": [by_day(), OF_REGIONS], **span}
    project.write_model("m", QUERY, **days)
    project.build()
    leaves = project.leaves("m")
    assert len(leaves) == 60
    for config in (months, days, months):
        project.write_model("m", QUERY, **config)
        project.build()
        assert project.leaves("m") == leaves
        assert project.build() == 0
    project.write_model("m", QUERY, **{**months, "end": "2024-04-01"})
    project.fill("2024-02-21", "2024-03-31", "1 day")
    project.build()
    leaves |= {"m__2024_03": "FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')"}
    assert project.leaves("m") == leaves
    project.write_model("m", QUERY, **{**days_and_regions, "end": "2024-04-01"})
    project.build()
    assert project.leaves("m") == leaves
    assert project.rows("mart.m") == project.rows("raw.events")


def test_full_makes_a_table_of_another_cut_anew(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-03-31", "1 day")
    project.write_model("m", QUERY)
    project.build()
    assert project.key("m") == ""
    project.write_model("m", QUERY, partition_by=by_day(), begin="2024-01-01", end="2024-04-01")
    project.build()  # only records are written
    assert project.key("m") == ""
    project.query("update raw.events set amount = 7 returning 1")
    project.build()
    assert project.rows("mart.m") == project.rows("raw.events")
    project.write_model("m", QUERY, partition_by=along("day", "month"), begin="2024-01-01", end="2024-04-01")
    project.build(full=True)
    assert project.key("m") == "RANGE (day)"
    assert project.rows("mart.m") == project.rows("raw.events")


def test_a_list_that_grows_gets_leaves_and_one_that_shrinks_keeps_them(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-31", "1 day")
    for listed in (["a", "b"], ["a", "b", "c"], ["b"], ["e", "a", "b"]):
        project.write_model("m", QUERY, partition_by=by_values("region", *listed, rest=True))
        project.build()
        assert project.rows("mart.m") == project.rows("raw.events"), listed
    # Their rows were among the others when they came onto the list.
    assert set(project.leaves("m")) == {"m__a", "m__b", "m__else"}
    project.write_model("n", f"{QUERY} where region in ('a', 'b')", partition_by=by_values("region", "a", "b"))
    project.build()
    project.write_model("n", f"{QUERY} where region < 'd'", partition_by=by_values("region", "a", "b", "c"))
    project.build()
    assert set(project.leaves("n")) == {"n__a", "n__b", "n__c"}


def test_long_names_and_taken_names_give_leaves_of_other_names(project: LeafProject) -> None:
    long, also = "x" * 62, "x" * 61 + "é"[:1]
    project.fill("2024-01-01", "2024-01-03", "1 day")
    span = {"partition_by": by_day(), "begin": "2024-01-01", "end": "2024-01-04"}
    project.write_model("long", QUERY, alias=long, **span)
    project.write_model("also", QUERY, alias=also, **span)
    project.write_model("taken", QUERY, **span)
    project.connection.execute("create schema mart; create table mart.taken__2024_01_02 (mine text)")
    project.connection.execute("create type mart.taken__2024_01_03 as enum ('mine')")
    project.build(workers=2)
    for table in (long, also, "taken"):
        assert project.rows(f'mart."{table}"') == project.rows("raw.events")
        assert len(project.leaves(table)) == 3
    assert "taken__2024_01_02" not in project.leaves("taken")
    assert project.query("select * from mart.taken__2024_01_02") == []


@pytest.mark.parametrize(
    ("sql", "config", "words"),
    [
        (QUERY, {"alias": "é" * 32}, "the name of the table `éé"),
        (QUERY, {"schema": "s" * 64}, "the name of the schema `sss"),
        (f"select day, 1 as {'c' * 64} from {SOURCE}", {}, "the name of the column `ccc"),
        (f"select day as {'d' * 64} from {SOURCE}", {"partition_by": by_day(column="d" * 64), "begin": "2024-01-01"},
         "the name of the partition column `ddd"),
    ],
)  # fmt: skip
def test_a_name_that_would_be_cut_off_is_refused(
    project: LeafProject, sql: str, config: dict[str, Any], words: str
) -> None:
    project.write_model("m", sql, **config)
    with pytest.raises(ModelError, match="has 64 bytes, and 63 is the most") as error:
        project.plan()
    assert error.value.message.startswith(words)
    assert str(error.value.at).startswith("models/m.sql:1:")


def test_the_column_of_the_leaves_can_only_change_anew(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-03", "1 day")
    span = {"partition_by": by_day(), "begin": "2024-01-01", "end": "2024-01-04", "on_schema_change": "sync"}
    project.write_model("m", QUERY, **span)
    project.build()
    project.write_model("m", f"select at as day, region from {SOURCE}", **span)
    with pytest.raises(PlanError, match="by `day`, which can't be dropped or change its type") as error:
        project.plan()
    assert "--full" in (error.value.hint or "")
    assert str(error.value.at) == "models/m.sql:1:14"
    project.build(full=True)
    assert project.rows("mart.m") == project.rows("(select at, region from raw.events) e")
    assert project.leaves("m")["m__2024_01_01"] == (
        "FOR VALUES FROM ('2024-01-01 00:00:00') TO ('2024-01-02 00:00:00')"
    )


def test_columns_of_all_leaves_change_together(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-03", "1 day")
    span = {"partition_by": by_day(), "begin": "2024-01-01", "end": "2024-01-04", "on_schema_change": "sync"}
    project.write_model("m", QUERY, **span)
    project.build()
    project.write_model("m", f"select day, cast(amount as bigint) as amount, 1 as one from {SOURCE}", **span)
    project.build()
    assert project.rows("mart.m") == project.rows("(select day, amount::bigint, 1 from raw.events) e")


def test_a_table_that_others_depend_on_is_not_dropped(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-03", "1 day")
    span = {"begin": "2024-01-01", "end": "2024-01-04"}
    project.write_model("m", QUERY, partition_by=by_day(), **span)
    project.build()
    project.connection.execute("create view mart.mine as select * from mart.m")
    project.write_model("m", QUERY, partition_by=by_values("region", "a", "b", "c", "d", "e"))
    (message,) = errors(project.backfill(full=True))["m"][:1]
    assert "other objects depend on it" in message
    assert "view mart.mine depends on table mart.m" in message
    assert "hint: drop what depends on it" in message
    assert "CASCADE" not in message
    assert project.rows("mart.mine") == project.rows("raw.events")


def test_a_table_of_somebody_elses_leaves_is_used_as_it_is(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-01-03", "1 day")
    project.connection.execute(
        "create schema mart; create table mart.m (like raw.events) partition by range (region, day);"
        "create table mart.some partition of mart.m for values from ('a', minvalue) to ('c', '2024-01-02')"
    )
    project.write_model("m", QUERY, partition_by=by_day(), begin="2024-01-01", end="2024-01-04")
    project.build()
    assert set(project.leaves("m")) == {"some", "m__default"}
    assert project.rows("mart.m") == project.rows("raw.events")


def test_processes_that_prepare_at_once_all_succeed(project: LeafProject) -> None:
    project.fill("2024-01-01", "2024-03-31", "1 day")
    days = {"begin": "2024-01-01", "end": "2024-04-01"}
    for name in ("m", "n"):
        project.write_model(name, QUERY, partition_by=by_day(), **days)
    project.write_model("first", QUERY, schema="elsewhere")
    project.build("first")  # the metadata schema is there
    found: list[dict[str, list[str]]] = []
    start = threading.Barrier(4)

    def run(only: str) -> None:
        start.wait()
        found.append(errors(project.backfill(only, workers=2)))

    threads = [threading.Thread(target=run, args=[name]) for name in ("m", "n", "m", "n")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{}] * 4
    for name in ("m", "n"):
        assert project.rows(f"mart.{name}") == project.rows("raw.events")
        assert len(project.leaves(name)) == 91


def test_the_adapter_reads_every_kind_of_bound(project: LeafProject) -> None:
    from swathe.engine.connection import ConnectionSpec
    from swathe.engine.registry import open_engine

    project.connection.execute(
        "create schema mart; create table mart.l (v text) partition by list (v);"
        "create table mart.l1 partition of mart.l for values in ('it''s', 'a, b', null, '', '\\', 'MINVALUE');"
        "create table mart.i (v integer) partition by range (v);"
        "create table mart.i1 partition of mart.i for values from (minvalue) to (-5);"
        "create table mart.i2 partition of mart.i for values from (-5) to (7);"
        "create table mart.i3 partition of mart.i default;"
        "create table mart.e (v text) partition by range (lower(v));"
        "create table mart.plain (v text)"
    )
    engine = open_engine(ConnectionSpec("postgres", project.database.keywords, project.root), read_only=True)
    session = engine.session()
    texts = engine.native_table(session, Relation("mart", "l"))
    assert texts is not None
    assert texts.leaves[0].values == ("it's", "a, b", None, "", "\\", "MINVALUE")
    numbers = engine.native_table(session, Relation("mart", "i"))
    assert numbers is not None
    assert [(leaf.start, leaf.end, leaf.is_default) for leaf in numbers.leaves] == [
        (None, "-5", False), ("-5", "7", False), (None, None, True),
    ]  # fmt: skip
    expression = engine.native_table(session, Relation("mart", "e"))
    assert expression is not None
    assert expression.columns == ()
    assert engine.native_table(session, Relation("mart", "plain")) is None
    assert engine.native_table(session, Relation("mart", "none")) is None
    engine.close()

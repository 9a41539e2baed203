"""Sources that are tables are measured each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from support.engines import Warehouse
from support.watcher import COLUMNS, COUNTED, FILES, Watcher, day, versions_of
from swathe.engine.adapter import Engine, Session
from swathe.model.definition import (
    Column,
    PartitionBy,
    RangeColumn,
    TimeColumn,
    ValuesColumn,
    Watch,
    WatchKind,
)
from swathe.partition.granularity import Granularity
from swathe.plan.versions import Versions
from swathe.state.store import insert_rows
from swathe.state.watch import observe, stored_measures

TABLE = replace(FILES, location=None)
CHECKED = Watch(WatchKind.CHECKSUM)
LARGEST = Watch(WatchKind.AGGREGATE, "max(n)")


@pytest.fixture
def watcher(engine: Engine, session: Session, tmp_path: Path) -> Watcher:
    session.execute("CREATE SCHEMA raw")
    return Watcher(engine, session, tmp_path)


def put(watcher: Watcher, rows: str, columns: Sequence[tuple[str, str]] = (("day", "DATE"), ("n", "INTEGER"))) -> None:
    """The table holds these rows alone."""
    names = ", ".join(name for name, _ in columns)
    typed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns)
    watcher.session.execute("DROP TABLE IF EXISTS raw.events")
    watcher.session.execute(f"CREATE TABLE raw.events AS SELECT {typed} FROM (VALUES {rows}) AS v({names})")


def measured(watcher: Watcher, rows: str, watch: Watch = CHECKED) -> Versions:
    put(watcher, rows)
    return watcher.look(replace(TABLE, watch=watch))[0]


@pytest.mark.parametrize("watch", [CHECKED, COUNTED, LARGEST])
def test_a_table_is_asked_each_time(watcher: Watcher, watch: Watch) -> None:
    source = replace(TABLE, watch=watch)
    put(watcher, "('2024-01-01', 1)")
    first, _ = watcher.look(source)
    assert watcher.look(source)[0] == first
    watcher.session.execute("INSERT INTO raw.events VALUES (DATE '2024-01-02', 1)")
    second, _ = watcher.look(source)
    assert second.ordinals == (day(1), day(2))
    assert versions_of(second, day(1)) == versions_of(first, day(1))
    watcher.session.execute("DELETE FROM raw.events")
    assert watcher.look(source)[0].ordinals == ()


def test_what_did_not_change_is_not_written_again(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def insert(session: Session, target: str, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        written.append(len(rows))
        insert_rows(session, target, table, rows)

    monkeypatch.setattr("swathe.state.watch.insert_rows", insert)
    rows = "('2024-01-01', 1), (NULL, 2)"
    measured(watcher, rows)
    assert sum(written) == 2
    written.clear()
    measured(watcher, rows)
    assert written == []
    measured(watcher, "('2024-01-01', 3), (NULL, 2)")
    assert sum(written) == 2


def test_of_rows_that_are_alike_one_less_is_a_change(watcher: Watcher) -> None:
    """NULL and what is no finite day are counted apart, and lie in the same place."""
    source = replace(TABLE, watch=COUNTED)
    stored = []
    for rows in ("(NULL, 1), ('infinity', 2)", "(NULL, 1)"):
        measured(watcher, rows, COUNTED)
        stored.append(sum(entry.row_count for entry in stored_measures(source, watcher.session, watcher.store)))
    assert stored == [2, 1]


def test_what_changed_is_seen_in_its_day_alone(watcher: Watcher) -> None:
    before = measured(watcher, "('2024-01-01', 1), ('2024-01-02', 2), ('2024-01-02', 3)")
    after = measured(watcher, "('2024-01-02', 4), ('2024-01-02', 2), ('2024-01-01', 1)")
    assert [versions_of(before, day(n)) == versions_of(after, day(n)) for n in (1, 2)] == [True, False]


@pytest.mark.parametrize(
    ("watch", "change", "seen"),
    [
        (COUNTED, "UPDATE raw.events SET n = 9", False),
        (COUNTED, "INSERT INTO raw.events VALUES (DATE '2024-01-01', 1)", True),
        (LARGEST, "UPDATE raw.events SET n = 0 WHERE n = 1", False),
        (LARGEST, "UPDATE raw.events SET n = 9 WHERE n = 2", True),
        (LARGEST, "UPDATE raw.events SET n = NULL", True),
        (CHECKED, "UPDATE raw.events SET n = NULL WHERE n = 1", True),
        (CHECKED, "UPDATE raw.events SET n = 3 - n", False),
    ],
)
def test_each_kind_of_watch_sees_what_it_asks_for(watcher: Watcher, watch: Watch, change: str, seen: bool) -> None:
    before = measured(watcher, "('2024-01-01', 1), ('2024-01-01', 2)", watch)
    watcher.session.execute(change)
    after, _ = watcher.look(replace(TABLE, watch=watch))
    assert (before.total(None) != after.total(None)) is seen


@pytest.mark.parametrize("watch", [CHECKED, COUNTED, LARGEST])
def test_a_row_that_changed_its_day_is_seen_though_the_whole_is_the_same(watcher: Watcher, watch: Watch) -> None:
    before = measured(watcher, "('2024-01-01', 1), ('2024-01-02', 2), ('2024-01-02', 3)", watch)
    after = measured(watcher, "('2024-01-01', 1), ('2024-01-01', 3), ('2024-01-02', 2)", watch)
    assert before.total(None) != after.total(None)


def test_rows_without_a_day_count_in_the_whole_and_in_no_day(watcher: Watcher) -> None:
    versions = measured(watcher, "('2024-01-01', 1), (NULL, 2)")
    assert day(1) in versions.ordinals
    assert versions.total(None) != versions_of(versions, day(1))


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
@pytest.mark.parametrize("granularity", [Granularity.HOUR, Granularity.DAY, Granularity.WEEK, Granularity.MONTH])
def test_any_cut_by_time_of_any_time(
    watcher: Watcher, warehouse: Warehouse, kind: str, granularity: Granularity
) -> None:
    columns = (Column("day", warehouse.spelling.types[kind]), Column("n", "INTEGER"))
    put(watcher, "('2024-01-01', 1), ('2024-01-09', 2), ('2024-02-29', 3)", [("day", kind), ("n", "INTEGER")])
    cut = PartitionBy((TimeColumn("day", granularity, instants=kind == "TIMESTAMPTZ"),))
    found, _ = watcher.look(replace(TABLE, partition_by=cut), columns=columns)
    dates = (datetime(2024, 1, 1), datetime(2024, 1, 9), datetime(2024, 2, 29))
    assert found.ordinals == tuple(sorted({granularity.ordinal(date) for date in dates}))


@pytest.mark.parametrize(("zone", "days"), [("UTC", {1, 2}), ("Asia/Tokyo", {2}), ("America/New_York", {1})])
def test_the_day_of_an_instant_is_that_of_its_zone(
    watcher: Watcher, warehouse: Warehouse, zone: str, days: set[int]
) -> None:
    columns = (Column("day", warehouse.spelling.types["TIMESTAMPTZ"]), Column("n", "INTEGER"))
    put(
        watcher, "('2024-01-01 23:30:00+00', 1), ('2024-01-02 00:30:00+00', 2)",
        [("day", "TIMESTAMPTZ"), ("n", "INTEGER")],
    )  # fmt: skip
    cut = PartitionBy((TimeColumn("day", Granularity.DAY, zone, instants=True),))
    found, _ = watcher.look(replace(TABLE, partition_by=cut), columns=columns)
    assert set(found.ordinals) == {day(number) for number in days}


def test_a_cut_by_ranges_and_values(watcher: Watcher) -> None:
    columns = (Column("n", "INTEGER"), Column("kind", "VARCHAR"))
    put(watcher, "(1, 'a'), (9, 'a'), (10, 'b/c'), (25, NULL)", [("n", "INTEGER"), ("kind", "VARCHAR")])
    ranges = PartitionBy((RangeColumn("n", 0, 10),))
    found, _ = watcher.look(replace(TABLE, partition_by=ranges), columns=columns)
    assert found.ordinals == (0, 1, 2)
    grid = PartitionBy((RangeColumn("n", 0, 10), ValuesColumn("kind")))
    found, _ = watcher.look(replace(TABLE, partition_by=grid), columns=columns)
    assert len(found.ordinals) == 3
    stored = f"SELECT slice, ordinal, row_count FROM {watcher.store.table('source_versions')} WHERE row_count > 0"
    assert sorted(watcher.session.query(stored)) == [
        ("kind=__null__", 2, 1), ("kind=a", 0, 2), ("kind=b%2Fc", 1, 1),
    ]  # fmt: skip


def test_a_table_is_asked_for_all_sets_at_once(watcher: Watcher) -> None:
    put(watcher, "('2024-01-01', 1)")
    before, _ = watcher.look(TABLE, "n", "")
    watcher.session.execute("UPDATE raw.events SET n = 2")
    after, _ = watcher.look(TABLE, "n", "")
    assert before.sets[frozenset()] == after.sets[frozenset()]
    assert before.sets[frozenset("n")] != after.sets[frozenset("n")]
    watcher.session.execute("DELETE FROM raw.events")
    gone, _ = watcher.look(TABLE, "n", "")
    assert {each.total(None) for each in gone.sets.values()} == {0}


def test_a_table_that_is_not_cut_is_one_partition(watcher: Watcher) -> None:
    source = replace(TABLE, partition_by=None)
    put(watcher, "('2024-01-01', 1), (NULL, 2)")
    first, _ = watcher.look(source)
    assert set(first.ordinals) == {0}
    watcher.session.execute("INSERT INTO raw.events VALUES (NULL, 2)")
    assert watcher.look(source)[0].total(None) != first.total(None)


def test_what_is_not_watched_is_not_read(engine: Engine, session: Session, tmp_path: Path) -> None:
    source = replace(TABLE, watch=Watch(WatchKind.NONE))
    assert observe(source, COLUMNS, engine, session, None, tmp_path) is None

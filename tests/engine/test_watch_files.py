"""Files are measured only when something about them changed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support.engines import READERS_OF_FILES, only
from support.watcher import COLUMNS, COUNTED, FILES, LONG_AGO, Watcher, day, versions_of
from swathe.engine.adapter import Engine, Session
from swathe.errors import EngineError
from swathe.model.definition import Column, PartitionBy, TimeColumn, Watch, WatchKind
from swathe.partition.granularity import Granularity
from swathe.state.watch import observe

pytestmark = only(*READERS_OF_FILES)


@pytest.fixture
def watcher(engine: Engine, session: Session, tmp_path: Path) -> Watcher:
    return Watcher(engine, session, tmp_path)


def spoil(path: Path) -> None:
    """Nobody can read the file any more, and nothing about it tells."""
    before = path.stat()
    path.write_bytes(b"\0" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("watch", [Watch(WatchKind.CHECKSUM), COUNTED, Watch(WatchKind.AGGREGATE, "max(n)")])
def test_a_file_that_did_not_change_is_not_read_again(watcher: Watcher, watch: Watch) -> None:
    source = replace(FILES, watch=watch)
    path = watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-02', 2)")
    first, read = watcher.look(source)
    assert read == {"data/a.parquet"}
    assert first.ordinals == (day(1), day(2))
    spoil(path)
    assert watcher.look(source) == (first, set())


def test_only_the_file_that_changed_is_read_again(watcher: Watcher) -> None:
    spoiled = watcher.write("data/a.parquet", "('2024-01-01', 1)")
    watcher.write("data/b.parquet", "('2024-01-01', 2), ('2024-01-02', 3)")
    before, _ = watcher.look()
    spoil(spoiled)
    watcher.write("data/b.parquet", "('2024-01-01', 2), ('2024-01-02', 4)", LONG_AGO + 60)
    after, read = watcher.look()
    assert read == {"data/b.parquet"}
    assert before.total(None) != after.total(None)
    changed = [n for n in (day(1), day(2)) if versions_of(before, n) != versions_of(after, n)]
    assert changed == [day(2)]


def test_a_file_of_another_size_with_the_old_time_is_read_again(watcher: Watcher) -> None:
    path = watcher.write("data/a.parquet", "('2024-01-01', 1)")
    watcher.look()
    spoil(path)
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, (LONG_AGO, LONG_AGO))
    with pytest.raises(EngineError):
        watcher.look()


def test_a_file_touched_just_before_it_was_measured_may_have_changed_since(watcher: Watcher) -> None:
    path = watcher.write("data/a.parquet", "('2024-01-01', 1)")
    os.utime(path)
    watcher.look()
    assert watcher.look()[1] == {"data/a.parquet"}
    just = datetime.now().timestamp() - 1
    os.utime(path, (just, just))
    watcher.look()
    assert watcher.look()[1] == {"data/a.parquet"}
    earlier = datetime.now().timestamp() - 60
    os.utime(path, (earlier, earlier))
    watcher.look()
    assert watcher.look()[1] == set()


def test_a_file_from_the_future_is_never_trusted(watcher: Watcher) -> None:
    watcher.write("data/a.parquet", "('2024-01-01', 1)", int((datetime.now() + timedelta(days=1)).timestamp()))
    watcher.look()
    assert watcher.look()[1] == {"data/a.parquet"}


def test_a_removed_file_takes_its_rows_along(watcher: Watcher) -> None:
    watcher.write("data/a.parquet", "('2024-01-01', 1)")
    alone, _ = watcher.look()
    path = watcher.write("data/b.parquet", "('2024-01-01', 2), ('2024-01-02', 3)")
    both, _ = watcher.look()
    assert both.total(None) != alone.total(None)
    path.unlink()
    after, read = watcher.look()
    assert (after, read) == (alone, set())
    stored = watcher.session.query(f"SELECT DISTINCT path FROM {watcher.store.table('source_versions')}")
    assert stored == [("data/a.parquet",)]


def test_a_file_that_moved_says_what_it_said_before(watcher: Watcher) -> None:
    path = watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-02', 2)")
    before, _ = watcher.look()
    path.rename(path.with_name("b.parquet"))
    after, read = watcher.look()
    assert (after, read) == (before, {"data/b.parquet"})


@pytest.mark.parametrize("watch", [Watch(WatchKind.CHECKSUM), COUNTED])
def test_rows_cut_into_other_files_are_the_same_rows(watcher: Watcher, watch: Watch) -> None:
    source = replace(FILES, watch=watch)
    watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-02', 2), ('2024-01-02', 3)")
    whole, _ = watcher.look(source)
    watcher.write("data/a.parquet", "('2024-01-02', 3), ('2024-01-01', 1)", LONG_AGO + 60)
    watcher.write("data/b.parquet", "('2024-01-02', 2)")
    cut, _ = watcher.look(source)
    assert [versions_of(cut, day(n)) for n in (1, 2)] == [versions_of(whole, day(n)) for n in (1, 2)]


def test_a_row_that_swapped_days_is_seen_though_the_counts_are_equal(watcher: Watcher) -> None:
    source = replace(FILES, watch=COUNTED)
    watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-02', 2), ('2024-01-02', 3)")
    before, _ = watcher.look(source)
    watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-01', 2), ('2024-01-02', 3)", LONG_AGO + 60)
    after, _ = watcher.look(source)
    assert before.total(None) != after.total(None)


def test_another_question_is_asked_of_every_file_anew(watcher: Watcher) -> None:
    watcher.write("data/a.parquet", "('2024-01-01', 1)")
    watcher.look()
    assert watcher.look(replace(FILES, watch=COUNTED))[1] == {"data/a.parquet"}
    by_month = replace(FILES, watch=COUNTED, partition_by=PartitionBy((TimeColumn("day", Granularity.MONTH),)))
    versions, read = watcher.look(by_month)
    assert read == {"data/a.parquet"}
    assert versions.ordinals == (Granularity.MONTH.ordinal(datetime(2024, 1, 1)),)


def test_rows_without_a_day_count_in_the_whole_and_in_no_day(watcher: Watcher) -> None:
    path = watcher.write("data/a.parquet", "('2024-01-01', 1), (NULL, 2)")
    versions, _ = watcher.look()
    assert day(1) in versions.ordinals
    assert versions.total(None) != versions_of(versions, day(1))
    spoil(path)
    assert watcher.look()[0] == versions


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("data/*.parquet", "data/a[1].parquet"),
        ("data/*.parquet", "data/it's.parquet"),
        ("data/*.parquet", "data/.hidden.parquet"),
        ("./data/*.parquet", "data/a.parquet"),
        ("data//*.parquet", "data/a.parquet"),
        ("data/../data/*.parquet", "data/a.parquet"),
        ("data/**/*.parquet", "data/deep/er/a.parquet"),
        ("data/*/*.parquet", "data/day=2024-01-01/a.parquet"),
        ("{root}/data/*.parquet", "data/a.parquet"),
    ],
)
def test_a_file_is_known_again_however_its_place_is_written(
    watcher: Watcher, tmp_path: Path, location: str, name: str
) -> None:
    source = replace(FILES, location=location.format(root=tmp_path))
    path = watcher.write(name, "('2024-01-01', 1)")
    first, read = watcher.look(source)
    assert len(read) == 1
    assert first.ordinals == (day(1),)
    rows = watcher.session.query(f"SELECT COUNT(*) FROM {watcher.engine.files_sql(source.location or '')}")
    assert rows == [(1,)]
    spoil(path)
    assert watcher.look(source) == (first, set())


class TestOverColumns:
    """Where only some columns are read."""

    @pytest.fixture
    def path(self, watcher: Watcher) -> Path:
        return watcher.write("data/a.parquet", "('2024-01-01', 1), ('2024-01-02', 2)")

    def test_each_set_is_a_measure_of_its_own(self, watcher: Watcher, path: Path) -> None:
        versions, read = watcher.look(FILES, "n", "", None)
        assert read == {"data/a.parquet"}
        spoil(path)
        assert watcher.look(FILES, "n", "", None) == (versions, set())
        whole, some, none = (versions.over(c) for c in (None, frozenset("n"), frozenset()))
        assert whole is not None
        assert some is not None
        assert none is not None
        assert len({whole.total(None), some.total(None), none.total(None)}) == 3
        assert none.prefix[2] == 2 * none.prefix[1] != 0

    def test_a_new_set_is_measured_alone(self, watcher: Watcher, path: Path) -> None:
        versions, _ = watcher.look(FILES, "n")
        _, read = watcher.look(FILES, "n", "")
        assert read == {"data/a.parquet"}
        spoil(path)
        both, read = watcher.look(FILES, "n", "")
        assert read == set()
        assert both.sets[frozenset("n")] == versions.sets[frozenset("n")]

    def test_whole_rows_are_not_measured_for_nobody(self, watcher: Watcher, path: Path) -> None:
        versions, _ = watcher.look(FILES, "n")
        assert versions.over(None) is None
        assert versions.over(frozenset("x")) is None

    def test_a_column_that_comes_lets_files_be_that_were_measured(self, watcher: Watcher, path: Path) -> None:
        before, _ = watcher.look(FILES, "n")
        spoil(path)
        assert watcher.look(FILES, "n", columns=(*COLUMNS, Column("m", "INTEGER"))) == (before, set())

    def test_another_type_is_another_measure(self, watcher: Watcher, path: Path) -> None:
        watcher.look(FILES, "n", "")
        _, read = watcher.look(FILES, "n", columns=(COLUMNS[0], Column("n", "BIGINT")))
        assert read == {"data/a.parquet"}

    def test_what_it_has_no_column_for_is_not_measured(self, watcher: Watcher, path: Path) -> None:
        versions, _ = watcher.look(FILES, "n", "nz")
        assert versions.sets.keys() == {frozenset("n")}

    def test_what_nobody_asks_for_is_forgotten(self, watcher: Watcher, path: Path) -> None:
        watcher.look(FILES, "n", "", None)
        path = watcher.write("data/b.parquet", "('2024-01-01', 1)")
        watcher.look(FILES, "n")
        for table in ("source_files", "source_versions"):
            stored = watcher.session.query(f"SELECT DISTINCT columns FROM {watcher.store.table(table)}")
            assert stored == [('["n"]',)]
        path.unlink()
        watcher.look(FILES, "n")
        assert watcher.session.query(f"SELECT path FROM {watcher.store.table('source_files')}") == [("data/a.parquet",)]

    def test_a_count_does_not_ask_for_columns(self, watcher: Watcher, path: Path) -> None:
        versions, _ = watcher.look(replace(FILES, watch=COUNTED), "n")
        assert versions.over(None) is versions
        assert versions.over(frozenset("n")) is None


def test_a_source_that_is_not_cut_is_one_partition(watcher: Watcher) -> None:
    source = replace(FILES, partition_by=None)
    watcher.write("data/a.parquet", "('2024-01-01', 1), (NULL, 2)")
    first, _ = watcher.look(source)
    assert set(first.ordinals) == {0}
    watcher.write("data/b.parquet", "('2024-01-01', 1)")
    assert watcher.look(source)[0].total(None) != first.total(None)


def test_observing_writes_nothing(watcher: Watcher) -> None:
    watcher.write("data/a.parquet", "('2024-01-01', 1)")
    observe(FILES, COLUMNS, watcher.engine, watcher.session, watcher.store, watcher.root)
    assert watcher.session.query(f"SELECT COUNT(*) FROM {watcher.store.table('source_files')}") == [(0,)]

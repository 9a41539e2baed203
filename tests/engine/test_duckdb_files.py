"""Opening a DuckDB file: what can be wrong with it, and what to do then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.engines import DuckDBWarehouse
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import open_engine
from swathe.errors import EngineError
from swathe.model.definition import Relation

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@contextmanager
def held_by_another_process(path: Path) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.stdin.close()


def spec(path: Path) -> ConnectionSpec:
    return ConnectionSpec("duckdb", {"path": str(path)}, path.parent)


def refusal(path: Path, *, read_only: bool = False) -> EngineError:
    with pytest.raises(EngineError) as caught:
        open_engine(spec(path), read_only=read_only)
    assert caught.value.hint
    assert str(path) in caught.value.message or str(path.parent) in caught.value.message
    return caught.value


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_another_process_holds_names_the_process(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "w.duckdb"
    with held_by_another_process(path) as pid:
        assert f"PID {pid} " in refusal(path, read_only=read_only).message
    open_engine(spec(path), read_only=read_only).close()


def test_a_closed_engine_lets_another_process_in_though_its_sessions_are_still_around(tmp_path: Path) -> None:
    engine = open_engine(spec(tmp_path / "w.duckdb"), read_only=False)
    session = engine.session()
    session.execute("CREATE TABLE t (a INTEGER)")
    engine.close()
    with held_by_another_process(tmp_path / "w.duckdb"):
        pass
    with pytest.raises(EngineError):
        session.query("SELECT 1")


def test_a_file_that_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database at all\n" * 500)
    assert "is not a DuckDB database file" in refusal(path).message
    assert "is not a DuckDB database file" in refusal(path, read_only=True).message
    assert path.read_text().startswith("not a database")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").mkdir()
    refusal(tmp_path / "w.duckdb")


def test_a_missing_folder_is_made_for_writing_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "w.duckdb"
    open_engine(spec(path), read_only=True).close()
    assert not (tmp_path / "new").exists()
    open_engine(spec(path), read_only=False).close()
    assert path.is_file()


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refusal(tmp_path / "file" / "w.duckdb")
    refusal(tmp_path / "file" / "deep" / "w.duckdb")


def test_a_folder_that_may_not_be_written() -> None:
    """Nobody may make files there, root neither."""
    refusal(Path("/dev/null/w.duckdb"))
    if Path("/proc/self").is_dir():
        refusal(Path("/proc/self/w.duckdb"))


def test_read_only_never_writes(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path)
    open_engine(warehouse.spec, read_only=False).close()
    engine = warehouse.open(read_only=True)
    with pytest.raises(EngineError):
        engine.session().execute("CREATE TABLE t (a INTEGER)")
    engine.close()


def test_a_warehouse_that_is_not_there_is_read_as_an_empty_one(tmp_path: Path) -> None:
    engine = DuckDBWarehouse(tmp_path).open(read_only=True)
    assert engine.table_columns(engine.session(), Relation("main", "t")) is None
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_what_one_opening_wrote_the_next_one_reads(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path)
    for expected in range(3):
        engine = warehouse.open()
        session = engine.session()
        session.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER)")
        assert session.query("SELECT COUNT(*) FROM t") == [(expected,)]
        session.execute("INSERT INTO t VALUES (1)")
        engine.close()


@pytest.mark.parametrize("name", ["default_null_order", "Integer_Division"])
def test_a_setting_that_changes_what_queries_mean_is_refused(tmp_path: Path, name: str) -> None:
    written = ConnectionSpec("duckdb", {"path": str(tmp_path / "w.duckdb"), "settings": {name: "true"}}, tmp_path)
    with pytest.raises(EngineError, match=f"the setting `{name}` would change what queries mean"):
        open_engine(written, read_only=False)
    assert not (tmp_path / "w.duckdb").exists()

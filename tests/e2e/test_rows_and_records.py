"""Rows and records commit together: at whatever statement a run stops, each record says what its partition holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.miniature import Miniature
from swathe.engine.duckdb.checksum import checksum_sql
from swathe.engine.duckdb.session import DuckDBSession


class Stopped(BaseException):
    """The process is gone: nothing runs any more."""


@contextmanager
def stopping_at(statement: int) -> Iterator[list[int]]:
    """From that statement on nothing reaches the database. Yields how many statements are left."""
    run, left = DuckDBSession._run, [statement]

    def dying(self: DuckDBSession, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped
        return run(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Stopped):
        patch.setattr(DuckDBSession, "_run", dying)
        yield left


def assert_records_hold(mini: Miniature) -> None:
    if not mini.query("select 1 from duckdb_tables() where schema_name = 'main' and table_name = 'base'"):
        return
    checksum = checksum_sql(mini.columns("base", ["day", "who", "amount"]))
    held = mini.query(f"select cast(day as varchar), count(*), {checksum} from main.base group by day order by day")
    recorded = mini.query(
        "select partition_key, row_count, data_version from swathe_state.partitions "
        "where model = 'base' and row_count > 0 order by partition_key"
    )
    assert recorded == held


@pytest.mark.parametrize("limit", ["", ", batch_size=4"])
def test_at_whatever_statement_a_run_stops(tmp_path: Path, limit: str) -> None:
    mini = Miniature.create(tmp_path / "mini")
    mini.write_model("base", mini.models["base"].replace('end="2024-01-22"', f'end="2024-01-22"{limit}'))
    for name in set(mini.models) - {"base"}:
        (mini.root / "models" / f"{name}.sql").unlink()
    for days in ((), (date(2024, 1, 2), date(2024, 1, 9))):
        for day in days:
            mini.set_day(day, [(4, "z", "77"), (5, "z", "78")])
        for statement in range(400):
            with stopping_at(statement) as left:
                mini.backfill()
            assert_records_hold(mini)
            if left[0] >= 0:
                break
        assert left[0] >= 0, "the run was never let through"
    assert mini.table("base") == sorted(mini.query("select distinct * from main.base"), key=repr)

"""Rows and records commit together: at whatever statement a run stops, each record says what its partition holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.crashes import stopping_at
from support.miniature import Miniature
from swathe.engine.duckdb.checksum import checksum_sql


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

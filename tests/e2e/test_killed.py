"""SIGKILL at random moments of a backfill loses nothing, duplicates nothing, and the same command resumes."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from support import killable
from support.miniature import MODELS, ORDER, Miniature, verdicts

KILLS = int(os.environ.get("SWATHE_KILLS", "30"))
PARTS = 5


def start(mini: Miniature) -> BaseProcess:
    return killable.start(mini.root, "backfill", "--yes", "--full", "--now", "2024-06-01")


def records_hold(mini: Miniature) -> None:
    """Each record is there once and says what the table holds."""
    for name, column in (("base", "day"), ("daily", "day"), ("weekly", "week")):
        exists = mini.query(f"select 1 from duckdb_tables() where table_name = '{name}'")
        if not exists:
            continue
        held = dict(mini.query(f"select cast({column} as varchar), count(*) from main.{name} group by 1"))
        recorded = mini.query(f"select partition_key, row_count from swathe_state.partitions where model = '{name}'")
        assert len(recorded) == len({key for key, _ in recorded})
        assert {key: count for key, count in recorded if count} == held


@pytest.mark.parametrize("part", range(PARTS))
def test_sigkill_loses_and_duplicates_nothing(tmp_path: Path, part: int) -> None:
    mini = Miniature.create(tmp_path / "mini")
    for name in ("base",):  # many batches, so that kills fall between and inside them
        mini.write_model(name, MODELS[name].replace('end="2024-01-22"', 'end="2024-01-22", batch_size=1'))
    whole = start(mini)
    begun = time.monotonic()
    whole.join(60)
    assert whole.exitcode == 0
    took = time.monotonic() - begun
    (mini.root / "mini.duckdb").unlink()
    chance = random.Random(part)
    landed = 0
    while landed < KILLS // PARTS:
        process = start(mini)
        begun = time.monotonic()
        process.join(chance.uniform(0.3, 1.0) * took)
        if process.exitcode is not None:
            took = min(took, time.monotonic() - begun)  # it was done before the blow: strike sooner
        process.kill()
        process.join(60)
        landed += process.exitcode == -signal.SIGKILL
        if (mini.root / "mini.duckdb").exists():
            records_hold(mini)
            assert set(verdicts(mini.plan(), "base").values()) <= {"current", "missing"}
    mini.backfill()
    truth = mini.truth()
    for name in ORDER:
        assert mini.table(name) == truth[name], name
    records_hold(mini)
    assert mini.query("select count(*) from swathe_state.runs where status = 'running'") == [(0,)]
    assert mini.query("select count(*) from swathe_state.claims") == [(0,)]

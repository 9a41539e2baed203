"""A few rounds of what `make chaos` plays by the hundred."""

from __future__ import annotations

import os
from pathlib import Path

from chaos.rounds import Rounds
from support.postgres import PostgresServer

SEED = int(os.environ.get("SWATHE_SEED", "11"))
ROUNDS = int(os.environ.get("SWATHE_CHAOS_ROUNDS", "5"))


def test_nothing_is_lost_whatever_happens(own_postgres: PostgresServer, tmp_path: Path) -> None:
    with Rounds.prepared(tmp_path / "project", own_postgres, SEED) as rounds:
        for _ in range(ROUNDS):
            rounds.play()
        assert rounds.report.problems == [], str(rounds.report)
        assert rounds.report.looks > 0

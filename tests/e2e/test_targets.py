"""Targets that share a database keep their tables and their records apart."""

from __future__ import annotations

import json
from pathlib import Path

from support.command_line import swathe
from support.miniature import Miniature

AT = ("--now", "2024-06-01")


def test_two_targets_in_one_database_do_not_take_turns(tmp_path: Path) -> None:
    mini = Miniature.create(tmp_path / "mini")
    outputs = {name: {**mini.target, "schema": name, "state_schema": f"{name}_state"} for name in ("ours", "theirs")}
    (mini.root / "profiles.yml").write_text(json.dumps({"mini": {"target": "ours", "outputs": outputs}}))
    for target in ("ours", "theirs"):
        done = swathe(mini.root, "backfill", "daily+", "+daily", "--yes", "--target", target, *AT)
        assert done.code == 0, done.stderr
    for target in ("ours", "theirs"):
        again = swathe(mini.root, "plan", "--check", "daily", "--target", target, *AT)
        assert again.code == 0, again.stdout
    assert mini.query("select count(*) > 0 from ours.daily") == [(True,)]
    assert mini.query("select * from ours.daily except select * from theirs.daily") == []
    assert mini.query("select count(*) from ours_state.partitions") == mini.query(
        "select count(*) from theirs_state.partitions"
    )

"""Whatever models do: filled in any order, and mended after any change of their sources, tables equal full refreshes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from random import Random

import duckdb
from queries.project import Project

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
PROJECTS = int(os.environ.get("SWATHE_CASES", "400" if DEEP else "4"))
SEED = int(os.environ.get("SWATHE_SEED", "0"))


def any_history(seed: int, root: Path) -> bool:
    """Whether the project's queries could be run to the end."""
    dice = Random(f"models {seed}")
    project = Project.create(root, dice)
    try:
        for step in range(3):
            if step:
                project.change(dice)
            try:
                truth = project.truth()
            except duckdb.Error:
                return False
            if dice.random() < 0.5:
                project.backfill(dice, all_of_it=False)
            failed = project.backfill(dice, all_of_it=True)
            assert not failed, failed
            held = project.held()
            for name, rows in truth.items():
                assert held[name] == rows, (name, "missing", rows - held[name], "extra", held[name] - rows)
            assert project.work() == {}
    except BaseException as error:
        for line in (*project.told, f"reproduce it with SWATHE_SEED={seed}"):
            error.add_note(line)
        raise
    return True


def test_tables_equal_full_refreshes() -> None:
    done = 0
    for seed in range(SEED, SEED + PROJECTS):
        folder = Path(tempfile.mkdtemp(prefix="swathe-"))
        try:
            done += any_history(seed, folder / "p")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    assert done > 0.7 * PROJECTS

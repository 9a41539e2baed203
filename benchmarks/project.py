"""Small projects on DuckDB, to be measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import swathe

PROFILES = "bench: {target: dev, outputs: {dev: {type: duckdb, path: bench.duckdb}}}\n"


def write_project(folder: Path, models: Mapping[str, tuple[str, str]], sources: str) -> Path:
    """Models are their config and their query, by name. What was in the folder is removed first."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "sources.yml").write_text(sources)
    for name, (config, query) in models.items():
        (folder / "models" / f"{name}.sql").write_text("{{ config(" + config + ") }}\n" + query + "\n")
    return folder


def compiled(folder: Path, model: str, key: str) -> list[str]:
    """The statements that a backfill sends for a partition. They name files relative to the folder."""
    printed = json.loads(swathe(folder, "compile", model, "--partition", key, "--output", "json"))
    statements: list[str] = printed["models"][0]["statements"]
    return statements

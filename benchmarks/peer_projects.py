"""The projects of the benchmarks as SQLMesh and dbt have them. `{events}` stands in a query for the source."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

FIRST, LAST, END = "2024-01-01", "2024-12-30", "2024-12-31"

_SQLMESH = f"""gateways:
  dev:
    connection: {{type: duckdb, database: warehouse.duckdb}}
    state_connection: {{type: duckdb, database: state.duckdb}}
default_gateway: dev
model_defaults: {{dialect: duckdb, start: '{FIRST}'}}
"""
_SQLMESH_MODEL = (
    "MODEL (name bench.{name}, kind INCREMENTAL_BY_TIME_RANGE (time_column day{batch}), "
    f"start '{FIRST}', end '{LAST}', cron '@daily');\n{{query}}\n"
)
_SQLMESH_EVENTS = "(select * from raw.events where seen_at between @start_dt and @end_dt) as events"
_DBT = "{name: bench, profile: bench, version: '1.0', config-version: 2}\n"
_DBT_PROFILES = "bench: {target: dev, outputs: {dev: {type: duckdb, path: warehouse.duckdb, threads: 2}}}\n"
_DBT_SOURCES = "sources: [{name: raw, tables: [{name: events, config: {event_time: seen_at}}]}]\n"
_DBT_CONFIG = (
    "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='day', "
    f"begin='{FIRST}', batch_size='day') }}}}\n"
)


def write_sqlmesh(folder: Path, models: Mapping[str, str], batch_size: int | None = None) -> None:
    """Models name each other as `bench.NAME`. What was in the folder is removed first."""
    _write(folder, {"config.yaml": _SQLMESH})
    batch = "" if batch_size is None else f", batch_size {batch_size}"
    for name, query in models.items():
        text = _SQLMESH_MODEL.format(name=name, batch=batch, query=query.replace("{events}", _SQLMESH_EVENTS))
        (folder / "models" / f"{name}.sql").write_text(text)


def write_dbt(folder: Path, models: Mapping[str, str]) -> None:
    """Models name each other by `ref()`. What was in the folder is removed first."""
    _write(folder, {"dbt_project.yml": _DBT, "profiles.yml": _DBT_PROFILES, "models/sources.yml": _DBT_SOURCES})
    for name, query in models.items():
        text = _DBT_CONFIG + query.replace("{events}", "{{ source('raw', 'events') }}")
        (folder / "models" / f"{name}.sql").write_text(text + "\n")


def _write(folder: Path, files: Mapping[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)

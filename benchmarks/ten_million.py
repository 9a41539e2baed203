"""A plan over ten million recorded partitions: two thousand models of five thousand days each.

The records are written by SQL, as a backfill of them would have left them. Then a new day has come, rows of one old day
were late, and the logic of twenty models was edited.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, Scale, Timing, output_of, swathe, timed

MODELS = 2_000
DAYS = 5_000
ROOTS = 10
EDITED = 20
NOW = "2023-09-11T00:00:00+00:00"
"""So that of the days from the beginning one more is due than is recorded."""

PROFILES = "bench: {target: dev, outputs: {dev: {type: duckdb, path: bench.duckdb}}}\n"
SOURCES = "sources: [{name: raw, tables: [{name: events, event_time: day}]}]\n"
MODEL = (
    '{{{{ config(partition_by={{"column": "day", "granularity": "day"}}, begin="2010-01-01") }}}}\n'
    "select day, sum(amount) as amount from {read} group by day\n"
)
EVENTS = (
    "create schema raw; create table raw.events as "
    "select date '2010-01-01' + cast(i as integer) as day, cast(i as integer) as amount "
    f"from generate_series(0, {DAYS - 1}) as t(i)"
)
LATE = f"insert into raw.events values (date '2012-03-04', 1), (date '2010-01-01' + {DAYS}, 1)"

Ask = Callable[[str], object]
"""Runs SQL in the warehouse."""


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    """In DuckDB."""

    def ask(sql: str) -> None:
        with duckdb.connect(str(folder / "bench.duckdb")) as connection:
            connection.execute(sql)

    yield from planned(scale, folder, PROFILES, ask, "DuckDB", 3.0)


def planned(scale: Scale, folder: Path, profiles: str, ask: Ask, engine: str, target: float) -> Iterator[Figure]:
    models = max(ROOTS + EDITED, scale.of(MODELS))
    write_project(folder, profiles, models)
    ask(EVENTS)
    _recorded(folder, "write", NOW, str(DAYS))
    ask(LATE)
    for number in range(models - EDITED, models):
        path = folder / "models" / f"m{number}.sql"
        path.write_text(path.read_text().replace("sum(amount)", "max(amount)"))
    swathe(folder, "compile")
    runs = [json.loads(_recorded(folder, "plan", NOW)) for _ in range(scale.runs)]
    took = {name: Timing.of(run[name] for run in runs) for name in ("whole", "alone", "memory")}
    recorded, partitions = (statistics.median(run[name] for run in runs) for name in ("recorded", "partitions"))
    name = f"plan over {recorded:,.0f} records of {models:,} models, {partitions:,.0f} to build"
    yield Figure(f"{name}: the planner alone", took["alone"], 1.0)
    yield Figure(f"{name}: with the state in {engine}", took["whole"], target)
    yield Figure(f"most memory of that process, {engine}", took["memory"], 500, unit="MB")
    whole = scale.median(timed(lambda: swathe(folder, "plan", "--now", NOW)))
    yield Figure(f"`swathe plan` of that, all of it, {engine}", whole, float("inf"), rule="none")


def write_project(folder: Path, profiles: str, models: int) -> None:
    """Each model reads another one, the first ones the source."""
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml").write_text(profiles)
    (folder / "models" / "sources.yml").write_text(SOURCES)
    for number in range(models):
        read = "{{ source('raw', 'events') }}" if number < ROOTS else "{{ ref('m" + str(number // 2) + "') }}"
        (folder / "models" / f"m{number}.sql").write_text(MODEL.format(read=read))


def _recorded(folder: Path, *arguments: str) -> str:
    """What `benchmarks.recorded` prints."""
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return output_of([sys.executable, "-m", "benchmarks.recorded", *arguments], folder, {"PYTHONPATH": paths})

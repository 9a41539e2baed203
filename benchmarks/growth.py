"""What a plan costs as partitions and models grow, where nothing or little is to be done. Whole processes.

Time should not grow with partitions while they form few ranges, and with models no faster than their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from benchmarks import many_models
from benchmarks.measure import Figure, Scale, Timing, swathe, timed
from benchmarks.project import write_project

PARTITIONS = (100, 1_000, 10_000, 100_000)
MODELS = (50, 100, 200, 500)
MOST_GROWTH = 2.0
BEGIN = datetime(2010, 1, 1)

COMMANDS = {"plan": ("plan",), "backfill with nothing to do": ("backfill", "--yes")}
KINDS = {
    "source not watched": ", watch: none",
    "source watched": ", partition_by: {column: seen_at, granularity: hour}",
}
SOURCES = "sources: [{{name: raw, tables: [{{name: ticks, event_time: seen_at{watch}}}]}}]\n"


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    for name, watch in KINDS.items():
        projects = {
            count: _hours(folder / f"{'' if watch else 'watched'}{count}", count, watch)
            for count in _sizes(PARTITIONS, scale)
        }
        yield from _grown(scale, projects, f"partitions in each of 2 models, {name}", lambda _: MOST_GROWTH)
    sizes = _sizes(MODELS, scale)
    projects = {count: _models(folder / f"models{count}", count) for count in sizes}
    yield from _grown(scale, projects, "models of 365 partitions", lambda count: count / sizes[0])


def _grown(scale: Scale, projects: dict[int, Path], what: str, most: Callable[[int], float]) -> Iterator[Figure]:
    """All sizes are measured in turn. Each is compared with the smallest, of which it may take `most` times as long."""
    for command, arguments in COMMANDS.items():
        measures = [timed(partial(swathe, project, *arguments)) for project in projects.values()]
        swathe(next(iter(projects.values())), *arguments)  # so that the first one finds Python's files warm, too
        taken = scale.alternate(*measures)
        for count, timing in zip(projects, taken, strict=True):
            yield _figure(f"{command}: {count:,} {what}", timing, taken[0], most(count))


def _figure(work: str, timing: Timing, smallest: Timing, most: float) -> Figure:
    if timing is smallest:
        return Figure(work, timing, timing, rule="the smallest")
    return Figure(work, timing, most * smallest, smallest, f"≤ {most:g} * the smallest", beside="the smallest")


def _sizes(wanted: tuple[int, ...], scale: Scale) -> list[int]:
    """At least two, since they are compared."""
    return [count for number, count in enumerate(wanted) if number < 2 or count <= scale.of(wanted[-1])]


def _hours(folder: Path, hours: int, watch: str) -> Path:
    """Two models of one row an hour, the second of which reads the first, built in as few statements as they can be."""
    end = BEGIN + timedelta(hours=hours)
    cut = (
        f'partition_by={{"column": "hour", "granularity": "hour"}}, begin="{BEGIN:%Y-%m-%dT%H}", '
        f'end="{end:%Y-%m-%dT%H}", batch_size={hours}'
    )
    models = {
        "hourly": (cut, "select date_trunc('hour', seen_at) as hour, n from {{ source('raw', 'ticks') }}"),
        "doubled": (cut, "select hour, 2 * n as n from {{ ref('hourly') }}"),
    }
    write_project(folder, models, SOURCES.format(watch=watch))
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(
            f"create table raw.ticks as select timestamp '{BEGIN}' + to_hours(i) as seen_at, i as n "
            f"from range({hours}) as t(i)"
        )
    swathe(folder, "backfill", "--yes")
    return folder


def _models(folder: Path, count: int) -> Path:
    many_models.write_project(folder, count)
    swathe(folder, "backfill", "--yes")
    return folder

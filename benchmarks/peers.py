"""The same work by SQLMesh and by dbt's microbatch: a year of days over ten million rows, and five hundred models.

Measured only on request, since both are installed first, beside the project, with the DuckDB that they allow. What
they made is counted after each run.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from benchmarks import backfill_duckdb, many_models
from benchmarks.measure import Figure, ProcessError, Scale, output_of, swathe, timed
from benchmarks.peer_projects import END, FIRST, write_dbt, write_sqlmesh

PACKAGES = ("sqlmesh", "dbt-core>=1.11,<1.12", "dbt-duckdb")
"""A newer dbt-core fetches a part of itself from elsewhere when it is installed."""

QUIET = {"SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}
PLAN = ("plan", "--auto-apply", "--no-prompts")
YEAR = ("run", "--event-time-start", FIRST, "--event-time-end", END)
VERSIONS = "from importlib.metadata import version as v; print(v('sqlmesh'), v('dbt-core'), v('duckdb'))"
MAKE_SOURCE = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    for statement in sys.argv[2:]:
        connection.execute(statement)
"""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where they are installed, and their names with their versions."""

    bin: Path
    sqlmesh: str
    dbt: str

    def run(self, folder: Path, command: str, *arguments: str) -> None:
        output_of([str(self.bin / command), *arguments], folder, QUIET)


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    peers = _install(folder / "environment")
    theirs = {
        peers.sqlmesh: timed(partial(peers.run, folder, "sqlmesh", "--version")),
        peers.dbt: timed(partial(peers.run, folder, "dbt", "--version")),
    }
    yield from _compared("`--version`", scale, timed(partial(swathe, folder, "--version")), theirs)
    yield from _year(scale, folder, peers)
    yield from _load(scale, folder, peers)


def _install(folder: Path) -> Peers:
    """Raises ProcessError where there is no network."""
    output_of([sys.executable, "-m", "venv", str(folder)])
    python = str(folder / "bin" / "python")
    output_of([python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *PACKAGES])
    sqlmesh, dbt, engine = output_of([python, "-c", VERSIONS]).split()
    return Peers(folder / "bin", f"SQLMesh {sqlmesh} on DuckDB {engine}", f"dbt {dbt} on DuckDB {engine}")


def _year(scale: Scale, folder: Path, peers: Peers) -> Iterator[Figure]:
    ours, theirs = backfill_duckdb.write_source(folder, scale), folder / "theirs.duckdb"
    make = backfill_duckdb.events(scale.of(backfill_duckdb.ROWS))
    output_of([str(peers.bin / "python"), "-c", MAKE_SOURCE, str(theirs), *make])  # a file that their DuckDB can read
    query = backfill_duckdb.MODELS["aggregate"]
    models = {"made": query}
    by_day, at_once, dbt = folder / "by_day", folder / "at_once", folder / "dbt"
    plan = partial(peers.run, by_day, "sqlmesh", *PLAN)

    def built(project: Path, table: str, write: Callable[[], None], *command: str) -> Callable[[], float]:
        def fresh() -> None:
            write()
            shutil.copy(theirs, project / "warehouse.duckdb")

        def measure() -> float:
            taken = timed(partial(peers.run, project, *command), fresh)()
            _check(project / "warehouse.duckdb", table, query)
            return taken

        return measure

    one_by_one = {
        peers.sqlmesh: built(by_day, "bench.made", partial(write_sqlmesh, by_day, models, 1), "sqlmesh", *PLAN),
        peers.dbt: built(dbt, "main.made", partial(write_dbt, dbt, models), "dbt", *YEAR),
    }
    swathes = backfill_duckdb.by_swathe(ours, query, ", batch_size=1")
    yield from _compared("365 days, one by one", scale, swathes, one_by_one)
    together = built(at_once, "bench.made", partial(write_sqlmesh, at_once, models), "sqlmesh", *PLAN)
    swathes = backfill_duckdb.by_swathe(ours, query, "")
    yield from _compared("365 days, batches as they are by default", scale, swathes, {peers.sqlmesh: together})
    swathes = timed(partial(swathe, ours.with_name("project"), "plan"))
    yield from _compared("a plan with nothing to do", scale, swathes, {peers.sqlmesh: timed(plan)})


def _check(database: Path, table: str, query: str) -> None:
    """Raises ProcessError unless a table holds the rows that it should."""
    with duckdb.connect(str(database), read_only=True) as connection:
        counted = [
            connection.execute(f"select count(*), sum(n), sum(total) from {relation}").fetchall()
            for relation in (table, f"({query.format(events='raw.events')})")
        ]
    if counted[0] != counted[1]:
        raise ProcessError(f"{table} holds {counted[0]} and should hold {counted[1]}")


def _load(scale: Scale, folder: Path, peers: Peers) -> Iterator[Figure]:
    """From text, without what was kept of an earlier time."""
    count = max(many_models.ROOTS + 1, scale.of(many_models.MODELS))
    ours, sqlmesh, dbt = folder / "many", folder / "many_sqlmesh", folder / "many_dbt"
    many_models.write_project(ours, count)
    write_sqlmesh(sqlmesh, many_models.texts(count, "bench.{}"))
    write_dbt(dbt, many_models.texts(count, "{{{{ ref('{}') }}}}"))

    def cold(project: Path, kept: str) -> Callable[[], None]:
        return partial(shutil.rmtree, project / kept, ignore_errors=True)

    theirs = {
        f"{peers.sqlmesh}, `info`": timed(
            partial(peers.run, sqlmesh, "sqlmesh", "info", "--skip-connection"), cold(sqlmesh, ".cache")
        ),
        f"{peers.dbt}, `compile`": timed(partial(peers.run, dbt, "dbt", "compile"), cold(dbt, "target")),
    }
    swathes = timed(partial(swathe, ours, "compile"), cold(ours, "target"))
    yield from _compared(f"load {count} models, nothing cached", scale, swathes, theirs)


def _compared(
    work: str, scale: Scale, swathes: Callable[[], float], theirs: Mapping[str, Callable[[], float]]
) -> Iterator[Figure]:
    ours, *others = scale.alternate(swathes, *theirs.values())
    for name, taken in zip(theirs, others, strict=True):
        yield Figure(f"{work}: {name}", ours, taken, taken, "faster", beside="peer")

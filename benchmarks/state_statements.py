"""How many statements record a thousand partitions, each with its input's version and its own over what is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import psycopg

from benchmarks.measure import Figure, Scale
from benchmarks.postgres_server import postgres
from swathe.api.backfill import BackfillOptions, backfill
from swathe.api.plan import Choice
from swathe.api.workspace import ProjectOptions
from swathe.engine.duckdb.session import DuckDBSession
from swathe.engine.postgres.session import PostgresSession

PARTITIONS = 1000
BATCHES = 5
"""1, 8, 64, 512 and the rest."""
MOST = 150
"""For two models: fifteen in each batch, as many before the run and after it."""
SOURCE = "create table raw.events as select timestamp '2022-01-01' + i * interval '6 hours' as seen_at, i % 7 as amount"
CUT = 'partition_by={"column": "day", "granularity": "day"}, begin="2022-01-01", end="2024-09-27"'
MODELS = {
    "made": "select cast(seen_at as date) as day, amount from {{ source('raw', 'events') }}",
    "counted": "select day, count(*) as n from {{ ref('made') }} group by day",
}
SOURCES = "sources: [{name: raw, tables: [{name: events, event_time: seen_at}]}]\n"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def figures(_scale: Scale, folder: Path) -> Iterator[Figure]:
    path = folder / "bench.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute(f"{SOURCE} from range({4 * PARTITIONS}) as t(i)")
    target: dict[str, Any] = {"type": "duckdb", "path": str(path)}
    yield _figure("DuckDB", folder / "duckdb", target, DuckDBSession)
    with postgres() as keywords:
        with psycopg.connect(**keywords, autocommit=True) as connection:
            connection.execute("drop schema if exists swathe_state, raw, made cascade; create schema raw")
            connection.execute(f"{SOURCE} from generate_series(0, {4 * PARTITIONS - 1}) as s(i)")
        target = {**keywords, "type": "postgres", "schema": "made", "password": keywords.get("password", "none")}
        yield _figure("PostgreSQL", folder / "postgres", target, PostgresSession)


def _figure(engine: str, folder: Path, target: dict[str, Any], session: type) -> Figure:
    _write_project(folder, target)
    options = ProjectOptions(cwd=folder, now=NOW)
    with _counting(session) as count:
        done = backfill(options, Choice(), BackfillOptions(), lambda _: True, lambda _: None)
    assert done.outcome is not None
    assert sum(model.succeeded for model in done.outcome.models) == len(MODELS) * PARTITIONS
    return Figure(
        f"state of {len(MODELS)} models of {PARTITIONS:,} partitions, {engine}", count(), MOST, unit="statements"
    )


@contextmanager
def _counting(session: type) -> Iterator[Callable[[], int]]:
    """Counts the statements about the metadata schema."""
    run, found = session._run, []  # type: ignore[attr-defined]  # noqa: SLF001 - all statements pass here

    def counted(self: object, sql: str, parameters: object) -> object:
        found.append("swathe_state" in sql)
        return run(self, sql, parameters)

    with patch.object(session, "_run", counted):
        yield lambda: sum(found)


def _write_project(folder: Path, target: dict[str, Any]) -> None:
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml").write_text(json.dumps({"bench": {"target": "dev", "outputs": {"dev": target}}}))
    (folder / "models" / "sources.yml").write_text(SOURCES)
    for name, query in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text("{{ config(" + CUT + ") }}\n" + query + "\n")

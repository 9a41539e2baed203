"""A year of days over ten million rows in PostgreSQL, written by two connections, every partition recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.backfill_duckdb import CUT, DAYS, MODELS, ROWS, SOURCES
from benchmarks.measure import Figure, Scale, python, swathe, timed
from benchmarks.postgres_server import postgres

FORGET = "drop schema if exists swathe_state cascade; drop schema if exists made cascade; create schema made"

TWO_INSERTS = """
import sys, time, json, psycopg
from threading import Thread
keywords, query = json.loads(sys.argv[1]), sys.argv[2]

def insert(where):
    with psycopg.connect(**keywords) as connection:
        events = f"(select * from raw.events where {where}) as e"
        connection.execute("insert into made.made " + query.replace("raw.events", events))

with psycopg.connect(**keywords) as connection:
    connection.execute(f"create table made.made as {query} limit 0")
start = time.perf_counter()
halves = [Thread(target=insert, args=[f"seen_at {compared} timestamp '2024-07-02'"]) for compared in ("<", ">=")]
for half in halves:
    half.start()
for half in halves:
    half.join()
print(time.perf_counter() - start)
"""


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    with postgres() as keywords:
        _fill(keywords, scale)
        for name, query in MODELS.items():
            written = query.format(events="raw.events")
            by_hand, taken = scale.alternate(
                _by_hand(keywords, written), _by_swathe(keywords, folder / "project", query)
            )
            rule = "≤ 1.2 * two connections that insert half each"
            yield Figure(f"{DAYS} days, {name}, PostgreSQL, `--parallel 2`", taken, 1.2 * by_hand, by_hand, rule)


def _fill(keywords: dict[str, Any], scale: Scale) -> None:
    """The events of a year, and an index by which one day is found."""
    count = scale.of(ROWS)
    with psycopg.connect(**keywords, autocommit=True) as connection:
        connection.execute("drop schema if exists raw cascade; create schema raw")
        connection.execute(
            "create table raw.events as select timestamp '2024-01-01' + make_interval(secs => i * "
            f"{DAYS}.0 * 86400 / {count}) as seen_at, i as id, 'k' || abs(hashint8(i)) % 20 as kind, "
            f"abs(hashint8(i)) % 1000 as amount from generate_series(0::bigint, {count} - 1) as s(i)"
        )
        connection.execute("create index on raw.events (seen_at)")
        connection.execute("vacuum analyze raw.events")


def _forget(keywords: dict[str, Any]) -> None:
    with psycopg.connect(**keywords, autocommit=True) as connection:
        connection.execute(FORGET)
        connection.execute("checkpoint")


def _by_hand(keywords: dict[str, Any], query: str) -> Callable[[], float]:
    def once() -> float:
        _forget(keywords)
        return python(TWO_INSERTS, json.dumps(keywords), query)

    return once


def _by_swathe(keywords: dict[str, Any], folder: Path, query: str) -> Callable[[], float]:
    """The whole process."""

    def fresh() -> None:
        _forget(keywords)
        shutil.rmtree(folder, ignore_errors=True)
        write_project(folder, keywords, query)

    return timed(lambda: swathe(folder, "backfill", "--yes", "--parallel", "2"), fresh)


def write_project(folder: Path, keywords: dict[str, Any], query: str) -> None:
    (folder / "models").mkdir(parents=True)
    target = {**keywords, "type": "postgres", "schema": "made", "password": keywords.get("password", "none")}
    (folder / "profiles.yml").write_text(json.dumps({"bench": {"target": "dev", "outputs": {"dev": target}}}))
    (folder / "models" / "sources.yml").write_text(SOURCES)
    text = "{{ config(" + CUT + ") }}\n" + query.format(events="{{ source('raw', 'events') }}") + "\n"
    (folder / "models" / "made.sql").write_text(text)

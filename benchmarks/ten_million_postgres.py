"""The plan over ten million recorded partitions with the state in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.measure import Figure, Scale
from benchmarks.postgres_server import postgres
from benchmarks.ten_million import planned


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Writing them takes some minutes."""
    with postgres() as keywords:
        target = {**keywords, "type": "postgres", "password": keywords.get("password", "none")}
        profiles = json.dumps({"bench": {"target": "dev", "outputs": {"dev": target}}})

        def ask(sql: str) -> None:
            with psycopg.connect(**keywords, autocommit=True) as connection:
                connection.execute(sql.encode())

        yield from planned(scale, folder, profiles, ask, "PostgreSQL", 15.0)

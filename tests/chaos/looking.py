"""Whoever reads the tables at any moment: never a part of a partition, never a record that its rows do not bear out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from chaos.world import DELIVERED, KEYS, SWAPPED, World
from support.postgres import Connection
from swathe.engine.postgres.checksum import checksum_sql
from swathe.model.definition import Column

TORN = """
SELECT day, count(*), count(DISTINCT part), min(parts), max(parts), count(DISTINCT stamp) FROM main.{table} GROUP BY day
HAVING NOT (count(*) = min(parts) AND count(*) = max(parts) AND count(DISTINCT part) = count(*)
            AND count(DISTINCT stamp) = 1)
"""
"""Days of which a reader sees a part, or rows of two deliveries, or some twice."""

TWICE = """
SELECT model, slice, ordinal, count(*) FROM swathe_state.partitions GROUP BY 1, 2, 3 HAVING count(*) > 1
"""

OVERLAPPING = """
SELECT a.run_id, b.run_id FROM swathe_state.claims AS a JOIN swathe_state.claims AS b
ON a.model = b.model AND a.claim_id < b.claim_id AND a.unit = b.unit
AND a.first_ordinal <= b.last_ordinal AND b.first_ordinal <= a.last_ordinal
AND (a.slices = b.slices OR '["*"]' IN (a.slices, b.slices))
"""


@dataclass
class Sights:
    """What was seen. `problems` should stay empty."""

    looks: int = 0
    problems: list[str] = field(default_factory=list)


def records_without_rows(connection: Connection) -> list[str]:
    """Records whose partition does not hold what they say. Of the models whose leaves are swapped each at a moment of
    its own, since a transaction's snapshot does not hold for those; of the others all at the same moment.
    """
    found = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for model in (name for name in KEYS if name not in SWAPPED):
            found += _differences(connection, model)
    for model in SWAPPED:
        found += _differences(connection, model)
    return found


def _differences(connection: Connection, model: str) -> list[str]:
    query = _differing(connection, model, KEYS[model])
    return [f"{model}: {row}" for row in connection.execute(query).fetchall()]


def _differing(connection: Connection, model: str, key: str) -> Any:
    columns = [
        Column(name, kind)
        for name, kind in connection.execute(
            "SELECT a.attname, upper(format_type(a.atttypid, a.atttypmod)) FROM pg_attribute AS a "
            f"WHERE a.attrelid = to_regclass('main.{model}') AND a.attnum > 0 AND NOT a.attisdropped"
        ).fetchall()
    ]
    if not columns:
        return "SELECT 1 WHERE false"
    # A day, a month's or a week's first day; in front of a slash where there are slices.
    slices = "CASE WHEN who IN ('ann', 'bob') THEN 'who=' || who ELSE 'who=__else__' END"
    slice_of = slices if model == "by_person" else "''"
    return f"""
    SELECT recorded.*, held.* FROM
      (SELECT left(replace(replace(partition_key, 'month=', ''), '/who', '-01/who'), 10) AS place, slice, row_count,
              data_version
       FROM swathe_state.partitions WHERE model = '{model}') AS recorded
    FULL JOIN
      (SELECT to_char({key}, 'YYYY-MM-DD') AS place, {slice_of} AS slice, count(*) AS n, {checksum_sql(columns)} AS version
       FROM main.{model} GROUP BY 1, 2) AS held
    ON recorded.place = held.place AND recorded.slice = held.slice
    WHERE coalesce(recorded.row_count, -1) <> coalesce(held.n, 0)
       OR coalesce(recorded.data_version, -1) <> coalesce(held.version, 0)
    """


@contextmanager
def looking_on(world: World) -> Iterator[Sights]:
    """From a thread and a connection of its own, until leaving."""
    sights, done = Sights(), threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            with suppress(psycopg.OperationalError), world.database.connect(connect_timeout=3) as connection:
                while not done.wait(0.02):
                    with suppress(psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                        _look(connection, sights)

    thread = threading.Thread(target=look, name="looking on")
    thread.start()
    try:
        yield sights
    finally:
        done.set()
        thread.join()


def _look(connection: Connection, sights: Sights) -> None:
    checks = {"recorded twice": TWICE, "claimed twice": OVERLAPPING}
    checks |= {f"torn {table}": TORN.format(table=table) for table in DELIVERED}
    for what, query in checks.items():
        sights.problems += [f"{what}: {row}" for row in connection.execute(query).fetchall()]
    sights.problems += [f"not as recorded: {text}" for text in records_without_rows(connection)]
    sights.looks += 1

"""Databases that tests look into, all attached to one instance of DuckDB: to start one takes longer than most of what
is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

_numbers = count()


@contextmanager
def opened(database: Path | str = ":memory:") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database file, or to an empty database in memory. Nothing else may open the file meanwhile."""
    instance, name = _instance(), f"opened_{next(_numbers)}"
    instance.execute(f"ATTACH '{database}' AS {name}")
    try:
        with instance.cursor() as connection:
            connection.execute(f"USE {name}")
            yield connection
    finally:
        instance.execute(f"DETACH {name}")


@cache
def _instance() -> duckdb.DuckDBPyConnection:
    # A file that is written twice within a tick of the clock must be read twice.
    return duckdb.connect(config={"enable_external_file_cache": False})

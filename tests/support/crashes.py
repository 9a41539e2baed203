"""Processes that die between any two statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pytest

from swathe.engine.duckdb.session import DuckDBSession


class Crash(BaseException):
    """The process is gone: nothing runs any more."""


@contextmanager
def crash_after(statements: int) -> Iterator[list[int]]:
    """From that statement on nothing reaches the database, as if the process had been killed there. Yields how many
    statements are left.
    """
    run = DuckDBSession._run
    left = [statements]

    def dying(self: DuckDBSession, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
        left[0] -= 1
        if left[0] < 0:
            raise Crash
        return run(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDBSession, "_run", dying)
        yield left


@contextmanager
def stopping_at(statement: int) -> Iterator[list[int]]:
    """The same, and the crash ends here."""
    with suppress(Crash), crash_after(statement) as left:
        yield left

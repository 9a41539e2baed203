"""The driver's errors as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from swathe.errors import EngineError, StatementError, TransientError

_LOCK_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")

_MISUSE = re.compile(r"transaction is aborted|within a transaction|no transaction is active")
"""What a transaction says that trying again can't mend."""


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except duckdb.InterruptException:
        raise EngineError("the statement was interrupted") from None
    except (duckdb.TransactionException, duckdb.SerializationException) as error:
        kind = EngineError if _MISUSE.search(str(error)) else TransientError
        raise kind(_message(error)) from None
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        raise StatementError(_message(error)) from None
    except duckdb.Error as error:
        raise EngineError(_message(error)) from None


@contextmanager
def opening(path: str | None) -> Iterator[None]:
    """Errors of opening a file, each with what to do about it."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if found := _LOCK_HOLDER.search(text):
            raise EngineError(
                f"the database file `{path}` is in use by another process: PID {found['pid']} ({found['program']})",
                hint="wait for it to finish or stop it; a DuckDB file belongs to one process at a time",
            ) from None
        if "lock" in text.lower():
            raise EngineError(
                f"the database file `{path}` is locked by another process",
                hint="wait for it to finish or stop it; a DuckDB file belongs to one process at a time",
            ) from None
        if "not a valid DuckDB database file" in text or "not a DuckDB" in text:
            raise EngineError(
                f"`{path}` is not a DuckDB database file",
                hint="change `path` in profiles.yml, or move that file away",
            ) from None
        raise EngineError(
            f"the database file `{path}` can't be opened: {_message(error)}",
            hint="check that its folder exists and may be written to",
        ) from None


def _message(error: duckdb.Error) -> str:
    return str(error).strip()

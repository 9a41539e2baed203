"""Values of PostgreSQL that Python has no type for, or another idea of, come as text: no result is ever refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimeLoader, TimestampLoader, TimestamptzLoader, TimetzLoader
from psycopg.types.string import TextLoader

_BEYOND_PYTHON: dict[str, type[Any]] = {
    "date": DateLoader,
    "timestamp": TimestampLoader,
    "timestamptz": TimestamptzLoader,
    "time": TimeLoader,
    "timetz": TimetzLoader,
}
"""Types with values that Python's own type does not have: infinity, years before 1 and after 9999, 24 o'clock."""

_RANGES = ("int4", "int8", "num", "date", "ts", "tstz")
_AS_TEXT = (
    "interval",  # of Python's ones none has months
    "json",
    "jsonb",
    "record",
    *(f"{kind}{suffix}" for kind in _RANGES for suffix in ("range", "multirange")),
)


def _or_text(plain: type[Any]) -> type[Loader]:
    class OrText(plain):  # type: ignore[misc]
        """A value as Python's, else as text."""

        def load(self, data: Buffer) -> Any:
            with suppress(psycopg.DataError):
                return super().load(data)
            return bytes(data).decode()

    return OrText


_LOADERS = {name: _or_text(plain) for name, plain in _BEYOND_PYTHON.items()} | dict.fromkeys(_AS_TEXT, TextLoader)


def register(context: AdaptContext) -> None:
    """For one connection."""
    adapters = context.adapters
    if adapters is not None:
        for name, loader in _LOADERS.items():
            adapters.register_loader(name, loader)

"""Values of PostgreSQL that Python has no type for come as text, so that no result is ever refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader


def _or_text(plain: type[Loader]) -> type[Loader]:
    class OrText(plain):  # type: ignore[misc, valid-type]
        """Infinity, and years before 1 and after 9999."""

        def load(self, data: Buffer) -> Any:
            with suppress(psycopg.DataError):
                return super().load(data)
            return bytes(data).decode()

    return OrText


def register(context: AdaptContext) -> None:
    """For one connection."""
    adapters = context.adapters
    if adapters is not None:
        for name, loader in (("date", DateLoader), ("timestamp", TimestampLoader), ("timestamptz", TimestamptzLoader)):
            adapters.register_loader(name, _or_text(loader))

"""What an adapter needs to open a warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from swathe.frozen import frozen

DEFAULT_SCHEMAS = {"duckdb": "main", "postgres": "public"}
"""Where the tables of models go that name no schema, by type of connection."""


@frozen
class ConnectionSpec:
    """One output of a profile. `options` may hold secrets, and are never shown."""

    type: str
    options: Mapping[str, Any] = field(repr=False)
    root: Path
    schema: str | None = None
    threads: int | None = None

    @property
    def default_schema(self) -> str:
        """Where models without a `schema` of their own go."""
        return self.schema or DEFAULT_SCHEMAS.get(self.type, "main")

"""From a profile's `type` to an adapter. Drivers are imported only when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swathe.engine.adapter import Binder, Engine, FileReader
from swathe.errors import EngineError


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """What an adapter needs to open a warehouse. `options` may hold secrets: never show it."""

    type: str
    options: Mapping[str, Any]
    root: Path
    schema: str | None = None
    threads: int | None = None

    @property
    def default_schema(self) -> str:
        """Where models without a `schema` of their own go."""
        return self.schema or "main"


def dialect_of(connection: ConnectionSpec) -> str:
    """The SQL dialect that models are written in."""
    _check(connection)
    return connection.type


def open_engine(connection: ConnectionSpec, *, read_only: bool) -> Engine:
    """Open the warehouse. Raises EngineError. Read-only never creates anything."""
    _check(connection)
    from swathe.engine.duckdb import DuckDBEngine

    path = str(connection.options["path"])
    missing = not Path(path).exists()
    if missing and not read_only:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return DuckDBEngine(
        None if missing and read_only else path,
        root=connection.root,
        read_only=read_only,
        default_schema="main",
        threads=None,
        settings=dict(connection.options.get("settings") or {}),
    )


def open_binder(connection: ConnectionSpec) -> Binder:
    """A binder for the warehouse's dialect; needs no warehouse."""
    _check(connection)
    from swathe.engine.duckdb import DuckDBBinder

    return DuckDBBinder(connection.root)


def _check(connection: ConnectionSpec) -> None:
    if connection.type != "duckdb":
        raise EngineError(
            f"the engine `{connection.type}` is not supported yet", hint="use an output with `type: duckdb`"
        )


def offline_engine(connection: ConnectionSpec) -> FileReader:
    """What compiling needs of an engine; opens nothing."""
    _check(connection)
    from swathe.engine.duckdb import DuckDBFiles

    return DuckDBFiles()

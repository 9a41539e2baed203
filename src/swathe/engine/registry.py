"""From a profile's `type` to an adapter. Drivers are imported only when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from swathe.engine.adapter import Binder, Capabilities, Engine, FileReader
from swathe.engine.connection import ConnectionSpec
from swathe.errors import EngineError

_PROVIDERS = {"duckdb": "swathe.engine.duckdb.provider", "postgres": "swathe.engine.postgres.provider"}


class _Provider(Protocol):
    """What a module of `_PROVIDERS` has: the functions below."""

    def open_engine(self, connection: ConnectionSpec, *, read_only: bool) -> Engine: ...

    def is_there(self, connection: ConnectionSpec) -> bool: ...

    def open_binder(self, connection: ConnectionSpec) -> Binder: ...

    def offline_engine(self) -> FileReader: ...

    def capabilities(self) -> Capabilities: ...

    def collates(self, connection: ConnectionSpec) -> bool: ...


def dialect_of(connection: ConnectionSpec) -> str:
    """The SQL dialect that models are written in."""
    _provider(connection)
    return connection.type


def open_engine(connection: ConnectionSpec, *, read_only: bool) -> Engine:
    """Open the warehouse. Raises EngineError. Read-only never creates anything."""
    return _provider(connection).open_engine(connection, read_only=read_only)


def is_there(connection: ConnectionSpec) -> bool:
    """Whether there is a warehouse already; opening one that is not there, to write, creates it.

    Raises EngineError when it could not be created.
    """
    return _provider(connection).is_there(connection)


def open_binder(connection: ConnectionSpec) -> Binder:
    """A binder for the warehouse's dialect."""
    return _provider(connection).open_binder(connection)


def offline_engine(connection: ConnectionSpec) -> FileReader:
    """What compiling needs of an engine; opens nothing."""
    return _provider(connection).offline_engine()


def capabilities_of(connection: ConnectionSpec) -> Capabilities:
    """What the engine of a connection can do; opens nothing."""
    return _provider(connection).capabilities()


def collates(connection: ConnectionSpec) -> bool:
    """Whether the settings ask the engine to take texts for equal that are not the same."""
    return _provider(connection).collates(connection)


def _provider(connection: ConnectionSpec) -> _Provider:
    if connection.type not in _PROVIDERS:
        raise EngineError(
            f"the engine `{connection.type}` is not supported yet",
            hint="use an output with `type: " + "` or `type: ".join(_PROVIDERS) + "`",
        )
    return cast(_Provider, import_module(_PROVIDERS[connection.type]))

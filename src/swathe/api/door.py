"""The way into the warehouse of one command. To open a database takes as long as a query, so it is done once."""

from __future__ import annotations

from typing import Self

from swathe.engine.adapter import Engine
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import is_there, open_engine


class Door:
    """Opened at the first question, kept open for the next ones, and closed at the end.

    One that `writes` is opened to write from the first question on, where there is a warehouse: a file that is open to
    read can't be opened to write.
    """

    def __init__(self, *, writes: bool = False) -> None:
        self._writes = writes
        self._open: tuple[Engine, bool] | None = None

    def engine(self, connection: ConnectionSpec, *, read_only: bool) -> Engine:
        """Of the same connection each time. Raises EngineError."""
        if self._open is None or self._open[1] != read_only:
            self.close()
            self._open = open_engine(connection, read_only=read_only), read_only
        return self._open[0]

    def look(self, connection: ConnectionSpec) -> Engine:
        """To look only, and in the way that will be needed then."""
        return self.engine(connection, read_only=not (self._writes and is_there(connection)))

    def close(self) -> None:
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

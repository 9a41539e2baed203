"""A wire to a server that can be cut, held up and slowed down: a TCP proxy on loopback in a thread of its own.

with Proxy.to("127.0.0.1", 5432) as proxy:
    psycopg.connect(host=proxy.host, port=proxy.port, ...)
    proxy.drop()
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)
PATIENCE_SECONDS = 10


@dataclass(frozen=True, eq=False)
class _Link:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter


class Proxy:
    """Forwards each connection to a server. All methods return when what they ask for is so."""

    def __init__(self, target_host: str, target_port: int) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self._target = (target_host, target_port)
        self._loop = asyncio.new_event_loop()
        self._moving = asyncio.Event()
        self._delay_seconds = 0.0
        self._cut_at: tuple[bytes, bool] | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    @classmethod
    @contextmanager
    def to(cls, host: str, port: int) -> Iterator[Proxy]:
        proxy = cls(host, port)
        thread = threading.Thread(target=proxy._loop.run_forever, name="proxy", daemon=True)
        thread.start()
        try:
            proxy.thaw()
            proxy.accept()
            yield proxy
        finally:
            proxy._do(proxy._close())
            proxy._loop.call_soon_threadsafe(proxy._loop.stop)
            thread.join(PATIENCE_SECONDS)
            proxy._loop.close()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._links)

    def drop(self) -> None:
        """Reset every connection, both ends."""
        self._do(self._drop())

    def lose(self) -> None:
        """Reset the clients' ends of every connection. The server hears nothing, and keeps its ends open."""
        self._do(self._lose())

    def cut_at(self, text: bytes, *, delivered: bool) -> None:
        """The next time that a client sends this, its end is reset; the server has got it, or not, and hears no more.

        With `delivered`, a COMMIT is done and the client never knows.
        """
        self._do(self._set_cut((text, delivered)))

    def spare(self) -> None:
        """Take back `cut_at`, where it has not happened yet."""
        self._do(self._set_cut(None))

    def freeze(self) -> None:
        """Forward nothing, in any direction, and keep the connections."""
        self._do(self._set_moving(False))

    def thaw(self) -> None:
        self._do(self._set_moving(True))

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        self._do(self._refuse())

    def accept(self) -> None:
        """Take new connections again, on the same port."""
        self._do(self._accept())

    def delay(self, seconds: float) -> None:
        """Hold up each packet for so long; 0 for no longer."""
        self._delay_seconds = seconds

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _accept(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(self._connect, self.host, self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _set_moving(self, moving: bool) -> None:
        if moving:
            self._moving.set()
        else:
            self._moving.clear()

    async def _set_cut(self, cut_at: tuple[bytes, bool] | None) -> None:
        self._cut_at = cut_at

    async def _drop(self) -> None:
        for link in list(self._links):
            _reset(link.client)
            _reset(link.server)

    async def _lose(self) -> None:
        for link in list(self._links):
            _reset(link.client)

    async def _close(self) -> None:
        await self._refuse()
        await self._drop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        await self._moving.wait()
        try:
            from_server, server = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(client)
            return
        link = _Link(client, server)
        self._links.add(link)
        for work in (self._upwards(link, from_client), self._downwards(link, from_server)):
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _upwards(self, link: _Link, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while data := await self._next(reader):
                if self._cut_at is not None and self._cut_at[0] in data:
                    delivered = self._cut_at[1]
                    self._cut_at = None
                    _reset(link.client)
                    if delivered:
                        link.server.write(data)
                    return
                link.server.write(data)
                await link.server.drain()
            # The client has gone as clients do. One whose end was reset by us is not seen to go.
            if not link.client.is_closing():
                link.server.close()

    async def _downwards(self, link: _Link, reader: asyncio.StreamReader) -> None:
        try:
            while data := await self._next(reader):
                if not link.client.is_closing():
                    link.client.write(data)
                    await link.client.drain()
        except ConnectionError:
            pass
        finally:
            self._links.discard(link)
            link.client.close()
            link.server.close()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(65_536)
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        await self._moving.wait()
        return data


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once, so that the other side sees a reset and not an end."""
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
        writer.transport.abort()

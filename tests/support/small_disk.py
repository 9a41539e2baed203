"""A database whose disk is too small for what it is asked to hold, until it grows.

    with small_disk(server, room_megabytes=16) as disk:
        ...  # a table of more than 16 MB can't be written to disk.database
        disk.grow()
        ...  # now it can

Where the tests may mount, it is a tablespace on a tmpfs, and PostgreSQL says `53100 disk_full`. Elsewhere each file of
the server is limited (RLIMIT_FSIZE), and it says `XX000 could not extend file: File too large`. The statement fails
either way, and the server lives on.
"""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.postgres import PostgresDatabase, PostgresServer, as_user

# One segment of the write-ahead log has 16 MB: with less room for a file the server itself could not go on.
LEAST_MEGABYTES = 16
LARGE_MEGABYTES = 1024


@dataclass(frozen=True)
class SmallDisk:
    """A database, and how its disk is made large."""

    database: PostgresDatabase
    grow: Callable[[], None]


@contextmanager
def small_disk(server: PostgresServer, room_megabytes: int = LEAST_MEGABYTES) -> Iterator[SmallDisk]:
    """A database with room for about so many megabytes, at least 16; it is dropped afterwards."""
    assert room_megabytes >= LEAST_MEGABYTES
    mounted = _mount(server)
    with (
        small_files(server, room_megabytes) if mounted is None else _tablespace(server, mounted, room_megabytes) as disk
    ):
        yield disk


@contextmanager
def small_files(server: PostgresServer, most_megabytes: int) -> Iterator[SmallDisk]:
    """A database on a server whose every file is limited, for connections that are made from now on."""

    def limit(most: int) -> None:
        def set_limit() -> None:
            resource.prlimit(server.pid or 0, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

        # In a child, because only the server's own user may set its limits.
        subprocess.run(["/bin/true"], preexec_fn=set_limit, check=True, **as_user(server.user_id))

    with server.database() as database:
        limit(most_megabytes << 20)
        try:
            yield SmallDisk(database, lambda: limit(resource.RLIM_INFINITY))
        finally:
            limit(resource.RLIM_INFINITY)


@contextmanager
def _tablespace(server: PostgresServer, folder: Path, room_megabytes: int) -> Iterator[SmallDisk]:
    def resize(megabytes: int) -> None:
        _run_mount("-o", f"remount,size={megabytes}m", str(folder))

    name = folder.name.replace("-", "_")
    try:
        server.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        try:
            with server.database(tablespace=name) as database:
                server.execute("CHECKPOINT")  # so that all of the new database is on the disk, and counted
                disk = os.statvfs(folder)
                resize(((disk.f_blocks - disk.f_bfree) * disk.f_frsize >> 20) + room_megabytes)
                yield SmallDisk(database, lambda: resize(LARGE_MEGABYTES))
        finally:
            server.execute(f"DROP TABLESPACE {name}")
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def _mount(server: PostgresServer) -> Path | None:
    """A tmpfs in the server's folder, which its watchdog knows to unmount; None where mounting is not allowed."""
    if os.geteuid() != 0:
        return None
    folder = server.folder / f"disk-{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        _run_mount("-t", "tmpfs", "-o", f"size={LARGE_MEGABYTES}m,uid={server.user_id},mode=700", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        folder.rmdir()
        return None
    return folder


def _run_mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)

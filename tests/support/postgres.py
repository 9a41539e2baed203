"""A PostgreSQL server for tests: started without a step by hand, stopped, killed, and gone when the tests are.

    with PostgresServer.launch() as server, server.database() as database:
        database.connect().execute("SELECT 1")

Whoever runs the tests, root or not: nothing outside a temporary folder is changed.
"""

from __future__ import annotations

import getpass
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import SystemRandom
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from support.postgres_programs import Programs, find_programs, reachable, server_user

Connection = psycopg.Connection[tuple[Any, ...]]
Mode = Literal["smart", "fast", "immediate"]

SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
SETTINGS = {
    "fsync": "off",  # these servers are killed, but the machine's power is never cut
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "log_line_prefix": "%m [%p] %d ",
}
PATIENCE_SECONDS = 60

# Started beside each server; its standard input ends when the tests' process does, however that dies.
WATCHDOG = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && { [ ! -d /proc/self ] || [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; }; then
    kill -QUIT "$pid"
    for _ in $(seq 200); do [ -e "$1/data/postmaster.pid" ] || break; sleep 0.05; done
fi
for disk in "$1"/disk-*; do [ ! -d "$disk" ] || umount "$disk"; done
rm -rf "$1"
"""


class Postgres:
    """A server that is there, whoever runs it. Its user may create databases."""

    def __init__(self, keywords: Mapping[str, Any]) -> None:
        self.keywords = {"host": "127.0.0.1", "port": 5432, "dbname": "postgres", **keywords}
        """How to connect to the database that is always there, in libpq's words."""

    @classmethod
    def at(cls, dsn: str) -> Postgres:
        return cls(conninfo_to_dict(dsn))

    @property
    def host(self) -> str:
        return str(self.keywords["host"])

    @property
    def port(self) -> int:
        return int(self.keywords["port"])

    @property
    def user(self) -> str:
        return str(self.keywords.get("user") or getpass.getuser())

    @property
    def password(self) -> str:
        return str(self.keywords.get("password", ""))

    def connect(self, dbname: str | None = None, **more: Any) -> Connection:
        """As the superuser, each statement its own transaction."""
        keywords = {**self.keywords, **({} if dbname is None else {"dbname": dbname}), **more}
        return psycopg.connect(**keywords, autocommit=True)

    def execute(self, statement: str | sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    @cached_property
    def _copying(self) -> str:
        """How to make a database in half the time, from PostgreSQL 15 on."""
        with self.connect() as connection:
            return " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    @contextmanager
    def database(self, *, tablespace: str = "pg_default") -> Iterator[PostgresDatabase]:
        """A new and empty database, dropped afterwards whoever is still connected."""
        name = f"swathe_{secrets.token_hex(6)}"
        self.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' TABLESPACE {tablespace}{self._copying}"
        )
        try:
            yield PostgresDatabase(self, name)
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def terminate_backends(self, database: str) -> int:
        """End every connection to a database; how many there were."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with self.connect() as connection:
            return sum(bool(ended) for (ended,) in connection.execute(query, [database]))


@dataclass(frozen=True)
class PostgresDatabase:
    """A database of a server."""

    server: Postgres
    name: str

    @property
    def keywords(self) -> dict[str, Any]:
        """How to connect, in libpq's words: also the keys of a profile."""
        return {**self.server.keywords, "dbname": self.name}

    @property
    def dsn(self) -> str:
        return make_conninfo(**self.keywords)

    def connect(self, **more: Any) -> Connection:
        return self.server.connect(self.name, **more)

    def terminate_backends(self) -> int:
        return self.server.terminate_backends(self.name)


class PostgresServer(Postgres):
    """A server of our own, in a temporary folder: it may be stopped, started again and killed."""

    def __init__(self, programs: Programs, folder: Path, user: int | None, settings: Mapping[str, str]) -> None:
        # A password that is not the same when it is quoted for a URL, or unquoted once too often.
        password = f"p@ss/%41{secrets.token_hex(6)}"
        super().__init__({"port": _free_port(), "user": "postgres", "password": password})
        self.programs = programs
        self.folder = folder
        self.settings = {**SETTINGS, **settings}
        """What the next start hands over with `-c`."""
        self.user_id = user
        """Who runs it; None for oneself."""
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def launch(cls, programs: Programs | None = None, **settings: str) -> Iterator[PostgresServer]:
        """A new server with settings such as `fsync="on"`; stopped and removed afterwards.

        Raises NoServerError.
        """
        user = server_user()
        programs = find_programs(user) if programs is None else programs
        folder = Path(tempfile.mkdtemp(prefix="swathe-pg-", dir=_parent(user))).resolve()
        watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "watchdog", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        try:
            if user is not None:
                os.chown(folder, user, -1)
            server = cls(programs.reachable_by(user, folder), folder, user, settings)
            server._create()
            try:
                server.start()
                yield server
            finally:
                server.stop("immediate")
        finally:
            watchdog.communicate()

    @property
    def pid(self) -> int | None:
        """The server's main process; None when it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it, on the same port as before, and wait until it takes connections."""
        assert self._process is None
        options = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self.settings,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs.bin / "postgres", "-D", self._data, *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
                cwd=self.folder,
                **as_user(self.user_id),
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill9()
                raise RuntimeError(f"PostgreSQL does not start:\n{self.log[-2000:]}")
            time.sleep(0.01)

    def stop(self, mode: Mode = "fast") -> None:
        """Nothing when it does not run. `immediate` is a crash of the server, with recovery at the next start."""
        if self._process is None:
            return
        self._process.send_signal(SIGNALS[mode])
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise
        self._process = None

    def restart(self, mode: Mode = "immediate") -> None:
        self.stop(mode)
        self.start()

    def kill9(self) -> None:
        """SIGKILL to the server's main process and all others at one instant, as if the machine had died."""
        if self._process is None:
            return
        main = self._process.pid
        if self._process.poll() is None:
            os.kill(main, signal.SIGSTOP)  # so that it makes no new ones meanwhile
            for pid in (*children(main), main):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _create(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        if self.user_id is not None:
            os.chown(secret, self.user_id, -1)
        initdb: list[str | Path] = [self.programs.bin / "initdb", "-D", self._data, "-U", self.user]
        initdb += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        run: dict[str, Any] = {"env": _environment(), "cwd": self.folder, **as_user(self.user_id)}
        made = subprocess.run(initdb, capture_output=True, text=True, check=False, **run)
        if made.returncode != 0:
            raise RuntimeError(f"initdb fails:\n{made.stdout}{made.stderr}")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # A server that was killed leaves its file behind, with its own number in it.
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"


def as_user(user: int | None) -> dict[str, Any]:
    """What `subprocess` takes to run a program as another user."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _environment() -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**theirs, "LC_ALL": "C"}


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
        return [pid for pid, above in pairs if above == parent]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended meanwhile
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(folder.name))
    return found


def _parent(user: int | None) -> str | None:
    """Where its folder goes: the path of a socket in it must be short, and the server's user must get there."""
    usual = Path(tempfile.gettempdir())
    return str(usual) if len(str(usual)) <= 60 and reachable(usual, user) else "/tmp"


def _free_port() -> int:
    """Below those that the system gives to outgoing connections, so that it is still free after a restart."""
    for port in SystemRandom().sample(range(20_000, 32_000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")

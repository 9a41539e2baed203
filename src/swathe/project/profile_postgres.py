"""A PostgreSQL output of `profiles.yml`, checked: keys as dbt has them in, keywords of libpq out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from swathe.errors import ProjectError
from swathe.project.marked_yaml import Node
from swathe.project.profile_output import COMMON, Output, check_known

ALIASES = {"pass": "password", "database": "dbname"}
KEYS = (
    "type", "host", "port", "user", "password", "pass", "dbname", "database", *COMMON, "role",
    "connect_timeout", "application_name", "sslmode", "sslcert", "sslkey", "sslrootcert", "keepalives",
    "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "retries",
)  # fmt: skip
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_PARTS = (
    "is not supported",
    "write `host`, `port`, `user`, `password` and `dbname`; each may be an `env_var()`",
)
_REFUSED = {
    "search_path": (
        "is not supported",
        "remove it: models name whole tables; for functions of other schemas, set it for the role in the database",
    ),
    "dsn": _PARTS,
    "url": _PARTS,
    "conninfo": _PARTS,
}
_NEEDED = {
    "host": "name the server, such as `host: localhost`, or the folder of its socket",
    "user": "name who connects, such as `user: warehouse`",
    "dbname": "name the database, such as `dbname: warehouse`",
}
_FILES = ("sslcert", "sslkey", "sslrootcert")
_PORT, _CONNECT_TIMEOUT_SECONDS = 5432, 10


def check_keys(node: Node) -> None:
    """Raises ProjectError for a key that is not known, or not taken."""
    check_known(node, KEYS, _REFUSED, "a PostgreSQL target")


def read_options(output: Output, root: Path) -> dict[str, Any]:
    """What the driver's `connect` takes, and `role`. Raises ProjectError.

    Files are absolute. `retries` is checked and left out: swathe has its own way to try again.
    """
    output.whole_number("retries", least=0)
    options: dict[str, Any] = {
        "host": _needed(output, "host"),
        "port": output.whole_number("port", least=1, most=65_535) or _PORT,
        "user": _needed(output, "user"),
        "password": output.secret("password"),
        "dbname": _needed(output, "dbname"),
        "connect_timeout": output.whole_number("connect_timeout", least=1) or _CONNECT_TIMEOUT_SECONDS,
        "application_name": output.text("application_name"),
        "role": output.text("role"),
        "sslmode": output.choice("sslmode", SSL_MODES),
        **{name: _file(output, name, root) for name in _FILES},
        "keepalives": _as_libpq(output.yes_or_no("keepalives")),
        # For these 0 asks for the system's default, and so does leaving them out.
        "keepalives_idle": output.whole_number("keepalives_idle", least=0) or None,
        "keepalives_interval": output.whole_number("keepalives_interval", least=0) or None,
        "keepalives_count": output.whole_number("keepalives_count", least=0) or None,
        "tcp_user_timeout": output.whole_number("tcp_user_timeout", least=0) or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def _needed(output: Output, name: str) -> str:
    value = output.text(name)
    if value is None:
        raise ProjectError(f"a PostgreSQL target needs `{name}`", at=output.at(name), hint=_NEEDED[name])
    return value


def _file(output: Output, name: str, root: Path) -> str | None:
    value = output.text(name)
    # The root certificates of the system are no file.
    return value if value is None or value == "system" else str(root / Path(value).expanduser())


def _as_libpq(value: bool | None) -> int | None:
    return None if value is None else int(value)

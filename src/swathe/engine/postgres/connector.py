"""Opens connections that all have the same settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from swathe.engine.adapter import Row
from swathe.engine.postgres.failures import refused
from swathe.engine.postgres.values import register
from swathe.errors import EngineError

OLDEST = 14

_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "standard_conforming_strings": "on",
    "client_min_messages": "warning",
    "jit": "off",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "10min",
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""The first ones fix what values mean and how they look as text, of which checksums are made. To compile a plan of many
leaves takes longer than to run it. The last ones let a server notice that a client is gone, so that what it had locked
is free again.
"""


class PostgresConnector:
    """`options` are the driver's own keywords, and may hold secrets."""

    def __init__(self, options: Mapping[str, Any], *, read_only: bool) -> None:
        self._options = dict(options)
        self._role = self._options.pop("role", None)
        self._options.setdefault("application_name", "swathe")
        self._options.setdefault("connect_timeout", 10)
        self._read_only = read_only

    @property
    def where(self) -> str:
        """Host and port, to be shown."""
        return f"{self._options.get('host') or 'localhost'}:{self._options.get('port') or 5432}"

    def __call__(self) -> psycopg.Connection[Row]:
        try:
            connection = psycopg.connect(autocommit=True, prepare_threshold=None, **self._options)
        except psycopg.Error as error:
            raise refused(error, self.where) from None
        version = connection.info.server_version // 10000
        if version < OLDEST:
            connection.close()
            raise EngineError(
                f"the server at {self.where} is PostgreSQL {version}, and swathe needs {OLDEST} or newer",
                hint="upgrade the server, or name another one in profiles.yml",
            )
        register(connection)
        settings = dict(_SETTINGS)
        if self._read_only:
            settings["default_transaction_read_only"] = "on"
        try:
            with connection.cursor() as cursor:
                if self._role:
                    cursor.execute("SELECT set_config('role', %s, false)", [str(self._role)])
                listed = ", ".join(["set_config(%s, %s, false)"] * len(settings))
                cursor.execute(f"SELECT {listed}", [part for setting in settings.items() for part in setting])
        except psycopg.Error as error:
            connection.close()
            raise refused(error, self.where) from None
        return connection

"""PostgreSQL reads none of the project's files: its server may be anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from swathe.errors import EngineError
from swathe.model.definition import Column


class PostgresFiles:
    """Refuses them."""

    def files_sql(self, location: str) -> str:
        raise _no_files(location)

    def file_list_sql(self, location: str, _paths: Sequence[str]) -> str:
        raise _no_files(location)

    def describe_files(self, location: str) -> tuple[Column, ...]:
        raise _no_files(location)


def _no_files(location: str) -> EngineError:
    return EngineError(
        f"PostgreSQL can't read `{location}`: its server does not see the project's files",
        hint="load the files into a table, and leave `location` out",
    )

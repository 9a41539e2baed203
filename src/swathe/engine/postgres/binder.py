"""Binds queries without a table: the server is given empty subqueries with the declared columns, and told to describe.

Nothing is created, planned or run, so this works for a user who may only read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from swathe.engine.postgres.files import PostgresFiles
from swathe.engine.postgres.session import PostgresSession
from swathe.engine.postgres.types import TypeNames
from swathe.model.definition import Column
from swathe.sql.literal import identifier

_DIALECT = "postgres"


class PostgresBinder(PostgresFiles):
    """Tables by the quoted names that queries have for them."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._types = TypeNames()
        self._tables: dict[str, str] = {}
        self._names: re.Pattern[str] | None = None

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None:
        self._declare(relation, [f"CAST(NULL AS {column.type}) AS {_quoted(column.name)}" for column in columns])

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        self._declare(relation, [f"NULL AS {_quoted(name)}" for name in names])

    def _declare(self, relation: tuple[str, str], columns: Sequence[str]) -> None:
        self._tables[".".join(_quoted(part) for part in relation)] = f"(SELECT {', '.join(columns)} WHERE FALSE)"
        self._names = None

    def describe(self, sql: str) -> tuple[Column, ...]:
        filled, places = self._filled(sql)
        return self._types.columns(self._session, self._session.describe(filled, lambda at: _original(at, places), sql))

    def close(self) -> None:
        self._session.close()

    def _filled(self, sql: str) -> tuple[str, list[tuple[int, int, int]]]:
        """The query with a subquery for each declared table, and where its verbatim parts begin: there, here, and how
        long they are.
        """
        if self._names is None:
            longest_first = sorted(self._tables, key=len, reverse=True)
            self._names = re.compile("|".join(re.escape(name) for name in longest_first) or r"(?!)")
        parts: list[str] = []
        places: list[tuple[int, int, int]] = []
        length, last = 0, 0
        for found in self._names.finditer(sql):
            places.append((length, last, found.start() - last))
            table = self._tables[found[0]]
            parts += [sql[last : found.start()], table]
            length += found.start() - last + len(table)
            last = found.end()
        places.append((length, last, len(sql) - last))
        return "".join([*parts, sql[last:]]), places


def _original(position: int, places: list[tuple[int, int, int]]) -> int:
    """Where something of the filled query stands in the one that was given."""
    there, here, length = places[bisect_right([place[0] for place in places], position) - 1]
    return here + min(position - there, length)


def _quoted(name: str) -> str:
    return identifier(name, _DIALECT)

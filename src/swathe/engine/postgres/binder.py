"""Binds queries without a table: before each stand empty common tables with the declared columns, and the server is
told to describe it.

Nothing is created, planned or run, so this works for a user who may only read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, islice, product

from swathe.engine.postgres.files import PostgresFiles
from swathe.engine.postgres.session import PostgresSession
from swathe.engine.postgres.types import TypeNames
from swathe.errors import EngineError, StatementError, TransientError
from swathe.frozen import frozen
from swathe.model.definition import Column
from swathe.sql.literal import identifier

_DIALECT = "postgres"
_GUESSES = ("integer", "date", "boolean", "interval")
"""What a column of unknown type is tried as where it can't be text. Other numbers take an integer, instants a date."""
_MOST_GUESSED = 3
_MOST_GUESSES = 1000

_Described = list[tuple[str, int, int]]


@frozen
class _Table:
    """A declared table by the name that it has in a query's head. A type of None is unknown."""

    name: str
    columns: tuple[tuple[str, str | None], ...]

    def sql(self, guesses: Mapping[tuple[str, str], str]) -> str:
        listed = ", ".join(
            f"CAST(NULL AS {kind or guesses.get((self.name, name), 'text')}) AS {_quoted(name)}"
            for name, kind in self.columns
        )
        return f"{_quoted(self.name)} AS (SELECT {listed} WHERE FALSE)"

    def unknown(self) -> list[tuple[str, str]]:
        return [(self.name, name) for name, kind in self.columns if kind is None]


class PostgresBinder(PostgresFiles):
    """Tables by the quoted names that queries have for them."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._types = TypeNames()
        self._tables: dict[str, _Table] = {}
        self._names = re.compile(r"(?!)")

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None:
        self._declare(relation, [(column.name, column.type) for column in columns])

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        self._declare(relation, [(name, None) for name in names])

    def _declare(self, relation: tuple[str, str], columns: Iterable[tuple[str, str | None]]) -> None:
        quoted = ".".join(_quoted(part) for part in relation)
        known = self._tables.get(quoted)
        # By number, since the server cuts long names off.
        self._tables[quoted] = _Table(known.name if known else f"swathe:{len(self._tables)}", tuple(columns))
        longest_first = sorted(self._tables, key=len, reverse=True)
        self._names = re.compile("|".join(re.escape(name) for name in longest_first))

    def describe(self, sql: str) -> tuple[Column, ...]:
        used = {self._tables[found[0]].name: self._tables[found[0]] for found in self._names.finditer(sql)}
        unknown = [column for table in used.values() for column in table.unknown()]
        try:
            described = self._describe(sql, used.values(), {})
        except StatementError as error:
            described = self._guessed(sql, used.values(), unknown, error)
        return self._types.columns(self._session, described)

    def close(self) -> None:
        self._session.close()

    def _guessed(
        self, sql: str, used: Iterable[_Table], unknown: Sequence[tuple[str, str]], refused: StatementError
    ) -> _Described:
        """With the fewest columns of another type than text that the query can be bound with. Raises `refused`."""
        for count in range(1, _MOST_GUESSED + 1):
            tries = product(combinations(unknown, count), product(_GUESSES, repeat=count))
            for columns, kinds in islice(tries, _MOST_GUESSES):
                try:
                    return self._describe(sql, used, dict(zip(columns, kinds, strict=True)))
                except TransientError:
                    raise
                except EngineError:
                    continue
        raise refused

    def _describe(self, sql: str, used: Iterable[_Table], guesses: Mapping[tuple[str, str], str]) -> _Described:
        filled, places = self._filled(sql, [table.sql(guesses) for table in used])
        return self._session.describe(filled, lambda at: _original(at, places), sql)

    def _filled(self, sql: str, head: Sequence[str]) -> tuple[str, list[tuple[int, int, int]]]:
        """The query below its tables, and where its verbatim parts begin: there, here, and how long they are."""
        if not head:
            return sql, [(0, 0, len(sql))]
        # In FROM, since a query in brackets that has a WITH of its own can't have another one before it.
        parts = [f"WITH {', '.join(head)} SELECT * FROM (\n"]
        places: list[tuple[int, int, int]] = [(0, 0, 0)]
        length, last = len(parts[0]), 0
        for found in self._names.finditer(sql):
            places.append((length, last, found.start() - last))
            table = _quoted(self._tables[found[0]].name)
            parts += [sql[last : found.start()], table]
            length += found.start() - last + len(table)
            last = found.end()
        places.append((length, last, len(sql) - last))
        return "".join([*parts, sql[last:], "\n) AS swathe"]), places


def _original(position: int, places: list[tuple[int, int, int]]) -> int:
    """Where something of the filled query stands in the one that was given."""
    there, here, length = places[bisect_right([place[0] for place in places], position) - 1]
    return here + min(position - there, length)


def _quoted(name: str) -> str:
    return identifier(name, _DIALECT)

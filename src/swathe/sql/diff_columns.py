"""Which columns of a table and of a query are the same one, and how their values are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from swathe.frozen import frozen
from swathe.model.definition import Column
from swathe.partition.values import ValueKind
from swathe.sql.literal import column_clock, identifier, value_kind

_TEXT = "VARCHAR"
_FLOAT = "DOUBLE PRECISION"
_FLOATS = {"FLOAT", "DOUBLE", "REAL", "FLOAT4", "FLOAT8", _FLOAT}
_DIGITS = {
    "TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "INT": 10, "BIGINT": 19, "HUGEINT": 39,
    "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20, "UHUGEINT": 39,
}  # fmt: skip
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38
_NO_KEY = re.compile(r".*\]|(STRUCT|MAP|UNION|ROW)\b.*|JSONB?|BLOB|BYTEA|BIT", re.DOTALL)
"""Types of which columns don't tell rows apart, as people see it."""


@frozen
class SharedColumn:
    """A column that the table and the query both have. `cast` is the type that two types are compared in; None leaves
    it to the engine, which widens them.
    """

    stored: Column
    now: Column
    cast: str | None = None

    @property
    def name(self) -> str:
        """As the query spells it."""
        return self.now.name

    @property
    def is_retyped(self) -> bool:
        return self.stored.type.upper() != self.now.type.upper()

    @property
    def as_text(self) -> bool:
        """Whether two types have nothing in common but their text."""
        return self.is_retyped and self.cast == _TEXT

    @property
    def may_be_key(self) -> bool:
        """Whether a key may be looked for in it. No floats: the same number may come out in another last digit."""
        kinds = {self.stored.type.upper(), self.now.type.upper(), (self.cast or "").upper()}
        return not kinds & _FLOATS and not any(_NO_KEY.fullmatch(kind) for kind in kinds)

    def stored_sql(self, prefix: str, dialect: str) -> str:
        """The table's value as it is compared."""
        return self._compared(prefix, self.stored, dialect)

    def now_sql(self, prefix: str, dialect: str) -> str:
        """The query's value as it is compared."""
        return self._compared(prefix, self.now, dialect)

    def raw_stored(self, dialect: str) -> str:
        """The name of the table's column."""
        return identifier(self.stored.name, dialect)

    def raw_now(self, dialect: str) -> str:
        """The name of the query's column."""
        return identifier(self.now.name, dialect)

    def _compared(self, prefix: str, column: Column, dialect: str) -> str:
        text = f"{prefix}{identifier(column.name, dialect)}"
        if self.cast is not None:
            text = f"CAST({text} AS {self.cast})"
        # A collation may take two texts for one, and a change from one to the other is a change.
        is_text = value_kind(self.cast or column.type) is ValueKind.TEXT
        return f'{text} COLLATE "C"' if is_text else text


@frozen
class ColumnMatch:
    """The columns of a table and of a query. `added` has only the query, `removed` only the table."""

    shared: tuple[SharedColumn, ...]
    added: tuple[Column, ...] = ()
    removed: tuple[Column, ...] = ()


def match_columns(table: Sequence[Column], query: Sequence[Column]) -> ColumnMatch:
    """By name, in the order of the query."""
    held = {column.name.lower(): column for column in table}
    given = {column.name.lower() for column in query}
    return ColumnMatch(
        tuple(
            SharedColumn(held[column.name.lower()], column, _common_type(held[column.name.lower()].type, column.type))
            for column in query
            if column.name.lower() in held
        ),
        tuple(column for column in query if column.name.lower() not in held),
        tuple(column for column in table if column.name.lower() not in given),
    )


def _common_type(one: str, other: str) -> str | None:
    """A type that values of both can be brought to without an error."""
    one, other = one.upper(), other.upper()
    if one == other or (one in _DIGITS and other in _DIGITS) or (column_clock(one) and column_clock(other)):
        return None
    exact = [found for kind in (one, other) if (found := _number(kind)) is not None]
    if len(exact) == 2:
        whole, scale = (max(sizes) for sizes in zip(*exact, strict=True))
        return f"DECIMAL({whole + scale}, {scale})" if whole + scale <= _MOST_DIGITS else _FLOAT
    floats = sum(kind in _FLOATS for kind in (one, other))
    return _FLOAT if len(exact) + floats == 2 else _TEXT


def _number(kind: str) -> tuple[int, int] | None:
    """Digits before and after the point of an exact number."""
    if kind in _DIGITS:
        return _DIGITS[kind], 0
    found = _DECIMAL.fullmatch(kind)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None

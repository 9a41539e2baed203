"""The rules for the rows without a value: a demand is that a column is NULL.

Invariant. Followed is only what is NULL if and only if its inner value is, for each row: a column, and functions of one
column that are strict and total. So a group, a partition of a window and a row of DISTINCT that share a link share the
demand, as NULL is not distinct from NULL there. `try_cast` is not total. Division is not, nor are functions of texts.
Casts are followed between plain types only: a JSON `null` is a value and becomes NULL.

A comparison with NULL is never true, so no demand crosses one. What is demanded may be padded with NULL, so no join
acts as INNER because of it, and the side that is padded is not filtered: without a partner more rows would be padded.
In a frame over a range a NULL has only NULLs beside it, but a running total has more, and frames are not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from sqlglot import exp

from swathe.sql.prune.block import only
from swathe.sql.prune.invert import Link
from swathe.sql.prune.kinds import ADDITIONS, SUBTRACTIONS, TO_DATE, TRUNCATIONS, Kind, Types, column_type, strip

_TOTAL_CASTS = frozenset({"duckdb", "postgres"})
"""The dialects in which a cast gives a value or an error. Others give NULL for what can't be cast."""

_PLAIN = {
    **dict.fromkeys((exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.ENUM), Kind.TEXT),
    **dict.fromkeys(
        (
            exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.MEDIUMINT, exp.DType.INT, exp.DType.BIGINT,
            exp.DType.INT128, exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UMEDIUMINT, exp.DType.UINT,
            exp.DType.UBIGINT, exp.DType.UINT128, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL,
        ),
        Kind.INTEGER,
    ),
    exp.DType.BOOLEAN: Kind.BOOLEAN,
    **dict.fromkeys(
        (
            exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME, exp.DType.TIMESTAMPTZ,
            exp.DType.TIMESTAMPLTZ, exp.DType.TIMESTAMP_S, exp.DType.TIMESTAMP_MS, exp.DType.TIMESTAMP_NS,
        ),
        Kind.TIME,
    ),
}  # fmt: skip
"""Types whose values convert to each other's, or fail to; never to NULL."""


class Nulls:
    """Demands are that a column is NULL. Any number counts as an integer here, and any time as some kind of time."""

    refusal = "of which a value might become NULL on the way"
    excludes_null = False

    def column_kind(self, declared: str, dialect: str) -> Kind | None:
        return _kind_of_type(column_type(declared, dialect))

    def kind(self, expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        expression = strip(expression)
        if isinstance(expression, exp.Column):
            return column(expression)
        if isinstance(expression, exp.Cast):
            return _kind_of_type(expression.to)
        if isinstance(expression, (*TRUNCATIONS, *TO_DATE, exp.AtTimeZone)):
            return Kind.TIME if self.kind(expression.this, column, dialect) is Kind.TIME else None
        if isinstance(expression, ADDITIONS + SUBTRACTIONS):
            sides = (expression.this, expression.expression)
            moved = next((side for side in sides if not _is_amount(side)), None)
            return None if moved is None else self.kind(moved, column, dialect)
        return _constant_kind(expression)

    def united_kind(self, kinds: Set[Kind | None]) -> Kind | None:
        if None in kinds:
            return None
        return next(iter(kinds)) if len(kinds) == 1 else Kind.TEXT

    def unites(self, kinds: Iterable[Kind | None]) -> bool:
        return None not in set(kinds)

    def chain(self, expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:
        links = [Link(strip(expression))]
        while (inner := _inner(links[-1].expression, types, dialect)) is not None:
            links.append(Link(strip(inner)))
        return tuple(links)

    def carries(self, comparison: exp.Binary, types: Types) -> bool:  # noqa: ARG002 - none is true of NULL
        return False

    def equals(self, expression: exp.Expr, other: Kind | None, types: Types) -> bool:  # noqa: ARG002 - nothing is
        return False

    def widens(self, key: Kind | None) -> bool:  # noqa: ARG002 - frames are not followed
        return False


def _inner(expression: exp.Expr, types: Types, dialect: str) -> exp.Expr | None:
    """What the expression is NULL with, and only with."""
    inner: exp.Expr = expression.this
    if isinstance(expression, exp.Cast):
        plain = only(expression, "this", "to") and not isinstance(expression, exp.TryCast)
        total = dialect in _TOTAL_CASTS and _kind_of_type(expression.to) is not None
        return inner if plain and total and types(inner) is not None else None
    if isinstance(expression, TRUNCATIONS):
        follows = types(inner) is Kind.TIME and only(expression, "this", "unit")
        return inner if follows and isinstance(expression.args.get("unit"), exp.Var | exp.Literal) else None
    if isinstance(expression, TO_DATE):
        return inner if types(inner) is Kind.TIME and only(expression, "this") else None
    if isinstance(expression, exp.AtTimeZone):
        named = isinstance(expression.args.get("zone"), exp.Literal)
        return inner if named and types(inner) is Kind.TIME and only(expression, "this", "zone") else None
    return _moved(expression, types)


def _moved(expression: exp.Expr, types: Types) -> exp.Expr | None:
    """A time or a number to which a constant is added."""
    if not isinstance(expression, exp.Add | exp.Sub) or not only(expression, "this", "expression"):
        return None
    one, other = expression.this, expression.expression
    moved, amount = (other, one) if isinstance(expression, exp.Add) and _is_amount(one) else (one, other)
    return moved if _is_amount(amount) and types(moved) in (Kind.TIME, Kind.INTEGER) else None


def _constant_kind(expression: exp.Expr) -> Kind | None:
    """A bare NULL fits with any kind."""
    if isinstance(expression, exp.Literal):
        return Kind.TEXT if expression.is_string else Kind.INTEGER
    if isinstance(expression, exp.Null):
        return Kind.TEXT
    return Kind.BOOLEAN if isinstance(expression, exp.Boolean) else None


def _is_amount(expression: exp.Expr) -> bool:
    """A number or an interval that is written out."""
    bare = strip(expression)
    if isinstance(bare, exp.Interval):
        return isinstance(bare.this, exp.Literal)
    if isinstance(bare, exp.Neg):
        bare = strip(bare.this)
    return isinstance(bare, exp.Literal) and not bare.is_string


def _kind_of_type(type_: exp.DataType | None) -> Kind | None:
    return None if type_ is None else _PLAIN.get(type_.this)

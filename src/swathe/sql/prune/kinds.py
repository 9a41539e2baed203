"""The kinds of values, and what is certain of the kind of a time.

sqlglot's inferred types are not relied upon: it calls `coalesce(a_date, a_timestamp)` a DATE, for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

MERGED = "swathe_merged"
"""The meta of a column that USING made of several: their COALESCE."""

Types = Callable[[exp.Expr], "Kind | None"]
"""The kind of an expression, where it is known to be one that the rules at work can follow."""


class Kind(Enum):
    """What kind a value is. All kinds of time compare as instants: the session's time zone is UTC."""

    DATE = "date"
    NAIVE = "timestamp"
    INSTANT = "timestamp with time zone"
    TIME = "some kind of time"
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"


_KINDS = {
    exp.DType.DATE: Kind.DATE,
    exp.DType.TIMESTAMP: Kind.NAIVE,
    exp.DType.TIMESTAMPNTZ: Kind.NAIVE,
    exp.DType.DATETIME: Kind.NAIVE,
    exp.DType.TIMESTAMPTZ: Kind.INSTANT,
    exp.DType.TIMESTAMPLTZ: Kind.INSTANT,
}

TRUNCATIONS = (exp.TimestampTrunc, exp.DateTrunc, exp.DatetimeTrunc)
ADDITIONS = (exp.Add, exp.DateAdd, exp.DatetimeAdd, exp.TimestampAdd)
SUBTRACTIONS = (exp.Sub, exp.DateSub, exp.DatetimeSub, exp.TimestampSub)
TO_DATE = (exp.Date, exp.TsOrDsToDate)

PURE = (
    exp.Add,
    exp.AtTimeZone,
    exp.Boolean,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Column,
    exp.Connector,
    exp.DataType,
    exp.DateAdd,
    exp.DateSub,
    exp.Div,
    exp.Extract,
    exp.Greatest,
    exp.Identifier,
    exp.If,
    exp.IntDiv,
    exp.Interval,
    exp.Least,
    exp.Literal,
    exp.Mod,
    exp.Mul,
    exp.Neg,
    exp.Not,
    exp.Null,
    exp.Nullif,
    exp.Paren,
    exp.Predicate,
    exp.Sub,
    exp.TsOrDsAdd,
    exp.Var,
    *TO_DATE,
    *TRUNCATIONS,
)


def is_pure(expression: exp.Expr) -> bool:
    """Whether the expression has one value per row, the same wherever it is written.

    `random()` and `= any (...)` do not, so two things equal to either need not be equal.
    """
    return all(isinstance(node, PURE) and not isinstance(node, exp.SubqueryPredicate) for node in expression.walk())


@lru_cache(maxsize=1024)
def column_type(text: str, dialect: str) -> exp.DataType | None:
    """A type as the schema spells it; None when sqlglot cannot read it. It is shared, and to be left as it is."""
    try:
        return exp.DataType.build(text, dialect=dialect, udt=True)
    except (SqlglotError, ValueError):
        return None


def kind_of_type(type_: exp.DataType | None) -> Kind | None:
    """The kind of a column of this type; None for what is no time or a time of another precision."""
    return _KINDS.get(type_.this) if type_ is not None else None


def strip(expression: exp.Expr) -> exp.Expr:
    """The expression without alias and parentheses."""
    while isinstance(expression, exp.Alias | exp.Paren):
        expression = expression.this
    return expression


def merged_parts(column: exp.Column) -> Iterable[exp.Column]:
    """The columns that USING merged into this one, or the column itself."""
    merged = column.meta.get(MERGED)
    return merged.find_all(exp.Column) if isinstance(merged, exp.Coalesce) else (column,)


def kind_of(expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
    """The kind of an expression, given the kinds of columns."""
    expression = strip(expression)
    known: Kind | None = None
    if isinstance(expression, exp.Column):
        # The engine may have converted one of the columns that USING merged to the kind of another.
        kinds = {column(part) for part in merged_parts(expression)}
        known = next(iter(kinds)) if len(kinds) == 1 else None if None in kinds else Kind.TIME
    elif isinstance(expression, exp.Cast):
        return kind_of_type(expression.to)
    elif isinstance(expression, TO_DATE):
        return Kind.DATE
    elif isinstance(expression, TRUNCATIONS):
        inner = kind_of(expression.this, column, dialect)
        return _TRUNCATED_DATE.get(dialect, Kind.NAIVE) if inner is Kind.DATE else inner
    elif isinstance(expression, exp.AtTimeZone):
        inner = kind_of(expression.this, column, dialect)
        return _FLIPPED.get(inner) if inner else None
    elif isinstance(expression, ADDITIONS + SUBTRACTIONS):
        known = _kind_of_sum(expression, column, dialect)
    if known is None and kind_of_type(expression.type) is not None:
        return Kind.TIME
    return known


_FLIPPED = {Kind.NAIVE: Kind.INSTANT, Kind.INSTANT: Kind.NAIVE}
_TRUNCATED_DATE = {"postgres": Kind.INSTANT}
"""What `date_trunc` makes of a DATE: PostgreSQL has the function for timestamps only, and prefers those with a zone."""


def _kind_of_sum(expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
    first, second = expression.this, expression.expression
    moment, offset = (second, first) if _is_offset(first) else (first, second)
    if not _is_offset(offset):
        return None
    inner = kind_of(moment, column, dialect)
    if inner is not Kind.DATE:
        return inner
    if not isinstance(expression, exp.Add | exp.Sub):
        return Kind.TIME
    return Kind.NAIVE if isinstance(strip(offset), exp.Interval) else Kind.DATE


def _is_offset(expression: exp.Expr) -> bool:
    bare = strip(expression)
    return isinstance(bare, exp.Interval | exp.Literal | exp.Neg)

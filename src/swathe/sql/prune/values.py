"""The rules for sets of values: a value counts as followed only while it is passed on unchanged.

Invariant. A demand is on columns of one kind, and says that the value lies in a set which may be any. Only a column is
the same as what it is made from, and only `=` between two columns of one kind makes them the same: across kinds the
engine converts one side, and many values of a kind may convert to one of another (`'01'` and `'1'`, true and 1).

Within a kind equality is identity. So a type is left out when it compares with another of its kind inexactly, as
UHUGEINT does with HUGEINT (both become DOUBLE), or when unequal texts compare as equal: types with a collation, and
CHAR(n) where it is padded. A collation that the schema does not spell out is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set

from sqlglot import exp

from swathe.sql.prune.block import only
from swathe.sql.prune.invert import Link
from swathe.sql.prune.kinds import MERGED, Kind, Types, column_type, merged_parts, strip

_KINDS = {
    exp.DType.TEXT: Kind.TEXT,
    exp.DType.VARCHAR: Kind.TEXT,
    exp.DType.TINYINT: Kind.INTEGER,
    exp.DType.SMALLINT: Kind.INTEGER,
    exp.DType.MEDIUMINT: Kind.INTEGER,
    exp.DType.INT: Kind.INTEGER,
    exp.DType.BIGINT: Kind.INTEGER,
    exp.DType.INT128: Kind.INTEGER,
    exp.DType.UTINYINT: Kind.INTEGER,
    exp.DType.USMALLINT: Kind.INTEGER,
    exp.DType.UMEDIUMINT: Kind.INTEGER,
    exp.DType.UINT: Kind.INTEGER,
    exp.DType.UBIGINT: Kind.INTEGER,
    exp.DType.BOOLEAN: Kind.BOOLEAN,
    exp.DType.DATE: Kind.DATE,
}
_SMALL_INTEGER = re.compile(r"\d{1,18}")


class Values:
    """Demands are sets of values, and columns are text, integers, booleans and dates."""

    refusal = "which is no text, integer, boolean or date that compares exactly"
    excludes_null = True

    def column_kind(self, declared: str, dialect: str) -> Kind | None:
        # sqlglot reads `VARCHAR COLLATE NOCASE` as VARCHAR.
        return None if "collate" in declared.lower() else _kind_of_type(column_type(declared, dialect))

    def kind(self, expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        expression = strip(expression)
        if isinstance(expression, exp.Column):
            return self.united_kind({column(part) for part in merged_parts(expression)})
        if isinstance(expression, exp.Cast):
            return self._cast_kind(expression, column, dialect)
        if isinstance(expression, exp.Literal):
            whole = Kind.INTEGER if _SMALL_INTEGER.fullmatch(expression.name) else None
            return Kind.TEXT if expression.is_string else whole
        return Kind.BOOLEAN if isinstance(expression, exp.Boolean) else None

    def _cast_kind(self, cast: exp.Cast, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        kind = _kind_of_type(cast.to) if only(cast, "this", "to", "safe") else None
        # A text that is cast to text keeps its collation.
        return None if kind is Kind.TEXT and self.kind(cast.this, column, dialect) is None else kind

    def united_kind(self, kinds: Set[Kind | None]) -> Kind | None:
        return next(iter(kinds)) if len(kinds) == 1 else None

    def unites(self, kinds: Iterable[Kind | None]) -> bool:
        return self.united_kind(set(kinds)) is not None

    def chain(self, expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:  # noqa: ARG002
        expression = strip(expression)
        if MERGED in expression.meta and types(expression) is None:
            # One of the columns that USING merged may have been converted to the type of another.
            return (Link(expression.meta[MERGED]),)
        return (Link(expression),)

    def carries(self, comparison: exp.Binary, types: Types) -> bool:
        sides = [strip(comparison.this), strip(comparison.expression)]
        return (
            isinstance(comparison, exp.EQ)
            and all(isinstance(side, exp.Column) for side in sides)
            and self.unites(types(side) for side in sides)
        )

    def equals(self, expression: exp.Expr, other: Kind | None, types: Types) -> bool:
        return isinstance(strip(expression), exp.Column) and self.unites((types(expression), other))

    def widens(self, key: Kind | None) -> bool:  # noqa: ARG002 - the values between two of a set are not in it
        return False


def _kind_of_type(type_: exp.DataType | None) -> Kind | None:
    return None if type_ is None or type_.args.get("collate") else _KINDS.get(type_.this)

"""The rules for spans of time: monotone functions of a column are inverted, and inequalities bound it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from sqlglot import exp

from swathe.sql.prune.invert import Link, chain
from swathe.sql.prune.kinds import Kind, Types, column_type, is_pure, kind_of, kind_of_type


class Times:
    """Demands are windows around a span, and columns are dates and timestamps."""

    refusal = "which is no date or timestamp"
    excludes_null = True

    def column_kind(self, declared: str, dialect: str) -> Kind | None:
        return kind_of_type(column_type(declared, dialect))

    def kind(self, expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        return kind_of(expression, column, dialect)

    def united_kind(self, kinds: Set[Kind | None]) -> Kind | None:
        if None in kinds or len(kinds) == 1:
            return None if None in kinds else next(iter(kinds))
        return Kind.NAIVE if kinds == {Kind.DATE, Kind.NAIVE} else Kind.TIME

    def unites(self, kinds: Iterable[Kind | None]) -> bool:  # noqa: ARG002 - all kinds of time compare as instants
        return True

    def chain(self, expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:
        return chain(expression, types, dialect)

    def carries(self, comparison: exp.Binary, types: Types) -> bool:
        sides = (comparison.this, comparison.expression)
        return all(types(side) is not None and is_pure(side) for side in sides)

    def equals(self, expression: exp.Expr, other: Kind | None, types: Types) -> bool:
        return other is not None and types(expression) is not None and is_pure(expression)

    def widens(self, key: Kind | None) -> bool:
        return key is not None

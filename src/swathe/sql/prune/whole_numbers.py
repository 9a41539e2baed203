"""The rules for spans of whole numbers: sums, products, quotients and casts are undone, and inequalities bound them.

Invariant. Kind.INTEGER says that a value is a whole number of a type that compares exactly with all others of the kind;
`values.py` says which are left out. So where a comparison of two such values is true, it is true of the numbers.

A link is followed only if the engine gives the number that arithmetic gives, or an error, or NULL: errors are no rows,
and a NULL lies in no span. So casts between these types are followed (out of range is an error, of TRY_CAST a NULL), in
the engines that are known not to wrap around. Not followed: remainders, what reverses the order, and all that passes
through DOUBLE or DECIMAL.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from swathe.partition.number_window import Divide, Move, Multiply, NumberStep, Undivide, Unmultiply
from swathe.partition.window import Window
from swathe.sql.prune.block import only
from swathe.sql.prune.invert import Link
from swathe.sql.prune.kinds import MERGED, Kind, Types, is_pure, strip
from swathe.sql.prune.values import Values

_ERRS_OUT_OF_RANGE = frozenset({"duckdb", "postgres"})
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod)
_INTEGER = re.compile(r"\d{1,18}")


class WholeNumbers(Values):
    """Demands are windows around a span of whole numbers, and columns are integers."""

    refusal = "which is no integer that compares exactly"

    def column_kind(self, declared: str, dialect: str) -> Kind | None:
        kind = super().column_kind(declared, dialect)
        return kind if kind is Kind.INTEGER else None

    def kind(self, expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        expression = strip(expression)
        if isinstance(expression, exp.Neg):
            return self.kind(expression.this, column, dialect)
        if isinstance(expression, _ARITHMETIC) or _is_whole_division(expression):
            sides = {self.kind(expression.this, column, dialect), self.kind(expression.expression, column, dialect)}
            return self.united_kind(sides)
        return super().kind(expression, column, dialect)

    def chain(self, expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:
        expression = strip(expression)
        if MERGED in expression.meta and types(expression) is None:
            return super().chain(expression, types, dialect)
        links = [Link(expression)]
        while link := _next(links[-1].expression, types, dialect):
            links.append(link)
        return tuple(links)

    def carries(self, comparison: exp.Binary, types: Types) -> bool:
        sides = (comparison.this, comparison.expression)
        return all(types(side) is Kind.INTEGER and is_pure(side) for side in sides)

    def equals(self, expression: exp.Expr, other: Kind | None, types: Types) -> bool:
        return other is Kind.INTEGER and types(expression) is Kind.INTEGER and is_pure(expression)

    def widens(self, key: Kind | None) -> bool:
        return key is Kind.INTEGER


def constant(expression: exp.Expr) -> int | None:
    """The value of a literal whole number of at most 18 digits, not quoted."""
    expression = strip(expression)
    if isinstance(expression, exp.Neg):
        inner = constant(expression.this)
        return None if inner is None else -inner
    if isinstance(expression, exp.Literal) and not expression.is_string and _INTEGER.fullmatch(expression.name):
        return int(expression.name)
    return None


def _next(expression: exp.Expr, types: Types, dialect: str) -> Link | None:
    if dialect not in _ERRS_OUT_OF_RANGE:
        return None
    if isinstance(expression, exp.Cast):
        return _cast(expression, types)
    if isinstance(expression, exp.Add | exp.Mul):
        return _with(expression, expression.this, expression.expression, types) or _with(
            expression, expression.expression, expression.this, types
        )
    if isinstance(expression, exp.Sub) or _is_whole_division(expression):
        return _with(expression, expression.this, expression.expression, types)
    return None


def _cast(expression: exp.Cast, types: Types) -> Link | None:
    followed = types(expression) is Kind.INTEGER and types(expression.this) is Kind.INTEGER
    return Link(strip(expression.this)) if followed and only(expression, "this", "to", "safe") else None


def _with(expression: exp.Expr, inner: exp.Expr, other: exp.Expr, types: Types) -> Link | None:
    """The link to a number that a constant is added to, taken from, multiplied by, or that is divided by one."""
    number = constant(other)
    if number is None or types(inner) is not Kind.INTEGER:
        return None
    bare = strip(inner)
    if isinstance(expression, exp.Add | exp.Sub):
        up = number if isinstance(expression, exp.Add) else -number
        return Link(bare, _window(Move(-up, -up)), _window(Move(up, up))) if up else Link(bare)
    if number < 1:
        return None
    if isinstance(expression, exp.Mul):
        return Link(bare, _window(Unmultiply(number)), _window(Multiply(number)))
    return Link(bare, _window(Undivide(number)), _window(Divide(number)))


def _window(step: NumberStep) -> Window:
    return Window(((step,),))


def _is_whole_division(expression: exp.Expr) -> bool:
    """`//`, or `/` in the dialects where it gives a whole number when both sides are whole numbers."""
    return isinstance(expression, exp.IntDiv) or (
        isinstance(expression, exp.Div) and bool(expression.args.get("typed"))
    )

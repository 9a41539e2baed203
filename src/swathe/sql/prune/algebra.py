"""How the expressions of one SELECT are understood.

There are four sets of rules: `times.py` and `whole_numbers.py` for spans of time and of whole numbers, which may widen
on their way to the inputs, `values.py` for sets of values, which must arrive as they were, and `nulls.py` for the rows
without a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import Protocol

from sqlglot import exp

from swathe.frozen import frozen
from swathe.sql.prune.invert import Link
from swathe.sql.prune.kinds import Kind, Types


class Rules(Protocol):
    """What can be followed through a query, and what of it each expression and comparison passes on."""

    refusal: str
    """What is said of a column's type when the column cannot be filtered."""

    excludes_null: bool
    """Whether what is demanded is never NULL."""

    def column_kind(self, declared: str, dialect: str) -> Kind | None:
        """The kind of an input's column, given its type as the schema spells it; None when it cannot be filtered."""

    def kind(self, expression: exp.Expr, column: Callable[[exp.Column], Kind | None], dialect: str) -> Kind | None:
        """The kind of an expression, given the kinds of columns."""

    def united_kind(self, kinds: Set[Kind | None]) -> Kind | None:
        """The kind of a column that the branches of a set operation give these kinds."""

    def unites(self, kinds: Iterable[Kind | None]) -> bool:
        """Whether a demand on such a column is the same demand on each branch."""

    def chain(self, expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:
        """From the expression itself inwards, as far as its values can be followed."""

    def carries(self, comparison: exp.Binary, types: Types) -> bool:
        """Whether a fact about one side says something of the other, where the comparison is true."""

    def equals(self, expression: exp.Expr, other: Kind | None, types: Types) -> bool:
        """Whether a fact about an expression says something of a value of this kind that is equal to it."""

    def widens(self, key: Kind | None) -> bool:
        """Whether what is asked of a key of this kind can be widened by a frame over a range of it."""


@frozen
class Algebra:
    """The rules as they apply in one SELECT."""

    rules: Rules
    types: Types
    dialect: str

    def chain(self, expression: exp.Expr) -> tuple[Link, ...]:
        return self.rules.chain(expression, self.types, self.dialect)

    def carries(self, comparison: exp.Binary) -> bool:
        return self.rules.carries(comparison, self.types)

    def equals(self, expression: exp.Expr, other: Kind | None) -> bool:
        return self.rules.equals(expression, other, self.types)

    def widens(self, key: exp.Expr) -> bool:
        return self.rules.widens(self.types(key))

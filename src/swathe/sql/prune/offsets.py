"""Constant offsets of time, as SQL writes them."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlglot import exp

from swathe.frozen import frozen
from swathe.partition.window import Delta, Shift, Step
from swathe.sql.prune.kinds import strip

_INTEGER = re.compile(r"[+-]?\d{1,7}")
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_FIXED = {
    "WEEK": timedelta(weeks=1),
    "DAY": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
    "SECOND": timedelta(seconds=1),
    "MILLISECOND": timedelta(milliseconds=1),
    "MICROSECOND": timedelta(microseconds=1),
}


@frozen
class Offset:
    """A constant offset: whole months are added first, then a fixed duration."""

    months: int = 0
    fixed: timedelta = timedelta()

    def __neg__(self) -> Offset:
        return Offset(-self.months, -self.fixed)

    @property
    def is_negative(self) -> bool:
        """Whether a part of it is."""
        return self.months < 0 or self.fixed < timedelta()

    @property
    def delta(self) -> Delta:
        return Delta(self.months, self.fixed)

    @property
    def steps_to(self) -> tuple[Step, ...]:
        """From the values `x` to the values `x + offset`."""
        return (Shift(self.delta, self.delta),) if self != Offset() else ()

    @property
    def steps_from(self) -> tuple[Step, ...]:
        """From the values `x + offset` to the values `x`."""
        return (-self).steps_to


def interval(expression: exp.Expr) -> Offset | None:
    """`INTERVAL n unit`; None for anything but a whole number of one known unit."""
    expression = strip(expression)
    if not isinstance(expression, exp.Interval):
        return None
    number = integer(expression.this) if expression.this is not None else None
    return scaled(number, expression.args.get("unit"))


def scaled(number: int | None, unit: exp.Expr | None) -> Offset | None:
    """A number of units; None for units that are not known."""
    if number is None or not isinstance(unit, exp.Var | exp.Literal):
        return None
    name = unit.name.upper()
    name = name.removesuffix("S") if len(name) > 2 else name
    if months := _MONTHS.get(name):
        return Offset(months=number * months)
    if (fixed := _FIXED.get(name)) is not None:
        return Offset(fixed=number * fixed)
    return None


def days(expression: exp.Expr) -> Offset | None:
    """A whole number, as it is added to a DATE."""
    bare = strip(expression)
    number = integer(bare)
    is_text = isinstance(bare, exp.Literal) and bare.is_string
    return None if number is None or is_text else Offset(fixed=timedelta(days=number))


def integer(expression: exp.Expr) -> int | None:
    """The value of a literal whole number of at most seven digits, quoted or not."""
    expression = strip(expression)
    if isinstance(expression, exp.Neg):
        inner = integer(expression.this)
        return None if inner is None else -inner
    if isinstance(expression, exp.Literal) and _INTEGER.fullmatch(expression.name.strip()):
        return int(expression.name)
    return None

"""What a query's own conditions say of a column: constants that hold in all rows of an input that can matter."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from swathe.frozen import frozen
from swathe.partition.granularity import TimeSpan
from swathe.partition.interval import Interval
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import Line, TimeScheme
from swathe.partition.values import NULL_ORDINAL, Coordinate, Listed, Null, Value

_T = TypeVar("_T", datetime, int)

NULL_LINES = Interval(NULL_ORDINAL, NULL_ORDINAL + 1)
"""The place along a line of the rows without a value there."""

LAST_LINE = 2**63 - 1
"""No partition lies further along a line."""


@frozen
class Choice:
    """A set of values: those listed, or with `others` all but those. NULL is no value, and in it where `null` says so.

    >>> Choice(frozenset("ab")) & Choice(frozenset("b"), others=True)
    Choice(values=frozenset({'a'}), others=False, null=False)
    """

    values: frozenset[Value] = frozenset()
    others: bool = False
    null: bool = False

    @classmethod
    def at(cls, coordinate: Coordinate, listed: frozenset[Value]) -> Choice:
        """The values at a coordinate of a column with this list."""
        if isinstance(coordinate, Listed):
            return cls(frozenset({coordinate.value}))
        return cls(null=True) if isinstance(coordinate, Null) else cls(listed, others=True)

    @property
    def is_nothing(self) -> bool:
        return not (self.values or self.others or self.null)

    def __and__(self, other: Choice) -> Choice:
        if self.others and other.others:
            values = self.values | other.values
        elif self.others:
            values = other.values - self.values
        else:
            values = self.values - other.values if other.others else self.values & other.values
        return Choice(values, self.others and other.others, self.null and other.null)

    def __or__(self, other: Choice) -> Choice:
        if self.others and other.others:
            values = self.values & other.values
        elif self.others:
            values = self.values - other.values
        else:
            values = other.values - self.values if other.others else self.values | other.values
        return Choice(values, self.others or other.others, self.null or other.null)


ANY = Choice(others=True, null=True)
VALUED = Choice(others=True)
NULL_ONLY = Choice(null=True)
ALWAYS = TimeSpan(None, None)


@frozen
class Held:
    """A column holds one of `choice`; and where that is a time or a number, it lies between bounds.

    `times` is on the column's own clock, instants on UTC's; of `numbers` the second is exclusive. None is no bound.
    """

    choice: Choice = ANY
    times: TimeSpan = ALWAYS
    numbers: tuple[int | None, int | None] = (None, None)

    @property
    def is_anything(self) -> bool:
        return self == _ANYTHING

    def __and__(self, other: Held) -> Held:
        (start, end), (least, most) = self.numbers, other.numbers
        times = TimeSpan(_later(self.times.start, other.times.start), _earlier(self.times.end, other.times.end))
        return Held(self.choice & other.choice, times, (_later(start, least), _earlier(end, most)))

    def __or__(self, other: Held) -> Held:
        """A hull of both."""
        (start, end), (least, most) = self.numbers, other.numbers
        times = TimeSpan(_first(self.times.start, other.times.start), _last(self.times.end, other.times.end))
        return Held(self.choice | other.choice, times, (_first(start, least), _last(end, most)))

    def lines(self, line: Line) -> tuple[Interval | None, bool]:
        """The part of a line where the rows lie that hold this along it, None for all of it; and whether there is any.

        Rows with NULL lie at `NULL_LINES`.
        """
        if self.choice.null:
            return (NULL_LINES if self.choice == NULL_ONLY else None), True
        if isinstance(line, RangeScheme):
            first, end = self.numbers
            if self.choice.is_nothing or (first is not None and end is not None and first >= end):
                return None, False
            return _between(
                None if first is None else line.ordinal(first), None if end is None else line.ordinal(end - 1)
            ), True
        if isinstance(line, TimeScheme):
            return self._along(line)
        return None, True

    def _along(self, line: TimeScheme) -> tuple[Interval | None, bool]:
        span = self.times
        if self.choice.is_nothing or (span.start is not None and span.end is not None and span.start >= span.end):
            return None, False
        if line.every > 1 and (span.start is None or span.end is None):
            return None, True  # an infinite time can't be counted off in such units, and lies with NULL
        for step in line.from_column:
            span = step.apply(span)
        return line.overlapping(span), True


_ANYTHING = Held()


def _between(first: int | None, last: int | None) -> Interval:
    start = NULL_LINES.end if first is None else first
    return Interval(start, LAST_LINE + 1 if last is None else max(last, start) + 1)


def _later(a: _T | None, b: _T | None) -> _T | None:
    return b if a is None else a if b is None else max(a, b)


def _earlier(a: _T | None, b: _T | None) -> _T | None:
    return b if a is None else a if b is None else min(a, b)


def _first(a: _T | None, b: _T | None) -> _T | None:
    return None if a is None or b is None else min(a, b)


def _last(a: _T | None, b: _T | None) -> _T | None:
    return None if a is None or b is None else max(a, b)

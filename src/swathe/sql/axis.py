"""Where leaves begin and end along a column of time or whole numbers.

Bounds are points: microseconds since 1970 on the column's own clock, or the numbers themselves. So leaves are intervals
of integers, and what is missing between those that are there is found by subtraction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from swathe.frozen import frozen
from swathe.partition.granularity import EPOCH, FIRST_MOMENT, LAST_MOMENT, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.partition.units import Units
from swathe.sql.literal import ColumnClock, time_literal

FIRST, LAST = -(10**30), 10**30
"""Beyond all values: a leaf without bound on that side."""

_STEP = timedelta.resolution
_INTEGERS = {"SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
"""Bits of the numbers that a column of this type holds."""


@frozen
class Slot:
    """Where a leaf goes, and what it is called after its table's name."""

    points: Interval
    name: str


@frozen
class TimeAxis:
    """Leaves of `units` on the wall clock of a scheme. `clock` is the column's."""

    scheme: TimeScheme
    units: Units
    clock: ColumnClock

    def slots(self, lines: Interval) -> Iterator[Slot]:
        """The leaves that hold all rows of a run of partitions, in order."""
        low, high = self._hull(lines)
        number = self.units.ordinal(_start_of(self.scheme.units, lines.start) or FIRST_MOMENT)
        while self._point(number) > low:  # the clock was set back into a day before
            number -= 1
        while True:
            start, end = self._point(number), self._point(number + 1)
            if start < end and end > low:
                yield Slot(Interval(start, end), self._name(number))
            if end >= high:
                return
            number += 1

    def holds(self, lines: Interval) -> IntervalSet:
        """Exactly the points that lie in a run of partitions."""
        return IntervalSet.merge(
            Interval(_at(span.start, FIRST), _at(span.end, LAST)) for span in self.scheme.ranges(lines)
        )

    def read(self, text: str) -> int | None:
        """The point that the engine means by a text; None for what lies outside the calendar."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return _at(moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta()), FIRST)

    def literal(self, point: int) -> str:
        return time_literal(EPOCH + point * _STEP, self.clock)

    def spell(self, point: int) -> str:
        """A point in a name."""
        moment = EPOCH + point * _STEP
        text = moment.date().isoformat() if self.clock is ColumnClock.DATE else moment.isoformat()
        return _plain(text.removesuffix("T00:00:00").removesuffix(":00:00"))

    def _hull(self, lines: Interval) -> tuple[int, int]:
        try:
            span = self.scheme.bounds(lines)
        except (OverflowError, ValueError):  # a partition at an end of the calendar
            units = self.scheme.units
            span = TimeSpan(_start_of(units, lines.start), _start_of(units, lines.end))
        return _at(span.start, FIRST), _at(span.end, LAST)

    def _point(self, number: int) -> int:
        """Where a leaf begins: at the first instant that reads so, so that leaves meet whatever the clock does."""
        start = _start_of(self.units, number)
        if start is None:
            return FIRST if number < 0 else LAST
        for step in self.scheme.to_column:
            start = step.apply(TimeSpan(start, None)).start
        return _at(start, FIRST)

    def _name(self, number: int) -> str:
        try:
            return _plain(self.units.key(number))
        except (OverflowError, ValueError):
            return "first"


@frozen
class NumberAxis:
    """Leaves of `width` partitions each. `column_type` bounds what a leaf may begin with."""

    scheme: RangeScheme
    width: int
    column_type: str

    def slots(self, lines: Interval) -> Iterator[Slot]:
        """The leaves that hold all rows of a run of partitions, in order."""
        for number in range(lines.start // self.width, (lines.last // self.width) + 1):
            start, end = (self._bounded(self.scheme.start(at * self.width)) for at in (number, number + 1))
            if start < end:
                yield Slot(Interval(start, end), str(self.scheme.start(number * self.width)))

    def holds(self, lines: Interval) -> IntervalSet:
        """Exactly the numbers that lie in a run of partitions."""
        bounds = self.scheme.bounds(lines)
        return IntervalSet.span(self._bounded(bounds.start), self._bounded(bounds.end))

    def read(self, text: str) -> int | None:
        """The number that the engine means by a text."""
        return int(text)

    def literal(self, point: int) -> str:
        return str(point)

    def spell(self, point: int) -> str:
        """A point in a name."""
        return str(point)

    def _bounded(self, number: int) -> int:
        bits = _INTEGERS.get(self.column_type.upper())
        if bits is None:
            return number
        return FIRST if number <= -(2**bits) else LAST if number >= 2**bits else number


Axis = TimeAxis | NumberAxis


def _start_of(units: Units, number: int) -> datetime | None:
    """None outside the years 1 to 9999."""
    try:
        return units.start(number)
    except (OverflowError, ValueError):
        return None


def _at(moment: datetime | None, otherwise: int) -> int:
    if moment is None or moment >= LAST_MOMENT:
        return otherwise if moment is None else LAST
    return (moment - EPOCH) // _STEP


def _plain(text: str) -> str:
    """What needs no quotes in a name, where it is a time."""
    return text.lower().replace("-", "_").replace(":", "_")

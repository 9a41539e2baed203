"""Mappings along the line: which run of an input's line a run of partitions reads, and which partitions read a run of
an input's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from swathe.frozen import frozen
from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.number_window import NumberSpan
from swathe.partition.numbers import RangeScheme
from swathe.partition.relative import lookback_window
from swathe.partition.scheme import Line, TimeScheme
from swathe.partition.window import LocalToUtc, Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True)
class Mapping:
    """From the partitions of a reader to those of one input. `window` None reads the whole input.

    Monotone: of two reader partitions, the later one's reading neither starts nor ends earlier, because no
    step of a window takes a later bound to an earlier one. So a run of readers maps to a run of inputs, and
    the inverse is found by bisection. A window without a start, or one that leaves the calendar, reads from the
    calendar's first partition on, and likewise to the last one.
    """

    window: Window | None
    reader: Line
    input: Line

    @property
    def is_whole(self) -> bool:
        return self._sliced is None

    @property
    def is_bounded(self) -> bool:
        """Whether what a partition reads does not grow with the input's line."""
        return self._sliced is not None and not (self.window and self.window.is_half_open)

    def reads(self, partitions: Interval) -> Interval | None:
        """The input partitions that decide a run of reader partitions; None is all of them.

        Never empty: a partition that reads nothing, such as an hour the clock skipped, is said to read one.
        """
        if (sliced := self._sliced) is None:
            return None
        first = last = sliced.reads(partitions.start)
        if partitions.last != partitions.start:
            last = sliced.reads(partitions.last)
        return None if first is None or last is None else Interval(first.start, last.end)

    def readers(self, changed: IntervalSet, within: Interval) -> IntervalSet:
        """The partitions of `within` that read any of the changed input partitions."""
        if not changed:
            return IntervalSet()
        everyone = IntervalSet.of(within)
        if (sliced := self._sliced) is None:
            return everyone
        bounded = sliced.bounded(within)
        found = [*(everyone - bounded)]
        for run in bounded:
            found += [hit for interval in changed if (hit := sliced.readers(interval, run)) is not None]
        return IntervalSet.merge(found)

    @cached_property
    def _sliced(self) -> _Times | _Numbers | None:
        window, reader, read = self.window, self.reader, self.input
        if window is None:
            return None
        if isinstance(reader, TimeScheme) and isinstance(read, TimeScheme):
            return _Times(units_window(window, reader, read), reader, read)
        if isinstance(reader, RangeScheme) and isinstance(read, RangeScheme):
            return _Numbers(window, reader, read)
        return None


@lru_cache(maxsize=1024)
def units_window(window: Window, reader: TimeScheme, read: TimeScheme) -> Window:
    """A window between column values as one between units: each side's own wall clock.

    Where both hold instants on one zone's clock and a chain takes every value to itself, so it does with the units.
    No other pair of steps may be left out: a wall clock that the zone skips is read as a later one.
    """
    same = reader.is_zoned and read.is_zoned and reader.zone == read.zone
    chains = (
        chain if same and not chain else (*reader.to_column, *chain, *read.from_column) for chain in window.chains
    )
    return Window(tuple(dict.fromkeys(chains)))


def claimed_window(partitions: int, reader: TimeScheme, read: TimeScheme) -> Window:
    """The window of a user's `lookback`: a partition of the reader and those before it, by the reader's wall clock.

    A naive column is compared as it is. Where the reader's instants meet one, nothing says whose clock it is on, so
    both the reader's and UTC count.
    """
    back = lookback_window(partitions, reader.units)
    local = Window((reader.from_column,)).then(*back.chains[0])
    if read.instants:
        return local.then(LocalToUtc(reader.zone)) if reader.zone != "UTC" else local
    return local.hull(local.then(LocalToUtc(reader.zone))) if reader.is_zoned else local


@frozen
class _Times:
    """A mapping between two lines of time. The window is between their units' clocks."""

    window: Window
    reader: TimeScheme
    input: TimeScheme

    def span(self, ordinal: int) -> TimeSpan:
        """What one partition reads; unbounded on the side that leaves the calendar."""
        start, end = self._moment(ordinal), self._moment(ordinal + 1)
        return TimeSpan(None, None) if start is None else self.window.apply(TimeSpan(start, end))

    def reads(self, ordinal: int) -> Interval | None:
        span = self.span(ordinal)
        return None if span.start is None and span.end is None else self.input.overlapping(span)

    def bounded(self, within: Interval) -> IntervalSet:
        """The partitions that do not read everything. Those without a start come first, those without an end last."""
        first = max(within.start, self.reader.ordinal(FIRST_MOMENT))
        end = min(within.end, self.reader.ordinal(LAST_MOMENT) + 1)
        if first < end and self.span(first).start is not None and self.span(end - 1).end is not None:
            return IntervalSet.span(first, end)
        start = _bisect(first, end, lambda ordinal: self.span(ordinal).start is not None)
        last = _bisect(first, end, lambda ordinal: self.span(ordinal).end is None)
        return IntervalSet.span(first, end) - IntervalSet.span(last, start)

    def readers(self, changed: Interval, bounded: Interval) -> Interval | None:
        """The readers of a run of input partitions, among partitions that all have bounds."""
        if self.window.is_identity and self.reader.units == self.input.units:
            own = IntervalSet.of(changed) & IntervalSet.of(bounded)
            return own.hull()
        first = _bisect(bounded.start, bounded.end, lambda ordinal: self._read(ordinal).end > changed.start)
        end = _bisect(bounded.start, bounded.end, lambda ordinal: self._read(ordinal).start >= changed.end)
        return Interval(first, end) if first < end else None

    def _read(self, ordinal: int) -> Interval:
        read = self.reads(ordinal)
        assert read is not None  # noqa: S101 - `bounded` has ruled it out
        return read

    def _moment(self, ordinal: int) -> datetime | None:
        try:
            return self.reader.start(ordinal)
        except (OverflowError, ValueError):
            return None


@frozen
class _Numbers:
    """A mapping between two lines of whole numbers."""

    window: Window
    reader: RangeScheme
    input: RangeScheme

    def span(self, ordinal: int) -> NumberSpan:
        """What one partition reads."""
        bounds = self.reader.bounds(Interval(ordinal, ordinal + 1))
        return self.window.apply_to_numbers(NumberSpan(bounds.start, bounds.end))

    def reads(self, ordinal: int) -> Interval | None:
        span = self.span(ordinal)
        return None if span.start is None and span.end is None else self.input.overlapping(span)

    def bounded(self, within: Interval) -> IntervalSet:
        """The partitions that do not read everything. Those without a start come first, those without an end last."""
        start = _bisect(within.start, within.end, lambda ordinal: self.span(ordinal).start is not None)
        last = _bisect(within.start, within.end, lambda ordinal: self.span(ordinal).end is None)
        return IntervalSet.of(within) - IntervalSet.span(last, start)

    def readers(self, changed: Interval, bounded: Interval) -> Interval | None:
        """The readers of a run of input partitions, among partitions that do not read everything."""
        first = _bisect(bounded.start, bounded.end, lambda ordinal: self._read(ordinal).end > changed.start)
        end = _bisect(bounded.start, bounded.end, lambda ordinal: self._read(ordinal).start >= changed.end)
        return Interval(first, end) if first < end else None

    def _read(self, ordinal: int) -> Interval:
        read = self.reads(ordinal)
        assert read is not None  # noqa: S101 - `bounded` has ruled it out
        return read


def _bisect(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first ordinal of [low, high) from which a monotone predicate holds; `high` when it never does."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low

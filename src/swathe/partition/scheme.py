"""A scheme numbers the partitions of one table and names them with keys.

A partition is an ordinal to the planner, a key to people and a span of its column's values to SQL. Two
schemes exist: a table cut by time, and a table that is one partition called `all`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from swathe.partition.granularity import LAST_MOMENT, Granularity, TimeSpan, parse_span
from swathe.partition.interval import Interval, IntervalSet

if TYPE_CHECKING:
    from datetime import datetime

WHOLE_KEY = "all"


@dataclass(frozen=True, slots=True)
class TimeScheme:
    """Partitions of one granularity along a time column.

    `zone` (an IANA name) is the zone of the column's wall clock; it decides when a partition has ended.
    """

    granularity: Granularity
    zone: str = "UTC"
    column: str = ""

    @property
    def unit(self) -> str:
        """How records say what they are partitions of, e.g. `day of flight_date`."""
        return f"{self.granularity} of {self.column.lower()}" if self.column else str(self.granularity)

    def key(self, ordinal: int) -> str:
        return self.granularity.key(ordinal)

    def parse(self, text: str) -> Interval:
        """All partitions that a key of any granularity touches: `2013-01` covers the days of January.

        Raises ValueError when the text is no time key, or a time in UTC (`…Z`) and the column is on another
        clock.
        """
        span = parse_span(text)
        if self.zone != "UTC" and text.strip().upper().endswith("Z"):
            raise ValueError(f"`{text}` is a time in UTC, but keys are on the clock of `{self.zone}`")
        return self.overlapping(TimeSpan(span.start, span.end or LAST_MOMENT))

    def bounds(self, interval: Interval) -> TimeSpan:
        """The column values that lie in these partitions.

        Raises OverflowError or ValueError for partitions that start before the year 1 or end after the year
        9999, the calendar's last partition among them.
        """
        return TimeSpan(self.granularity.start(interval.start), self.granularity.start(interval.end))

    def overlapping(self, span: TimeSpan) -> Interval:
        """The partitions that hold a moment of a bounded, non-empty span."""
        if span.start is None or span.end is None:
            raise ValueError("an unbounded span covers no finite set of partitions")
        first = self.granularity.ordinal(span.start)
        ceiling = self.granularity.ordinal(span.end)
        end = ceiling if self.granularity.start(ceiling) == span.end else ceiling + 1
        return Interval(first, max(end, first + 1))

    def between(self, begin: datetime, end: datetime) -> IntervalSet:
        """The partitions that lie wholly between two moments."""
        first = self.granularity.ordinal(begin)
        if self.granularity.start(first) < begin:
            first += 1
        return IntervalSet.span(first, self.granularity.ordinal(end))


@dataclass(frozen=True, slots=True)
class WholeScheme:
    """A table or view that is one partition: ordinal 0, key `all`. `unit` is how records say which of the two."""

    unit: str = WHOLE_KEY

    def key(self, ordinal: int) -> str:  # noqa: ARG002 - the protocol's signature
        return WHOLE_KEY

    def parse(self, text: str) -> Interval:
        """Raises ValueError for any key but `all`."""
        if text.strip() != WHOLE_KEY:
            raise ValueError(f"`{text}` is not `{WHOLE_KEY}`, the only partition of an unpartitioned table")
        return Interval(0, 1)


Scheme = TimeScheme | WholeScheme

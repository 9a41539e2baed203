"""A scheme numbers the partitions of one table and names them with keys.

A partition is an ordinal to the planner, a key to people and a span of its column's values to SQL. Two
schemes exist: a table cut by time, and a table that is one partition called `all`.

Two clocks. **Units** (ordinals, keys, `begin` and `end`) are always on the wall clock of the scheme's zone. **Column
values**, and every span that a window takes or gives, are on the column's own clock: the same wall clock where the
column is a DATE or a TIMESTAMP without a zone, UTC instants where it holds instants. The methods say which they speak
of, and only this module and `mapping.py` cross from one to the other: `to_column` and `from_column` are the steps.

For a column of instants, partition `p` is exactly the instants at which the zone's clock reads a time in `p`. These
sets cover all instants and are disjoint, whatever the clock does: a day of 25 hours holds them all, a repeated hour
is one partition that holds both passes, and a skipped hour is no partition. A partition need not be one span of
instants: where the clock is set back over its end, it is two. `bounds` is the hull, `ranges` are the exact spans.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from swathe.frozen import frozen
from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan, parse_span
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.units import Units, Weekday
from swathe.partition.window import LocalToUtc, TimeStep, UtcToLocal
from swathe.partition.zone import changes_between, instants_of

WHOLE_KEY = "all"

_DAY = timedelta(days=1)
_FURTHEST = timedelta(days=3)
"""Further than any clock was ever set."""


@frozen
class TimeScheme:
    """Partitions of one width along a time column.

    `zone` (an IANA name) is the zone of the wall clock that the units are on. `instants`: the column holds instants;
    else it holds readings of that clock, and the zone only decides when a partition has ended.
    """

    granularity: Granularity
    zone: str = "UTC"
    column: str = ""
    every: int = 1
    week_start: Weekday = Weekday.MONDAY
    instants: bool = False

    @property
    def units(self) -> Units:
        return _units(self.granularity, self.every, self.week_start)

    @property
    def unit(self) -> str:
        """How records say what they are partitions of, e.g. `day of flight_date`. Says all that decides which rows
        lie in which partition.
        """
        if not self.column:
            return self.units.name
        return f"{self.units.name} of {self.column.lower()}" + (f" in {self.zone}" if self.is_zoned else "")

    @property
    def is_zoned(self) -> bool:
        """Whether the units and the column are on different clocks."""
        return self.instants and self.zone != "UTC"

    @property
    def to_column(self) -> tuple[TimeStep, ...]:
        """From a span of units to a hull of the column's values."""
        return (LocalToUtc(self.zone),) if self.is_zoned else ()

    @property
    def from_column(self) -> tuple[TimeStep, ...]:
        """From a span of the column's values to a hull of units."""
        return (UtcToLocal(self.zone),) if self.is_zoned else ()

    def key(self, ordinal: int) -> str:
        return self.units.key(ordinal)

    def ordinal(self, moment: datetime) -> int:
        """The partition that holds a reading of the wall clock."""
        return self.units.ordinal(moment)

    def start(self, ordinal: int) -> datetime:
        """The first reading of the wall clock. Raises OverflowError or ValueError outside the years 1 to 9999."""
        return self.units.start(ordinal)

    def parse(self, text: str) -> Interval:
        """All partitions that a key of any granularity touches: `2013-01` covers the days of January.

        Raises ValueError when the text is no time key, or a time in UTC (`…Z`) and the column is on another
        clock.
        """
        span = parse_span(text)
        if self.zone != "UTC" and text.strip().upper().endswith("Z"):
            raise ValueError(f"`{text}` is a time in UTC, but keys are on the clock of `{self.zone}`")
        return self.overlapping(TimeSpan(span.start, span.end or LAST_MOMENT))

    def wall_bounds(self, interval: Interval) -> TimeSpan:
        """What the wall clock reads in these partitions.

        Raises OverflowError or ValueError for partitions that start before the year 1 or end after the year
        9999, the calendar's last partition among them.
        """
        return TimeSpan(self.start(interval.start), self.start(interval.end))

    def bounds(self, interval: Interval) -> TimeSpan:
        """A hull of the column values that lie in these partitions, exact where the column is on the wall clock.

        Raises like `wall_bounds`; of instants, a bound beyond the calendar is None.
        """
        span = self.wall_bounds(interval)
        for step in self.to_column:
            span = step.apply(span)
        return span

    def ranges(self, interval: Interval) -> tuple[TimeSpan, ...]:
        """Exactly the column values that lie in these partitions; nothing where the clock skips them all.

        Raises like `wall_bounds`.
        """
        if not self.is_zoned:
            return (self.wall_bounds(interval),)
        hull = self.bounds(interval)
        bounded = TimeSpan(hull.start or FIRST_MOMENT, hull.end or LAST_MOMENT)
        return instants_of(self.zone, self.wall_bounds(interval), bounded)

    def ranges_before(self, ordinal: int) -> tuple[TimeSpan, ...]:
        """Exactly the column values that lie in earlier partitions. Raises like `wall_bounds`."""
        start = self.start(ordinal)
        if not self.is_zoned:
            return (TimeSpan(None, start),)
        # All instants before this hull are on earlier days, and inside it the clock reads nothing below `floor`.
        hull = LocalToUtc(self.zone).apply(TimeSpan(_minus(start, _FURTHEST), start))
        floor = TimeSpan(_minus(start, 3 * _FURTHEST), start)
        first, *rest = instants_of(self.zone, floor, TimeSpan(hull.start or FIRST_MOMENT, hull.end or LAST_MOMENT))
        return (TimeSpan(None, first.end), *rest)

    def overlapping(self, span: TimeSpan) -> Interval:
        """The partitions that hold a reading of a non-empty span of the wall clock. Without a start they begin with the
        calendar's first partition, without an end they end with its last one.
        """
        first = self.ordinal(FIRST_MOMENT if span.start is None else span.start)
        if span.end is None:
            return Interval(first, max(self.ordinal(LAST_MOMENT), first) + 1)
        end = self.ordinal(span.end - timedelta.resolution) + 1 if span.end > FIRST_MOMENT else first
        return Interval(first, max(end, first + 1))

    def ends(self, lines: Interval) -> tuple[int | None, int | None]:
        """The first and the last partition of a run; None on a side where it has no bound but the calendar's."""
        every = self.overlapping(TimeSpan(None, None))
        return (
            None if lines.start <= every.start else lines.start,
            None if lines.end >= every.end else lines.last,
        )

    def between(self, begin: datetime, end: datetime) -> IntervalSet:
        """The partitions that lie wholly between two readings of the wall clock."""
        return IntervalSet.span(self.first_from(begin), self.ordinal(end))

    def first_from(self, begin: datetime) -> int:
        """The first partition that starts at or after a reading of the wall clock."""
        ordinal = self.ordinal(begin)
        try:
            return ordinal if self.start(ordinal) == begin else ordinal + 1
        except (OverflowError, ValueError):
            return ordinal + 1

    def first_open(self, now: datetime) -> int:
        """The first partition that has not ended at a UTC instant.

        A partition has ended when the clock has left it for good: not before the second pass of a repeated hour.
        """
        return _first_open(self, now)

    def existing(self, partitions: IntervalSet) -> IntervalSet:
        """Without the partitions of instants that the clock skips: they are no partitions."""
        hull = partitions.hull()
        width = self.units.fixed
        if hull is None or not self.is_zoned or width is None or width > _DAY:
            return partitions
        try:
            bounds = self.bounds(hull)
        except (OverflowError, ValueError):
            return partitions
        skipped = []
        start, end = bounds.start or FIRST_MOMENT, bounds.end or LAST_MOMENT
        margin = min(_DAY, start - FIRST_MOMENT)
        for change in changes_between(self.zone, start - margin, end):
            if (gap := change.gap) and gap.start and gap.end:
                skipped += list(self.between(gap.start, gap.end))
        return partitions - IntervalSet.merge(skipped)

    def closed_at(self, ordinal: int) -> datetime:
        """The UTC instant at which a partition has ended."""
        try:
            end = self.start(ordinal + 1)
        except (OverflowError, ValueError):
            return LAST_MOMENT if ordinal > 0 else FIRST_MOMENT
        return LocalToUtc(self.zone).apply(TimeSpan(end, end)).end or LAST_MOMENT


@lru_cache(maxsize=4096)
def _first_open(scheme: TimeScheme, now: datetime) -> int:
    local = UtcToLocal(scheme.zone).apply(TimeSpan(now, now)).start or now
    first = scheme.ordinal(local)
    while scheme.closed_at(first) <= now:
        first += 1
    while scheme.closed_at(first - 1) > now:
        first -= 1
    return first


@frozen
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


Line = TimeScheme | RangeScheme | WholeScheme
"""What numbers the partitions along one column, or the only one."""


def _minus(moment: datetime, duration: timedelta) -> datetime:
    return moment - duration if moment - FIRST_MOMENT > duration else FIRST_MOMENT


@lru_cache(maxsize=256)
def _units(granularity: Granularity, every: int, week_start: Weekday) -> Units:
    return Units(granularity, every, week_start)

"""Windows: which values of an input's column decide a partition, as a function of that partition's own span.

A window is a function from spans to spans, kept as steps so that it can be shown, stored, composed and
applied to a batch of any length. A window that is too wide costs time; one that is too narrow makes a wrong
table, so every step rounds outwards.

Each step treats the start and the end of a span apart, and a later bound never gives an earlier result.
What is built on windows leans on that: a batch reads what its first to its last partition read, and a
mapping is inverted by bisection. A bound that falls off the calendar (years 1 to 9999) becomes None, which
is wider.
"""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import reduce
from typing import TypeVar
from zoneinfo import ZoneInfo

from swathe.frozen import frozen
from swathe.partition.granularity import EPOCH, FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.number_window import Move, NumberSpan, NumberStep
from swathe.partition.zone import changes_near, offset_at, offsets_of_wall


@frozen
class Delta:
    """A constant offset of whole months and a fixed duration. Either may be negative."""

    months: int = 0
    fixed: timedelta = timedelta()

    def add_to(self, moment: datetime) -> datetime:
        """Months first, clipped to the month's last day as DuckDB and PostgreSQL do; then the fixed part.

        Raises OverflowError or ValueError outside the years 1 to 9999.
        """
        if self.months:
            year, month = _month_after(moment, self.months)
            moment = moment.replace(year=year, month=month, day=min(moment.day, _days(year, month)))
        return moment + self.fixed

    def add_to_start(self, moment: datetime) -> datetime | None:
        """The same for an inclusive start, rounded outwards; None before the year 1.

        At or before x + this offset for every x >= `moment`, and at or before every y with y - this offset >=
        `moment`. Undoing `+ 1 month 2 days` takes the days off first, so both orders count.
        """
        months_first = _start_plus(_start_plus_months(moment, self.months), self.fixed)
        if not self.months or not self.fixed:
            return months_first
        months_last = _start_plus_months(_start_plus(moment, self.fixed), self.months)
        return _earlier(months_first, months_last)

    def add_to_end(self, moment: datetime) -> datetime | None:
        """The same for an exclusive end; None after the year 9999.

        After x + this offset for every x < `moment`, and after every y with y - this offset < `moment`.
        """
        months_first = _end_plus(_end_plus_months(moment, self.months), self.fixed)
        if not self.months or not self.fixed:
            return months_first
        months_last = _end_plus_months(_end_plus(moment, self.fixed), self.months)
        return _later(months_first, months_last)

    def __neg__(self) -> Delta:
        return Delta(-self.months, -self.fixed)


@frozen
class Shift:
    """Move the start by one offset and the end by another.

    Offsets that contradict each other (`between x + 2 days and x + 1 day`) read nothing. The end then moves as
    far as the start does, so that no window turns a span inside out.
    """

    start: Delta
    end: Delta

    def apply(self, span: TimeSpan) -> TimeSpan:
        start, end = span.start, span.end
        return TimeSpan(
            None if start is None else self.start.add_to_start(start),
            None if end is None else _later(self.start.add_to_end(end), self.end.add_to_end(end)),
        )


@frozen
class Align:
    """Widen to whole units: what a truncated value says of the value before it was truncated."""

    unit: Granularity

    def apply(self, span: TimeSpan) -> TimeSpan:
        return TimeSpan(
            None if span.start is None else self.unit.floor(span.start),
            None if span.end is None else _ceil(self.unit, span.end),
        )


@frozen
class Truncate:
    """From values to what they are when truncated to whole units."""

    unit: Granularity

    def apply(self, span: TimeSpan) -> TimeSpan:
        return TimeSpan(None if span.start is None else self.unit.floor(span.start), span.end)


@frozen
class Untruncate:
    """From truncated values to those before. Inside a unit there is none: the first is the next unit's start."""

    unit: Granularity

    def apply(self, span: TimeSpan) -> TimeSpan:
        start = None if span.start is None else _ceil(self.unit, span.start) or LAST_MOMENT
        return TimeSpan(start, None if span.end is None else _ceil(self.unit, span.end))


@frozen
class LocalToUtc:
    """From a zone's wall clock to UTC instants.

    Holds every instant whose wall clock lies in the span, and every instant that a wall clock in the span may
    stand for: both readings where the clock was set back, and where times were skipped the reading of DuckDB,
    PostgreSQL and Spark, which take the offset before the change.
    """

    zone: str

    def apply(self, span: TimeSpan) -> TimeSpan:
        zone = ZoneInfo(self.zone)
        return TimeSpan(
            None if span.start is None else self._start(span.start, zone),
            None if span.end is None else self._end(span.end, zone),
        )

    @staticmethod
    def _start(wall: datetime, zone: ZoneInfo) -> datetime | None:
        first, second = offsets_of_wall(wall, zone)
        instant = _start_plus(wall, -first)
        if instant is not None and first < second:  # a skipped time: the clock passes it at the change itself
            return next((change.at for change in changes_near(instant, zone)), instant)
        return instant

    @staticmethod
    def _end(wall: datetime, zone: ZoneInfo) -> datetime | None:
        first, second = offsets_of_wall(wall, zone)
        latest = _end_plus(wall, -min(first, second))
        if latest is None or first < second:
            return latest
        for change in changes_near(latest, zone):
            if change.at <= latest < change.at + change.skipped:
                return change.at + change.skipped
        return latest


@frozen
class UtcToLocal:
    """From UTC instants to a zone's wall clock: the inverse of `LocalToUtc`, with the same readings."""

    zone: str

    def apply(self, span: TimeSpan) -> TimeSpan:
        zone = ZoneInfo(self.zone)
        return TimeSpan(
            None if span.start is None else self._start(span.start, zone),
            None if span.end is None else self._end(span.end, zone),
        )

    @staticmethod
    def _start(instant: datetime, zone: ZoneInfo) -> datetime | None:
        for change in changes_near(instant, zone):
            if change.at <= instant < change.at + change.skipped:
                return _start_plus(instant, change.before)
            if change.at - change.repeated <= instant < change.at:
                return change.at + change.after
        return _start_plus(instant, offset_at(instant, zone))

    @staticmethod
    def _end(instant: datetime, zone: ZoneInfo) -> datetime | None:
        for change in changes_near(instant, zone):
            if change.at <= instant < change.at + change.repeated:
                return change.at + change.before
        return _end_plus(instant, offset_at(instant, zone))


_Span = TypeVar("_Span", TimeSpan, NumberSpan)


@frozen
class Until:
    """Everything before the span's end: what a running total reads."""

    def apply(self, span: _Span) -> _Span:
        return replace(span, start=None)


@frozen
class Since:
    """Everything from the span's start on."""

    def apply(self, span: _Span) -> _Span:
        return replace(span, end=None)


@frozen
class Ends:
    """From the start of one window to the end of another."""

    start: Window
    end: Window

    def apply(self, span: TimeSpan) -> TimeSpan:
        first, last = self.start.apply(span).start, self.end.apply(span).end
        return TimeSpan(first, last if first is None or last is None else max(first, last))

    def apply_to_numbers(self, span: NumberSpan) -> NumberSpan:
        first, last = self.start.apply_to_numbers(span).start, self.end.apply_to_numbers(span).end
        return NumberSpan(first, last if first is None or last is None else max(first, last))


TimeStep = Shift | Align | Truncate | Untruncate | LocalToUtc | UtcToLocal
AnyStep = Until | Since | Ends
Step = TimeStep | NumberStep | AnyStep


@frozen
class Window:
    """The hull of one or more chains of steps. `Window()` is the identity: the same span is read."""

    chains: tuple[tuple[Step, ...], ...] = ((),)

    def then(self, step: Step) -> Window:
        """This window, then one more step towards the input."""
        return Window(tuple((*chain, step) for chain in self.chains))

    def after(self, outer: Window) -> Window:
        """The composition: first `outer` (nearer to the partition), then this window."""
        return Window(tuple(dict.fromkeys((*head, *tail) for head in outer.chains for tail in self.chains)))

    def hull(self, other: Window) -> Window:
        """Wide enough for both."""
        return Window(tuple(dict.fromkeys((*self.chains, *other.chains))))

    def apply(self, span: TimeSpan) -> TimeSpan:
        """The input values that decide a span of output values; None beyond the years 1 to 9999."""
        results = [_run(chain, span) for chain in self.chains]
        return reduce(TimeSpan.hull, results)

    def apply_to_numbers(self, span: NumberSpan) -> NumberSpan:
        """The same along a column of whole numbers."""
        results = [_run_numbers(chain, span) for chain in self.chains]
        return reduce(NumberSpan.hull, results)

    @property
    def is_identity(self) -> bool:
        return self.chains == ((),)

    @property
    def is_half_open(self) -> bool:
        """Whether it reaches as far as there are values, on one side at least."""
        steps = [step for chain in self.chains for step in chain]
        inner = [window for step in steps if isinstance(step, Ends) for window in (step.start, step.end)]
        return any(isinstance(step, Until | Since) for step in steps) or any(window.is_half_open for window in inner)

    @property
    def is_everything(self) -> bool:
        """Whether it has neither a start nor an end."""
        day, number = TimeSpan(EPOCH, EPOCH + timedelta(days=1)), NumberSpan(0, 1)
        read = (self.apply(day), self.apply_to_numbers(number))
        return self.is_half_open and read == (TimeSpan(None, None), NumberSpan(None, None))

    @property
    def is_scaled(self) -> bool:
        """Whether it multiplies or divides numbers, so that partitions further from zero read further away."""
        steps = [step for chain in self.chains for step in chain]
        return any(isinstance(step, NumberStep) and not isinstance(step, Move) for step in steps)


def _run(chain: tuple[Step, ...], span: TimeSpan) -> TimeSpan:
    for step in chain:
        span = TimeSpan(None, None) if isinstance(step, NumberStep) else step.apply(span)
    return span


def _run_numbers(chain: tuple[Step, ...], span: NumberSpan) -> NumberSpan:
    for step in chain:
        if isinstance(step, Ends):
            span = step.apply_to_numbers(span)
        else:
            span = NumberSpan(None, None) if isinstance(step, TimeStep) else step.apply(span)
    return span


def _ceil(unit: Granularity, moment: datetime) -> datetime | None:
    try:
        return unit.ceil(moment)
    except (OverflowError, ValueError):
        return None


def _earlier(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else min(a, b)


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else max(a, b)


# Off the calendar a start becomes None or the last moment, an end None or the first: wider, still monotone.


def _start_plus(moment: datetime | None, offset: timedelta) -> datetime | None:
    try:
        return None if moment is None else moment + offset
    except OverflowError:
        return None if offset < timedelta() else LAST_MOMENT


def _end_plus(moment: datetime | None, offset: timedelta) -> datetime | None:
    try:
        return None if moment is None else moment + offset
    except OverflowError:
        return None if offset > timedelta() else FIRST_MOMENT


def _start_plus_months(moment: datetime | None, months: int) -> datetime | None:
    if moment is None or not months:
        return moment
    year, month = _month_after(moment, months)
    if not 1 <= year <= 9999:
        return None if months < 0 else LAST_MOMENT
    last = _days(year, month)
    if last <= moment.day < _days(moment.year, moment.month):
        # January 30 at noon and January 31 at dawn both move to February 28, the later to the earlier hour.
        return datetime(year, month, last)
    return moment.replace(year=year, month=month, day=min(moment.day, last))


def _end_plus_months(moment: datetime | None, months: int) -> datetime | None:
    if moment is None or not months:
        return moment
    year, month = _month_after(moment, months)
    if not 1 <= year <= 9999:
        return None if months > 0 else FIRST_MOMENT
    last = _days(year, month)
    if moment.day > last:
        # January 29 at 23:00, though before January 30, moves to February 28 at 23:00: the whole month is in.
        return _end_plus(datetime(year, month, last), timedelta(days=1))
    if moment.day == _days(moment.year, moment.month) and moment.time() != time():
        # A month takes January 28 at dawn, but January 31 at dawn as well, to February 28 at dawn.
        return moment.replace(year=year, month=month, day=last)
    return moment.replace(year=year, month=month)


def _month_after(moment: datetime, months: int) -> tuple[int, int]:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return year, month + 1


def _days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]

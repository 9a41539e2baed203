"""When a zone's clock is set, and which instants its wall clock stands for.

Python's time zone data is the only one that decides which partition an instant lies in: databases bring data of their
own, which may be older or newer. So SQL is given instants and offsets, never the name of a zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from swathe.frozen import frozen
from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, TimeSpan

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Change:
    """A zone's clock is set forward or back at a UTC instant."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def skipped(self) -> timedelta:
        """How much of the wall clock is left out."""
        return max(self.after - self.before, timedelta())

    @property
    def repeated(self) -> timedelta:
        """How much of the wall clock comes twice."""
        return max(self.before - self.after, timedelta())

    @property
    def gap(self) -> TimeSpan | None:
        """The wall clock that is left out; None where it is set back."""
        return TimeSpan(self.at + self.before, self.at + self.after) if self.skipped else None


@frozen
class Piece:
    """A span of UTC instants in which a zone's clock is ahead of UTC by one offset."""

    instants: TimeSpan
    offset: timedelta


_REACH = timedelta(hours=25)
"""More than any zone's clock was ever set at once (24 hours, across the date line), and less than half the
time between two changes of a zone (95 hours).
"""

_STRIDE = timedelta(hours=90)
"""Less than the time between two changes of a zone."""


def changes_near(instant: datetime, zone: ZoneInfo) -> Iterator[Change]:
    """The changes within reach of a UTC instant, on either side: none or one."""
    instant = instant.replace(microsecond=0)
    for first, last in ((_plus(instant, -_REACH), instant), (instant, _plus(instant, _REACH))):
        if first is not None and last is not None and (change := _change(first, last, zone)) is not None:
            yield change


def changes_between(zone: str, start: datetime, end: datetime) -> Iterator[Change]:
    """The changes after one UTC instant and before another, in order."""
    for year in range(start.year, end.year + 1):
        yield from (change for change in _changes_in(zone, year) if start < change.at < end)


def pieces(zone: str, start: datetime, end: datetime) -> tuple[Piece, ...]:
    """The UTC instants from `start` to `end` (exclusive), cut where the clock is set."""
    offset = offset_at(start, ZoneInfo(zone))
    found = []
    for change in changes_between(zone, start, end):
        found.append(Piece(TimeSpan(start, change.at), offset))
        start, offset = change.at, change.after
    return (*found, Piece(TimeSpan(start, end), offset))


def instants_of(zone: str, wall: TimeSpan, hull: TimeSpan) -> tuple[TimeSpan, ...]:
    """Exactly the UTC instants inside a bounded hull at which the clock reads a time in a bounded span, in order.

    More than one span where the clock is set back into the span from beyond its end; none where all of it is skipped.
    """
    if hull.start is None or hull.end is None or wall.start is None or wall.end is None:
        raise ValueError("an unbounded span has no list of instants")
    found: list[TimeSpan] = []
    for piece in pieces(zone, hull.start, hull.end):
        assert piece.instants.start is not None and piece.instants.end is not None  # noqa: S101, PT018 - of a bounded hull
        start = max(piece.instants.start, _clipped(wall.start, -piece.offset))
        end = min(piece.instants.end, _clipped(wall.end, -piece.offset))
        if start >= end:
            continue
        if found and found[-1].end == start:
            start = found.pop().start or start
        found.append(TimeSpan(start, end))
    return tuple(found)


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    """What the wall clock of a zone is ahead of UTC at a UTC instant."""
    inside = min(max(instant, _FIRST), _LAST)
    return inside.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def offsets_of_wall(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Both readings of a wall clock (PEP 495). The first is greater if it comes twice, less if skipped."""
    inside = min(max(wall, _FIRST), _LAST)
    first, second = (inside.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return first, second


_FIRST = FIRST_MOMENT + timedelta(days=2)
_LAST = LAST_MOMENT - timedelta(days=2)
"""Closer to the ends of the calendar Python can't convert between zones; no clock changes there."""


@lru_cache(maxsize=4096)
def _changes_in(zone: str, year: int) -> tuple[Change, ...]:
    """The changes after the first moment of a UTC year, up to and with that of the next."""
    info = ZoneInfo(zone)
    end = datetime(year + 1, 1, 1) if year < LAST_MOMENT.year else _LAST.replace(microsecond=0)
    first = datetime(year, 1, 1)
    found = []
    while first < end:
        last = min(first + _STRIDE, end)
        if (change := _change(first, last, info)) is not None:
            found.append(change)
        first = last
    return tuple(found)


def _change(first: datetime, last: datetime, zone: ZoneInfo) -> Change | None:
    """The only change after `first` and not after `last`, both whole seconds."""
    before, after = offset_at(first, zone), offset_at(last, zone)
    if before == after:
        return None
    low, high = 0, (last - first) // timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(first + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return Change(first + timedelta(seconds=high), before, after)


def _plus(instant: datetime, offset: timedelta) -> datetime | None:
    try:
        return instant + offset
    except OverflowError:
        return None


def _clipped(moment: datetime, offset: timedelta) -> datetime:
    try:
        return moment + offset
    except OverflowError:
        return FIRST_MOMENT if offset < timedelta() else LAST_MOMENT

"""The widths of time partitions, and the integer ordinals that stand for them.

Times here are naive: the wall clock of the partition column. An ordinal counts units since 1970, so day 0 is
1970-01-01, month 0 is January 1970 and week 0 starts on Monday 1969-12-29, the week that holds 1970-01-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from swathe.frozen import frozen

EPOCH = datetime(1970, 1, 1)
FIRST_MOMENT = datetime(1, 1, 1)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999999)
_WEEK_EPOCH = datetime(1969, 12, 29)
_HOUR = timedelta(hours=1)


class Granularity(StrEnum):
    """The width of a time partition."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int | None:
        """Months in one unit; None for the units of fixed length."""
        return _MONTHS.get(self)

    @property
    def fixed(self) -> timedelta | None:
        """Length of one unit; None for the units that are counted in months."""
        return _FIXED.get(self)

    def ordinal(self, moment: datetime) -> int:
        """The unit that holds `moment`.

        >>> Granularity.DAY.ordinal(datetime(1970, 1, 2, 12))
        1
        >>> Granularity.WEEK.ordinal(datetime(1970, 1, 5))
        1
        """
        if months := self.months:
            return ((moment.year - 1970) * 12 + moment.month - 1) // months
        width = _FIXED[self]
        return (moment - self._origin) // width

    def ordinals(self, moments: Iterable[datetime]) -> list[int]:
        """The same of many.

        >>> Granularity.HOUR.ordinals([datetime(1970, 1, 1, 1), datetime(1969, 12, 31, 23, 59)])
        [1, -1]
        """
        if self.months:
            return [self.ordinal(moment) for moment in moments]
        width, origin = _FIXED[self], self._origin
        return [(moment - origin) // width for moment in moments]

    def start(self, ordinal: int) -> datetime:
        """The first moment of a unit. Raises OverflowError or ValueError outside the years 1 to 9999.

        >>> Granularity.QUARTER.start(1)
        datetime.datetime(1970, 4, 1, 0, 0)
        """
        if months := self.months:
            year, month = divmod(ordinal * months, 12)
            return datetime(1970 + year, month + 1, 1)
        return self._origin + ordinal * _FIXED[self]

    def floor(self, moment: datetime) -> datetime:
        """The start of the unit that holds `moment`."""
        return self.start(self.ordinal(moment))

    def ceil(self, moment: datetime) -> datetime:
        """The first unit start at or after `moment`."""
        floor = self.floor(moment)
        return floor if floor == moment else self.start(self.ordinal(moment) + 1)

    def key(self, ordinal: int) -> str:
        """The key of a unit, from hour to year: `2013-01-31T05`, `2013-01-31`, `2013-01-28` (a week's
        Monday), `2013-01`, `2013-Q1`, `2013`.
        """
        start = self.start(ordinal)
        match self:
            case Granularity.HOUR:
                return f"{_day(start)}T{start.hour:02d}"
            case Granularity.DAY | Granularity.WEEK:
                return _day(start)
            case Granularity.MONTH:
                return f"{start.year:04d}-{start.month:02d}"
            case Granularity.QUARTER:
                return f"{start.year:04d}-Q{(start.month + 2) // 3}"
            case Granularity.YEAR:
                return f"{start.year:04d}"

    @property
    def _origin(self) -> datetime:
        return _WEEK_EPOCH if self is Granularity.WEEK else EPOCH


_MONTHS = {Granularity.MONTH: 1, Granularity.QUARTER: 3, Granularity.YEAR: 12}
_FIXED = {Granularity.HOUR: _HOUR, Granularity.DAY: timedelta(days=1), Granularity.WEEK: timedelta(days=7)}


def _day(moment: datetime) -> str:
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"


@frozen
class TimeSpan:
    """The moments from `start` (inclusive) to `end` (exclusive); None is unbounded.

    Naive: a column's own clock.
    """

    start: datetime | None
    end: datetime | None

    def hull(self, other: TimeSpan) -> TimeSpan:
        """The smallest span that covers both."""
        return TimeSpan(
            None if self.start is None or other.start is None else min(self.start, other.start),
            None if self.end is None or other.end is None else max(self.end, other.end),
        )


_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])", re.IGNORECASE)
_ISO_WEEK = re.compile(r"([0-9]{4})-?W([0-9]{2})", re.IGNORECASE)
_YEAR_MONTH_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_HOUR_TEXT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2})(?::00)?(?::00)?Z?", re.IGNORECASE)


def parse_span(text: str) -> TimeSpan:
    """What a key of any granularity covers. Raises ValueError, with the text in it, when that is no time key.

    The end is None for the last unit of the calendar, which ends after the year 9999.

    >>> parse_span("2013-02")
    TimeSpan(start=datetime.datetime(2013, 2, 1, 0, 0), end=datetime.datetime(2013, 3, 1, 0, 0))
    >>> parse_span("2013-W01").start
    datetime.datetime(2012, 12, 31, 0, 0)
    """
    try:
        span = _parse(text.strip())
    except ValueError as error:
        raise ValueError(f"`{text}` is not a time key: {error}") from error
    if span is None:
        raise ValueError(f"`{text}` is not a time key")
    return span


def _parse(text: str) -> TimeSpan | None:
    if found := _QUARTER.fullmatch(text):
        return _unit(Granularity.QUARTER, datetime(int(found[1]), int(found[2]) * 3 - 2, 1))
    if found := _ISO_WEEK.fullmatch(text):
        monday = datetime.combine(date.fromisocalendar(int(found[1]), int(found[2]), 1), time())
        return _unit(Granularity.WEEK, monday)
    if found := _YEAR_MONTH_DAY.fullmatch(text):
        year, month, day = int(found[1]), found[2], found[3]
        granularity = Granularity.DAY if day else Granularity.MONTH if month else Granularity.YEAR
        return _unit(granularity, datetime(year, int(month or 1), int(day or 1)))
    if found := _HOUR_TEXT.fullmatch(text):
        return _unit(Granularity.HOUR, datetime.combine(date.fromisoformat(found[1]), time(int(found[2]))))
    return None


def _unit(granularity: Granularity, moment: datetime) -> TimeSpan:
    ordinal = granularity.ordinal(moment)
    try:
        end = granularity.start(ordinal + 1)
    except (OverflowError, ValueError):
        end = None
    return TimeSpan(granularity.start(ordinal), end)

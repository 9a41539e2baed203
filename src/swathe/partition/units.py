"""The units that a table is cut into: one width of time, or several at once, or weeks from another day than Monday."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from swathe.frozen import frozen
from swathe.partition.granularity import EPOCH, Granularity


class Weekday(StrEnum):
    """The day that a week begins with."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def days_after_monday(self) -> int:
        return list(Weekday).index(self)


_WEEK = timedelta(days=7)


@frozen
class Units:
    """Units of `every` hours or days, counted from 1970-01-01T00; or any other granularity.

    `every` is 1 for all but hours and days. Unit 0 begins with 1970, or is the week that holds 1970-01-01. Times are
    naive: a wall clock's.

    >>> Units(Granularity.HOUR, every=6).key(-1)
    '1969-12-31T18'
    >>> Units(Granularity.WEEK, week_start=Weekday.SUNDAY).key(0)
    '1969-12-28'
    """

    granularity: Granularity
    every: int = 1
    week_start: Weekday = Weekday.MONDAY

    @property
    def months(self) -> int | None:
        """Months in one unit; None for the units of fixed length."""
        return self.granularity.months

    @property
    def fixed(self) -> timedelta | None:
        """Length of one unit; None for the units that are counted in months."""
        width = self.granularity.fixed
        return None if width is None else width * self.every

    @property
    def name(self) -> str:
        """What one is, in words: `day`, `6 hours`, `week from Sunday`."""
        if self.every > 1:
            return f"{self.every} {self.granularity}s"
        return str(self.granularity) + (f" from {self.week_start.capitalize()}" if self._moved else "")

    @property
    def noun(self) -> str:
        """What one is called where several may be counted."""
        return "partition" if self.every > 1 else str(self.granularity)

    def ordinal(self, moment: datetime) -> int:
        """The unit that holds `moment`."""
        if self._moved:
            return (moment - self._week_epoch) // _WEEK
        return self.granularity.ordinal(moment) // self.every

    def ordinals(self, moments: Iterable[datetime]) -> list[int]:
        """The same of many."""
        if self._moved:
            return [self.ordinal(moment) for moment in moments]
        found = self.granularity.ordinals(moments)
        return found if self.every == 1 else [ordinal // self.every for ordinal in found]

    def start(self, ordinal: int) -> datetime:
        """The first moment of a unit.

        Raises OverflowError or ValueError outside the years 1 to 9999, where the first unit of year 1 may begin.
        """
        if self._moved:
            return self._week_epoch + ordinal * _WEEK
        return self.granularity.start(ordinal * self.every)

    def floor(self, moment: datetime) -> datetime:
        """The start of the unit that holds `moment`."""
        return self.start(self.ordinal(moment))

    def key(self, ordinal: int) -> str:
        """The key of a unit: that of its first hour, day, …; a week's is its first day."""
        if self._moved:
            return Granularity.DAY.key(Granularity.DAY.ordinal(self.start(ordinal)))
        return self.granularity.key(ordinal * self.every)

    @property
    def _moved(self) -> bool:
        return self.granularity is Granularity.WEEK and self.week_start is not Weekday.MONDAY

    @property
    def _week_epoch(self) -> datetime:
        after_monday = (EPOCH.weekday() - self.week_start.days_after_monday) % 7
        return EPOCH - timedelta(days=after_monday)

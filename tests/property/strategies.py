"""What the laws are tried on: intervals, granularities, moments, zones and windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import TimeScheme
from swathe.partition.units import Units, Weekday
from swathe.partition.window import (
    Align,
    Delta,
    Ends,
    LocalToUtc,
    Shift,
    Since,
    Step,
    Truncate,
    Until,
    Untruncate,
    UtcToLocal,
    Window,
)

law = settings(deadline=None)

granularities = st.sampled_from(list(Granularity))

any_moment = st.datetimes()
"""The whole calendar, to the microsecond."""

edge_moments = st.one_of(
    st.integers(0, 10**9).map(lambda seconds: FIRST_MOMENT + timedelta(seconds=seconds % (500 * 86400))),
    st.integers(0, 10**9).map(lambda seconds: LAST_MOMENT - timedelta(seconds=seconds % (500 * 86400))),
)
"""The first and the last months of the calendar."""

CHANGES = {
    "America/New_York": (datetime(2013, 3, 10, 7), datetime(2013, 11, 3, 6)),
    "Europe/Berlin": (datetime(2013, 3, 31, 1), datetime(2013, 10, 27, 1)),
    "Australia/Lord_Howe": (datetime(2013, 4, 6, 15), datetime(2013, 10, 5, 15, 30)),
    "America/St_Johns": (datetime(2006, 4, 2, 3, 31), datetime(2006, 10, 29, 2, 31)),
    "America/Sao_Paulo": (datetime(2017, 10, 15, 3), datetime(2018, 2, 18, 2)),
    "Pacific/Apia": (datetime(2011, 12, 30, 10),),
    "Pacific/Kwajalein": (datetime(1969, 9, 30, 13),),
    "Asia/Kolkata": (datetime(2013, 6, 1),),
}
"""UTC instants at which a zone's clock is set: by an hour, by half of one, at midnight, a minute past it, and across the
date line. Kolkata's is left alone."""


def ordinals_of(granularity: Granularity) -> st.SearchStrategy[int]:
    """Every unit of the calendar."""
    return st.integers(granularity.ordinal(FIRST_MOMENT), granularity.ordinal(LAST_MOMENT))


def intervals(low: int = -40, high: int = 40) -> st.SearchStrategy[Interval]:
    return st.builds(lambda start, length: Interval(start, start + length), st.integers(low, high), st.integers(1, 12))


def interval_sets(low: int = -40, high: int = 40) -> st.SearchStrategy[IntervalSet]:
    return st.lists(intervals(low, high), max_size=6).map(IntervalSet.merge)


def durations(days: int) -> st.SearchStrategy[timedelta]:
    """From no time to so many days, often a few minutes, whole hours or whole days."""
    return st.one_of(
        st.integers(0, 150).map(lambda count: timedelta(minutes=count)),
        st.integers(0, days).map(lambda count: timedelta(days=count)),
        st.integers(0, days * 24).map(lambda count: timedelta(hours=count)),
        st.integers(0, days * 86400 * 10**6).map(lambda count: timedelta(microseconds=count)),
    )


def offsets(days: int) -> st.SearchStrategy[timedelta]:
    return st.builds(lambda length, sign: length * sign, durations(days), st.sampled_from((1, -1)))


deltas = st.one_of(
    st.builds(Delta, fixed=offsets(40)),
    st.builds(Delta, months=st.integers(-14, 14)),
    st.builds(Delta, months=st.integers(-14, 14), fixed=offsets(40)),
)

month_ends = st.builds(
    lambda year, month, offset: datetime(year, month, 1) + offset,
    st.integers(2011, 2016),
    st.integers(1, 12),
    offsets(4),
)
"""Moments around the first of a month, leap years among them."""

zones = st.sampled_from(sorted(CHANGES))


@st.composite
def instants_near_change(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a UTC instant within three days of a change of its clock."""
    zone = draw(zones)
    change = draw(st.sampled_from(CHANGES[zone]))
    return zone, change + draw(offsets(3))


@st.composite
def walls_near_change(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a reading of its clock around a change, one that was skipped or repeated among them."""
    zone = draw(zones)
    change = draw(st.sampled_from(CHANGES[zone]))
    return zone, wall_clock(zone, change) + draw(offsets(3))


def wall_clock(zone: str, instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def readings(zone: str, wall: datetime) -> set[datetime]:
    """The UTC instants an engine may take a wall clock for: both of a repeated time; for a skipped time the one by
    the offset before the change.
    """
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return {instant.replace(tzinfo=None) for instant in ({first, second} if first < second else {first})}


steps = st.one_of(
    st.builds(Shift, deltas, deltas),
    deltas.map(lambda delta: Shift(delta, delta)),
    st.builds(Align, granularities),
    st.builds(Truncate, granularities),
    st.builds(Untruncate, granularities),
    st.builds(LocalToUtc, zones),
    st.builds(UtcToLocal, zones),
)


def _windows(step: st.SearchStrategy[Step]) -> st.SearchStrategy[Window]:
    return st.lists(st.lists(step, max_size=3).map(tuple), min_size=1, max_size=3).map(
        lambda chains: Window(tuple(dict.fromkeys(chains)))
    )


_plain = _windows(steps)
windows = _windows(st.one_of(steps, st.builds(Ends, _plain, _plain)))
any_windows = _windows(st.one_of(steps, st.sampled_from((Until(), Since()))))
"""Also such as have no start or no end."""


def spans_around(moments: st.SearchStrategy[datetime], days: int = 40) -> st.SearchStrategy[TimeSpan]:
    """Non-empty spans that start at one of the moments."""
    return st.builds(
        lambda start, length: TimeSpan(start, start + length + timedelta.resolution), moments, durations(days)
    )


moments = st.one_of(
    month_ends,
    instants_near_change().map(lambda pair: pair[1]),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
)

spans = spans_around(moments)

all_units = st.one_of(
    st.builds(Units, granularities),
    st.builds(Units, st.just(Granularity.HOUR), st.integers(1, 50)),
    st.builds(Units, st.just(Granularity.DAY), st.integers(1, 20)),
    st.builds(Units, st.just(Granularity.WEEK), week_start=st.sampled_from(Weekday)),
)


@st.composite
def schemes_of_instants(draw: st.DrawFn) -> tuple[TimeScheme, datetime]:
    """A table of instants cut on a zone's clock, and an instant near a change of that clock."""
    zone, instant = draw(instants_near_change())
    units = draw(all_units)
    scheme = TimeScheme(units.granularity, zone, "seen_at", units.every, units.week_start, instants=True)
    return scheme, instant

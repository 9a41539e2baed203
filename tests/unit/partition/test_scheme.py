from __future__ import annotations

from datetime import datetime

import pytest

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import TimeScheme, WholeScheme
from swathe.partition.units import Weekday

DAYS, WEEKS, MONTHS = TimeScheme(Granularity.DAY), TimeScheme(Granularity.WEEK), TimeScheme(Granularity.MONTH)
ALL_SCHEMES = [TimeScheme(granularity) for granularity in Granularity]


def keys(scheme: TimeScheme, interval: Interval) -> tuple[str, str]:
    return scheme.key(interval.start), scheme.key(interval.last)


def test_a_coarse_key_covers_the_partitions_inside() -> None:
    assert keys(DAYS, DAYS.parse("2012-02")) == ("2012-02-01", "2012-02-29")
    assert keys(DAYS, DAYS.parse("2013-W01")) == ("2012-12-31", "2013-01-06")
    assert keys(MONTHS, MONTHS.parse("2013-Q2")) == ("2013-04", "2013-06")
    assert len(TimeScheme(Granularity.HOUR).parse("2013")) == 365 * 24


def test_a_key_that_cuts_through_partitions_covers_all_it_touches() -> None:
    assert keys(WEEKS, WEEKS.parse("2013-01")) == ("2012-12-31", "2013-01-28")
    assert keys(WEEKS, WEEKS.parse("2013-01-30")) == ("2013-01-28", "2013-01-28")
    assert keys(MONTHS, MONTHS.parse("2013-01-30T05")) == ("2013-01", "2013-01")


@pytest.mark.parametrize("scheme", ALL_SCHEMES, ids=lambda scheme: scheme.unit)
@pytest.mark.parametrize("moment", [FIRST_MOMENT, datetime(1969, 12, 31, 23), LAST_MOMENT], ids=str)
def test_keys_round_trip_to_the_ends_of_the_calendar(scheme: TimeScheme, moment: datetime) -> None:
    ordinal = scheme.granularity.ordinal(moment)
    assert scheme.parse(scheme.key(ordinal)) == Interval(ordinal, ordinal + 1)


def test_the_last_year_covers_its_days() -> None:
    assert keys(DAYS, DAYS.parse("9999")) == ("9999-01-01", "9999-12-31")


@pytest.mark.parametrize("scheme", ALL_SCHEMES, ids=lambda scheme: scheme.unit)
def test_the_last_partition_of_the_calendar_has_no_bounds(scheme: TimeScheme) -> None:
    last = scheme.granularity.ordinal(LAST_MOMENT)
    with pytest.raises((OverflowError, ValueError)):
        scheme.bounds(Interval(last, last + 1))


def test_keys_are_on_the_clock_of_the_column() -> None:
    new_york = TimeScheme(Granularity.DAY, "America/New_York")
    assert keys(new_york, new_york.parse("2013-03-10T23")) == ("2013-03-10", "2013-03-10")
    with pytest.raises(ValueError, match="is a time in UTC"):
        new_york.parse("2013-03-10T23Z")
    assert keys(DAYS, DAYS.parse("2013-03-10T23Z")) == ("2013-03-10", "2013-03-10")


def test_bounds_are_half_open() -> None:
    assert MONTHS.bounds(MONTHS.parse("2013-Q1")) == TimeSpan(datetime(2013, 1, 1), datetime(2013, 4, 1))


def test_overlapping_counts_every_partition_with_a_moment_in_the_span() -> None:
    noon = TimeSpan(datetime(2013, 1, 1, 12), datetime(2013, 1, 3))
    assert keys(DAYS, DAYS.overlapping(noon)) == ("2013-01-01", "2013-01-02")
    past = TimeSpan(datetime(2013, 1, 1), datetime(2013, 1, 3, 0, 0, 0, 1))
    assert keys(DAYS, DAYS.overlapping(past)) == ("2013-01-01", "2013-01-03")


def test_overlapping_without_a_bound_ends_with_the_calendar() -> None:
    before = DAYS.overlapping(TimeSpan(None, datetime(2013, 1, 2)))
    assert keys(DAYS, before) == ("0001-01-01", "2013-01-01")
    assert DAYS.ends(before) == (None, DAYS.parse("2013-01-01").start)
    after = DAYS.overlapping(TimeSpan(datetime(2013, 1, 2), None))
    assert keys(DAYS, after) == ("2013-01-02", "9999-12-31")
    assert DAYS.ends(after) == (DAYS.parse("2013-01-02").start, None)


def test_between_leaves_out_what_is_cut() -> None:
    found = MONTHS.between(datetime(2013, 1, 2), datetime(2013, 4, 1))
    assert found == IntervalSet.of(Interval(MONTHS.parse("2013-02").start, MONTHS.parse("2013-03").end))
    assert not MONTHS.between(datetime(2013, 1, 2), datetime(2013, 2, 28))
    assert not MONTHS.between(datetime(2014, 1, 1), datetime(2013, 1, 1))
    assert not TimeScheme(Granularity.YEAR).between(datetime(9999, 6, 1), LAST_MOMENT)


def test_an_unpartitioned_table_is_one_partition() -> None:
    whole = WholeScheme()
    assert whole.unit == whole.key(0) == "all"
    assert whole.parse(" all ") == Interval(0, 1)
    with pytest.raises(ValueError, match="`2013` is not `all`"):
        whole.parse("2013")


NEW_YORK = TimeScheme(Granularity.HOUR, "America/New_York", "seen_at", instants=True)
ST_JOHNS = TimeScheme(Granularity.DAY, "America/St_Johns", "seen_at", instants=True)


def test_days_of_instants_are_as_long_as_the_clock_makes_them() -> None:
    days = TimeScheme(Granularity.DAY, "America/New_York", "seen_at", instants=True)
    for key, hours in (("2013-03-10", 23), ("2013-07-04", 24), ("2013-11-03", 25)):
        (span,) = days.ranges(days.parse(key))
        assert span.start is not None
        assert span.end is not None
        assert (span.end - span.start).total_seconds() == hours * 3600
        assert days.bounds(days.parse(key)) == span


def test_a_repeated_hour_is_one_partition_and_a_skipped_hour_is_none() -> None:
    (repeated,) = NEW_YORK.ranges(NEW_YORK.parse("2013-11-03T01"))
    assert repeated == TimeSpan(datetime(2013, 11, 3, 5), datetime(2013, 11, 3, 7))
    skipped = NEW_YORK.parse("2013-03-10T02")
    assert NEW_YORK.ranges(skipped) == ()
    around = IntervalSet.span(skipped.start - 1, skipped.end + 1)
    assert NEW_YORK.existing(around) == around - IntervalSet.of(skipped)
    assert NEW_YORK.existing(IntervalSet.of(skipped)) == IntervalSet()


def test_a_day_that_the_clock_leaves_and_enters_again_is_two_spans() -> None:
    first, second = ST_JOHNS.ranges(ST_JOHNS.parse("2006-10-28"))
    assert first == TimeSpan(datetime(2006, 10, 28, 2, 30), datetime(2006, 10, 29, 2, 30))
    assert second == TimeSpan(datetime(2006, 10, 29, 2, 31), datetime(2006, 10, 29, 3, 30))


def test_a_partition_has_ended_when_the_clock_has_left_it_for_good() -> None:
    for scheme in (ST_JOHNS, TimeScheme(Granularity.DAY, "America/St_Johns", "day")):
        first_open = [
            scheme.key(scheme.first_open(moment))
            for moment in (
                datetime(2006, 10, 29, 2, 30, 30),
                datetime(2006, 10, 29, 3, 29),
                datetime(2006, 10, 29, 3, 30),
            )
        ]
        assert first_open == ["2006-10-28", "2006-10-28", "2006-10-29"]


def test_several_hours_are_counted_from_1970() -> None:
    shifts = TimeScheme(Granularity.HOUR, every=6)
    assert keys(shifts, shifts.parse("2013-03-10")) == ("2013-03-10T00", "2013-03-10T18")
    assert keys(shifts, shifts.parse("2013-03-10T07")) == ("2013-03-10T06", "2013-03-10T06")
    fortnights = TimeScheme(Granularity.DAY, every=14)
    assert keys(fortnights, fortnights.parse("1970-01-20")) == ("1970-01-15", "1970-01-15")
    assert keys(fortnights, fortnights.parse("1969-12-31")) == ("1969-12-18", "1969-12-18")


def test_a_week_has_the_key_of_its_first_day() -> None:
    weeks = TimeScheme(Granularity.WEEK, week_start=Weekday.SUNDAY)
    assert keys(weeks, weeks.parse("2013-01-05")) == ("2012-12-30", "2012-12-30")
    assert keys(weeks, weeks.parse("2013-W01")) == ("2012-12-30", "2013-01-06")

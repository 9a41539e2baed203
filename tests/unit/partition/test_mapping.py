from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.relative import lookback_window
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.window import Delta, LocalToUtc, Shift, Since, Until, Window

HOURS, DAYS, WEEKS, MONTHS = (
    TimeScheme(granularity) for granularity in (Granularity.HOUR, Granularity.DAY, Granularity.WEEK, Granularity.MONTH)
)
YEAR_OF_DAYS = DAYS.parse("2013")


def reads(mapping: Mapping, key: str) -> tuple[str, str]:
    """The first and last key of the input that a key of the reader covers."""
    assert isinstance(mapping.input, TimeScheme)
    found = mapping.reads(mapping.reader.parse(key))
    assert found is not None
    return mapping.input.key(found.start), mapping.input.key(found.last)


def readers(mapping: Mapping, key: str, within: Interval) -> list[tuple[str, str]]:
    """The same, backwards."""
    found = mapping.readers(IntervalSet.of(mapping.input.parse(key)), within)
    return [(mapping.reader.key(interval.start), mapping.reader.key(interval.last)) for interval in found]


def test_the_identity_reads_the_same_partition() -> None:
    same = Mapping(Window(), DAYS, DAYS)
    assert reads(same, "2013-05-20") == ("2013-05-20", "2013-05-20")
    assert readers(same, "2013-05-20", YEAR_OF_DAYS) == [("2013-05-20", "2013-05-20")]


def test_months_read_their_days_and_days_their_month() -> None:
    assert reads(Mapping(Window(), MONTHS, DAYS), "2012-02") == ("2012-02-01", "2012-02-29")
    assert reads(Mapping(Window(), DAYS, MONTHS), "2012-02-15") == ("2012-02", "2012-02")
    assert readers(Mapping(Window(), DAYS, MONTHS), "2013-02", YEAR_OF_DAYS) == [("2013-02-01", "2013-02-28")]


def test_weeks_and_months_cut_through_each_other() -> None:
    mapping = Mapping(Window(), MONTHS, WEEKS)
    assert reads(mapping, "2013-02") == ("2013-01-28", "2013-02-25")
    assert readers(mapping, "2013-01-28", MONTHS.parse("2013")) == [("2013-01", "2013-02")]


def test_a_lookback_is_read_by_the_partitions_after() -> None:
    rolling = Mapping(lookback_window(6, Granularity.DAY), DAYS, DAYS)
    assert reads(rolling, "2013-05-20") == ("2013-05-14", "2013-05-20")
    assert readers(rolling, "2013-05-20", YEAR_OF_DAYS) == [("2013-05-20", "2013-05-26")]
    assert readers(rolling, "2013-12-30", YEAR_OF_DAYS) == [("2013-12-30", "2013-12-31")]


def test_local_days_read_utc_hours() -> None:
    new_york = TimeScheme(Granularity.DAY, "America/New_York")
    mapping = Mapping(Window(((LocalToUtc("America/New_York"),),)), new_york, HOURS)
    assert reads(mapping, "2013-07-04") == ("2013-07-04T04", "2013-07-05T03")
    for day, hours in (("2013-03-10", 23), ("2013-07-04", 24), ("2013-11-03", 25)):
        found = mapping.reads(new_york.parse(day))
        assert found is not None
        assert len(found) == hours
    assert readers(mapping, "2013-11-04T04", YEAR_OF_DAYS) == [("2013-11-03", "2013-11-03")]


def test_a_run_is_read_like_its_partitions() -> None:
    rolling = Mapping(lookback_window(6, Granularity.DAY), DAYS, DAYS)
    assert reads(rolling, "2013-05") == ("2013-04-25", "2013-05-31")


def test_changes_that_are_apart_have_readers_that_are_apart() -> None:
    mapping = Mapping(Window(), MONTHS, DAYS)
    changed = IntervalSet.of(DAYS.parse("2013-02-03"), DAYS.parse("2013-02-20"), DAYS.parse("2013-07-01"))
    found = mapping.readers(changed, MONTHS.parse("2013"))
    assert found == IntervalSet.of(MONTHS.parse("2013-02"), MONTHS.parse("2013-07"))


def test_nothing_changed_has_no_readers() -> None:
    for window in (Window(), None):
        assert not Mapping(window, DAYS, DAYS).readers(IntervalSet(), YEAR_OF_DAYS)
    assert readers(Mapping(Window(), DAYS, DAYS), "2012-05-20", YEAR_OF_DAYS) == []


@pytest.mark.parametrize(
    ("window", "reader", "source"),
    [(None, DAYS, DAYS), (Window(), WholeScheme(), DAYS), (Window(), DAYS, WholeScheme())],
    ids=["no window", "unpartitioned reader", "unpartitioned input"],
)
def test_the_whole_input_is_read_by_everyone(window: Window | None, reader: Line, source: Line) -> None:
    mapping = Mapping(window, reader, source)
    assert mapping.is_whole
    assert mapping.reads(Interval(0, 1)) is None
    assert mapping.readers(IntervalSet.span(0, 1), YEAR_OF_DAYS) == IntervalSet.of(YEAR_OF_DAYS)


class TestHalfOpenWindows:
    def test_a_running_total_is_stale_by_what_lies_before_and_no_later(self) -> None:
        mapping = Mapping(Window(((Until(),),)), DAYS, DAYS)
        assert mapping.reads(DAYS.parse("2013-01-05")) == DAYS.overlapping(TimeSpan(None, datetime(2013, 1, 6)))
        assert readers(mapping, "2013-03-05", YEAR_OF_DAYS) == [("2013-03-05", "2013-12-31")]
        assert not mapping.is_bounded
        assert not mapping.is_whole

    def test_what_looks_ahead_is_stale_by_what_lies_after(self) -> None:
        mapping = Mapping(Window(((Since(),),)), DAYS, DAYS)
        assert readers(mapping, "2013-03-05", YEAR_OF_DAYS) == [("2013-01-01", "2013-03-05")]

    def test_both_ways_is_everything(self) -> None:
        mapping = Mapping(Window(((Since(),), (Until(),))), DAYS, DAYS)
        assert mapping.reads(DAYS.parse("2013-01-05")) is None
        assert readers(mapping, "2019-03-05", YEAR_OF_DAYS) == [("2013-01-01", "2013-12-31")]


class TestTheEndsOfTheCalendar:
    def test_partitions_that_leave_it_read_up_to_its_end(self) -> None:
        week_before = Mapping(lookback_window(7, Granularity.DAY), DAYS, DAYS)
        assert week_before.reads(DAYS.parse("0001-01-07")) == Interval(
            DAYS.parse("0001-01-01").start, DAYS.parse("0001-01-07").end
        )
        assert week_before.reads(DAYS.parse("0001-01-08")) == Interval(
            DAYS.parse("0001-01-01").start, DAYS.parse("0001-01-08").end
        )
        last = DAYS.parse("9999-12-31")
        assert Mapping(Window(), DAYS, DAYS).reads(last) == last
        assert Mapping(Window(), DAYS, DAYS).reads(Interval(-(10**9), 10**9)) is None

    def test_they_are_readers_of_what_lies_before_its_end(self) -> None:
        around = Delta(fixed=timedelta(days=2))
        mapping = Mapping(Window(((Shift(-around, around),),)), DAYS, DAYS)
        last = Interval(DAYS.parse("9999-12-20").start, DAYS.parse("9999-12-31").end)
        assert readers(mapping, "2013-01-01", last) == []
        assert readers(mapping, "9999-12-24", last) == [("9999-12-22", "9999-12-26")]
        assert readers(mapping, "9999-12-30", last) == [("9999-12-28", "9999-12-31")]
        first = Interval(DAYS.granularity.ordinal(FIRST_MOMENT), DAYS.parse("0001-01-20").end)
        assert readers(mapping, "2013-01-01", first) == []
        assert readers(mapping, "0001-01-02", first) == [("0001-01-01", "0001-01-04")]

    def test_a_window_that_leaves_it_everywhere_reads_everything(self) -> None:
        far = Delta(fixed=timedelta(days=3650000))
        mapping = Mapping(Window(((Shift(-far, far),),)), DAYS, DAYS)
        assert mapping.readers(IntervalSet.span(0, 1), YEAR_OF_DAYS) == IntervalSet.of(YEAR_OF_DAYS)

    def test_all_of_it_can_be_searched(self) -> None:
        calendar = Interval(DAYS.granularity.ordinal(FIRST_MOMENT), DAYS.granularity.ordinal(LAST_MOMENT) + 1)
        changed = IntervalSet.of(DAYS.overlapping(DAYS.bounds(DAYS.parse("2013-05"))))
        found = Mapping(Window(), DAYS, DAYS).readers(changed, calendar)
        assert found == changed
        assert datetime(2013, 5, 1) == DAYS.granularity.start(found.intervals[0].start)

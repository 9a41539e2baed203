from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan, parse_span
from swathe.partition.units import Units, Weekday

HOUR, DAY, WEEK = Granularity.HOUR, Granularity.DAY, Granularity.WEEK
MONTH, QUARTER, YEAR = Granularity.MONTH, Granularity.QUARTER, Granularity.YEAR


@pytest.mark.parametrize(
    ("granularity", "zero"),
    [
        (HOUR, "1970-01-01T00"),
        (DAY, "1970-01-01"),
        (WEEK, "1969-12-29"),
        (MONTH, "1970-01"),
        (QUARTER, "1970-Q1"),
        (YEAR, "1970"),
    ],
)
def test_ordinals_count_from_1970(granularity: Granularity, zero: str) -> None:
    assert granularity.key(0) == zero
    assert granularity.ordinal(datetime(1970, 1, 1)) == 0


@pytest.mark.parametrize(
    ("granularity", "before"),
    [
        (HOUR, "1969-12-31T23"),
        (DAY, "1969-12-31"),
        (WEEK, "1969-12-22"),
        (MONTH, "1969-12"),
        (QUARTER, "1969-Q4"),
        (YEAR, "1969"),
    ],
)
def test_ordinals_are_negative_before_1970(granularity: Granularity, before: str) -> None:
    assert granularity.key(-1) == before


@pytest.mark.parametrize(
    ("granularity", "first", "last"),
    [
        (HOUR, "0001-01-01T00", "9999-12-31T23"),
        (DAY, "0001-01-01", "9999-12-31"),
        (WEEK, "0001-01-01", "9999-12-27"),
        (MONTH, "0001-01", "9999-12"),
        (QUARTER, "0001-Q1", "9999-Q4"),
        (YEAR, "0001", "9999"),
    ],
)
def test_the_calendar_runs_from_year_1_to_9999(granularity: Granularity, first: str, last: str) -> None:
    low, high = granularity.ordinal(FIRST_MOMENT), granularity.ordinal(LAST_MOMENT)
    assert granularity.key(low) == first
    assert granularity.key(high) == last
    for outside in (low - 1, high + 1, -(10**12), 10**12):
        with pytest.raises((OverflowError, ValueError)):
            granularity.start(outside)


def test_units_hold_their_start_and_not_their_end() -> None:
    assert MONTH.ordinal(datetime(2013, 2, 1)) == MONTH.ordinal(datetime(2013, 2, 28, 23, 59, 59, 999999))
    assert MONTH.ordinal(datetime(2013, 3, 1)) == MONTH.ordinal(datetime(2013, 2, 1)) + 1


def test_weeks_start_on_monday() -> None:
    assert WEEK.floor(datetime(2013, 2, 3, 23)) == datetime(2013, 1, 28)
    assert WEEK.ceil(datetime(2013, 2, 3, 23)) == datetime(2013, 2, 4)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2013", datetime(2013, 1, 1), datetime(2014, 1, 1)),
        ("2013-Q4", datetime(2013, 10, 1), datetime(2014, 1, 1)),
        ("2013q4", datetime(2013, 10, 1), datetime(2014, 1, 1)),
        ("2012-02", datetime(2012, 2, 1), datetime(2012, 3, 1)),
        ("2013-2", datetime(2013, 2, 1), datetime(2013, 3, 1)),
        ("2013-W01", datetime(2012, 12, 31), datetime(2013, 1, 7)),
        ("2013-02-28", datetime(2013, 2, 28), datetime(2013, 3, 1)),
        ("2013-02-28T23", datetime(2013, 2, 28, 23), datetime(2013, 3, 1)),
        ("2013-02-28 05:00", datetime(2013, 2, 28, 5), datetime(2013, 2, 28, 6)),
        ("2013-02-28T05:00:00Z", datetime(2013, 2, 28, 5), datetime(2013, 2, 28, 6)),
        (" 1969-12-31 ", datetime(1969, 12, 31), datetime(1970, 1, 1)),
        ("0001", datetime(1, 1, 1), datetime(2, 1, 1)),
        ("9999-12-31", datetime(9999, 12, 31), None),
    ],
)
def test_a_key_covers_its_unit(text: str, start: datetime, end: datetime | None) -> None:
    assert parse_span(text) == TimeSpan(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all",
        "13",
        "0000",
        "10000",
        "2013-00",
        "2013-13",
        "2013-Q5",
        "2013-W00",
        "2013-W53",
        "2013-02-29",
        "2013-02-28T24",
        "2013-02-28T05:30",
        "2013-02-28T05+01:00",
        "2013-02-28; drop table flights",
        "2013-02\n2013-03",
        "٢٠١٣",
    ],
)
def test_what_is_no_key_is_named_in_the_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time key") as caught:
        parse_span(text)
    assert f"`{text}`" in str(caught.value)


def test_hull_of_spans_is_unbounded_where_either_is() -> None:
    may, june = parse_span("2013-05"), parse_span("2013-06")
    assert may.hull(june) == TimeSpan(datetime(2013, 5, 1), datetime(2013, 7, 1))
    assert may.hull(TimeSpan(None, datetime(2013, 1, 1))) == TimeSpan(None, datetime(2013, 6, 1))
    assert may.hull(TimeSpan(datetime(2014, 1, 1), None)) == TimeSpan(datetime(2013, 5, 1), None)


@pytest.mark.parametrize(("every", "start"), [(1, Weekday.MONDAY), (6, Weekday.MONDAY), (1, Weekday.SUNDAY)])
@given(
    moments=st.lists(st.datetimes(datetime(1, 1, 8), datetime(9998, 1, 1)), max_size=5),
    granularity=st.sampled_from(Granularity),
)
def test_many_moments_are_counted_as_each_is(
    moments: list[datetime], granularity: Granularity, every: int, start: Weekday
) -> None:
    units = Units(granularity, every, start)
    assert units.ordinals(moments) == [units.ordinal(moment) for moment in moments]

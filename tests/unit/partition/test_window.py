from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan, parse_span
from swathe.partition.relative import lookback_window, relative_window
from swathe.partition.window import (
    Align,
    Delta,
    LocalToUtc,
    Shift,
    Step,
    UtcToLocal,
    Window,
)

DAY, MONTH, HOUR = Granularity.DAY, Granularity.MONTH, Granularity.HOUR
TICK = timedelta.resolution


def days(count: float) -> Delta:
    return Delta(fixed=timedelta(days=count))


def shift(delta: Delta) -> Shift:
    return Shift(delta, delta)


def window(*steps: Step) -> Window:
    return Window((steps,))


def inside(moment: datetime, span: TimeSpan) -> bool:
    return (span.start is None or span.start <= moment) and (span.end is None or moment < span.end)


def test_the_identity_reads_the_same_span() -> None:
    may = parse_span("2013-05")
    assert Window().apply(may) == may
    assert Window().is_identity
    assert not window(Align(DAY)).is_identity


def test_steps_are_taken_from_the_partition_towards_the_input() -> None:
    month_of_day = window(Align(MONTH)).then(shift(days(-1)))
    assert month_of_day.apply(parse_span("2013-05-20")) == TimeSpan(datetime(2013, 4, 30), datetime(2013, 5, 31))
    day_before_in_month = window(Align(MONTH)).after(window(shift(days(-1))))
    assert day_before_in_month.apply(parse_span("2013-05-01")) == parse_span("2013-04")


def test_hull_is_one_span_over_all_chains() -> None:
    both = window(shift(days(-7))).hull(window(shift(days(2))))
    assert both.apply(parse_span("2013-05-10")) == TimeSpan(datetime(2013, 5, 3), datetime(2013, 5, 13))
    assert both.hull(both) == both


MOMENTS = [
    datetime(year, month, day, hour)
    for year in (2012, 2013)
    for month, last in ((1, 31), (2, 28), (3, 31), (4, 30), (12, 31))
    for day in (1, 27, 28, last - 1, last)
    for hour in (0, 5, 23)
]
DELTAS = [
    Delta(months, timedelta(days=whole, hours=hours))
    for months in (-13, -12, -1, 0, 1, 2, 12)
    for whole, hours in ((0, 0), (3, 0), (-3, 0), (20, 1), (-29, -1))
]


class TestMonthArithmetic:
    def moved_by_duckdb(self) -> list[tuple[datetime, Delta, datetime]]:
        with duckdb.connect() as connection:
            connection.execute("create table moments (x timestamp)")
            connection.executemany("insert into moments values (?)", [(moment,) for moment in MOMENTS])
            found = []
            for delta in DELTAS:
                whole, seconds = delta.fixed.days, delta.fixed.seconds
                interval = f"interval '{delta.months} months {whole} days {seconds} seconds'"
                rows = connection.execute(f"select x, x + {interval} from moments").fetchall()
                found += [(x, delta, moved) for x, moved in rows]
            return found

    def test_it_is_duckdbs_and_its_windows_are_sound(self) -> None:
        for x, delta, moved in self.moved_by_duckdb():
            assert delta.add_to(x) == moved
            for unit in (HOUR, DAY, MONTH):
                held = TimeSpan(unit.floor(moved), unit.ceil(moved + TICK))
                assert inside(x, shift(-delta).apply(held)), (x, delta, held)
                source = TimeSpan(unit.floor(x), unit.ceil(x + TICK))
                assert inside(moved, shift(delta).apply(source)), (x, delta, source)

    def test_ordinary_days_move_to_exactly_one_day(self) -> None:
        assert shift(Delta(-1)).apply(parse_span("2013-05-20")) == parse_span("2013-04-20")
        assert shift(Delta(12)).apply(parse_span("2013-05-20")) == parse_span("2014-05-20")

    def test_the_last_of_february_comes_from_four_days(self) -> None:
        last = parse_span("2013-02-28")
        assert shift(Delta(-1)).apply(last) == TimeSpan(datetime(2013, 1, 28), datetime(2013, 2, 1))

    def test_the_first_hours_of_the_last_of_february_do_too(self) -> None:
        dawn = TimeSpan(datetime(2013, 2, 28), datetime(2013, 2, 28, 6))
        assert shift(Delta(-1)).apply(dawn) == TimeSpan(datetime(2013, 1, 28), datetime(2013, 1, 31, 6))

    def test_leap_days(self) -> None:
        assert shift(Delta(12)).apply(parse_span("2012-02-29")) == parse_span("2013-02-28")
        assert shift(Delta(-12)).apply(parse_span("2013-02-28")) == TimeSpan(
            datetime(2012, 2, 28), datetime(2012, 3, 1)
        )

    def test_months_and_days_are_undone_in_either_order(self) -> None:
        """January 28 to 31, plus a month and 20 days, are all March 20."""
        read = shift(-Delta(1, timedelta(days=20))).apply(parse_span("2013-03-20"))
        assert read == TimeSpan(datetime(2013, 1, 28), datetime(2013, 2, 1))


def test_contradictory_offsets_do_not_turn_a_span_inside_out() -> None:
    read = Shift(days(2), days(-2)).apply(parse_span("2013-05-10"))
    assert read == TimeSpan(datetime(2013, 5, 12), datetime(2013, 5, 13))


def test_align_is_what_duckdb_truncates_into_the_span() -> None:
    moments = [datetime(2012, 12, 30) + timedelta(hours=7 * count) for count in range(60)]
    with duckdb.connect() as connection:
        for unit in Granularity:
            rows = connection.execute(
                "select x, date_trunc(?, x) from (select unnest(?::timestamp[]) as x)", [unit.value, moments]
            ).fetchall()
            for x, truncated in rows:
                assert unit.floor(x) == truncated
                read = Align(unit).apply(TimeSpan(truncated, truncated + TICK))
                assert read == TimeSpan(unit.floor(x), unit.ceil(x + TICK))


class TestZones:
    @pytest.mark.parametrize(
        ("zone", "day", "start", "hours"),
        [
            ("America/New_York", "2013-07-04", datetime(2013, 7, 4, 4), 24),
            ("America/New_York", "2013-03-10", datetime(2013, 3, 10, 5), 23),
            ("America/New_York", "2013-11-03", datetime(2013, 11, 3, 4), 25),
            ("Europe/Berlin", "2013-03-31", datetime(2013, 3, 30, 23), 23),
            ("Australia/Lord_Howe", "2013-10-06", datetime(2013, 10, 5, 13, 30), 23.5),
            ("Asia/Kolkata", "2013-01-01", datetime(2012, 12, 31, 18, 30), 24),
            ("America/Sao_Paulo", "2017-10-14", datetime(2017, 10, 14, 3), 24),
            ("America/Sao_Paulo", "2017-10-15", datetime(2017, 10, 15, 3), 23),
            ("America/St_Johns", "2006-04-02", datetime(2006, 4, 2, 3, 30), 23),
        ],
    )
    def test_a_local_day_is_exactly_its_instants(self, zone: str, day: str, start: datetime, hours: float) -> None:
        assert LocalToUtc(zone).apply(parse_span(day)) == TimeSpan(start, start + timedelta(hours=hours))

    def test_a_clock_set_back_past_midnight_makes_days_overlap(self) -> None:
        """At 00:01 on October 29 the clocks of St. John's were set back to 23:01 on the 28th."""
        before, after = (LocalToUtc("America/St_Johns").apply(parse_span(f"2006-10-{day}")) for day in (28, 29))
        assert before == TimeSpan(datetime(2006, 10, 28, 2, 30), datetime(2006, 10, 29, 3, 30))
        assert after == TimeSpan(datetime(2006, 10, 29, 2, 30), datetime(2006, 10, 30, 3, 30))

    def test_a_utc_day_is_exactly_its_wall_clock_away_from_changes(self) -> None:
        summer = UtcToLocal("America/New_York").apply(parse_span("2013-07-04"))
        assert summer == TimeSpan(datetime(2013, 7, 3, 20), datetime(2013, 7, 4, 20))
        spring = UtcToLocal("America/New_York").apply(parse_span("2013-03-10"))
        assert spring == TimeSpan(datetime(2013, 3, 9, 19), datetime(2013, 3, 10, 20))

    def test_a_utc_hour_takes_the_wall_clocks_that_stand_for_it(self) -> None:
        new_york = UtcToLocal("America/New_York")
        repeated = TimeSpan(datetime(2013, 11, 3, 1), datetime(2013, 11, 3, 2))
        assert new_york.apply(parse_span("2013-11-03T05")) == repeated
        assert new_york.apply(parse_span("2013-11-03T06")) == repeated
        skipped = TimeSpan(datetime(2013, 3, 10, 2), datetime(2013, 3, 10, 4))
        assert new_york.apply(parse_span("2013-03-10T07")) == skipped

    @pytest.mark.parametrize(
        ("zone", "around"),
        [
            ("America/New_York", datetime(2013, 3, 10)),
            ("America/New_York", datetime(2013, 11, 3)),
            ("Australia/Lord_Howe", datetime(2013, 10, 6)),
            ("America/St_Johns", datetime(2006, 10, 28, 20)),
            ("America/Sao_Paulo", datetime(2017, 10, 14, 22)),
        ],
    )
    def test_duckdb_converts_into_the_window(self, zone: str, around: datetime) -> None:
        walls = [around + timedelta(minutes=15 * count) for count in range(30)]
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select wall, make_timestamp(epoch_us(timezone($zone, wall))),"
                " timezone($zone, timezone('UTC', wall)) from (select unnest($walls::timestamp[]) as wall)",
                {"zone": zone, "walls": walls},
            ).fetchall()
        for wall, instant, local in rows:
            assert inside(instant, LocalToUtc(zone).apply(TimeSpan(wall, wall + TICK)))
            assert inside(wall, UtcToLocal(zone).apply(TimeSpan(instant, instant + TICK)))
            assert inside(wall, LocalToUtc(zone).apply(TimeSpan(local, local + TICK)))
            assert inside(local, UtcToLocal(zone).apply(TimeSpan(wall, wall + TICK)))


class TestTheEndsOfTheCalendar:
    FIRST, LAST = TimeSpan(FIRST_MOMENT, datetime(1, 1, 2)), TimeSpan(datetime(9999, 12, 30), LAST_MOMENT)

    def test_a_bound_beyond_them_is_unbounded(self) -> None:
        assert shift(days(-1)).apply(self.FIRST) == TimeSpan(None, FIRST_MOMENT)
        assert shift(Delta(-1)).apply(self.FIRST).start is None
        assert shift(days(1)).apply(self.LAST).end is None
        assert shift(Delta(1)).apply(self.LAST).end is None
        assert Align(Granularity.YEAR).apply(self.LAST) == TimeSpan(datetime(9999, 1, 1), None)
        assert LocalToUtc("Asia/Tokyo").apply(self.FIRST).start is None
        assert UtcToLocal("Asia/Tokyo").apply(self.LAST).end is None

    def test_a_span_wholly_beyond_them_keeps_its_near_bound(self) -> None:
        assert shift(days(-9)).apply(self.FIRST) == TimeSpan(None, FIRST_MOMENT)
        assert shift(Delta(100)).apply(self.LAST) == TimeSpan(LAST_MOMENT, None)

    def test_unbounded_stays_unbounded(self) -> None:
        everything = TimeSpan(None, None)
        for step in (shift(days(1)), Align(DAY), LocalToUtc("Asia/Tokyo"), UtcToLocal("Asia/Tokyo")):
            assert step.apply(everything) == everything


class TestRelativeWindows:
    SAMPLE = DAY.ordinal(datetime(2013, 1, 1))

    def test_the_identity_is_the_partition_itself(self) -> None:
        assert relative_window(Window(), DAY, self.SAMPLE) == (0, 0)

    @pytest.mark.parametrize("granularity", list(Granularity))
    def test_a_lookback_counts_partitions(self, granularity: Granularity) -> None:
        sample = granularity.ordinal(datetime(2013, 1, 1))
        assert relative_window(lookback_window(6, granularity), granularity, sample) == (-6, 0)

    def test_offsets_that_vary_give_their_hull(self) -> None:
        assert relative_window(window(shift(Delta(-1))), DAY, self.SAMPLE) == (-31, -28)
        assert relative_window(window(Align(MONTH)), DAY, self.SAMPLE) == (-30, 30)
        assert relative_window(window(LocalToUtc("America/New_York")), HOUR, self.SAMPLE * 24) == (4, 5)

    def test_part_of_a_partition_counts_as_the_whole(self) -> None:
        assert relative_window(window(shift(days(0.5))), DAY, self.SAMPLE) == (0, 1)
        assert relative_window(window(LocalToUtc("America/New_York")), DAY, self.SAMPLE) == (0, 1)

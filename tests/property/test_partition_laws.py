"""The algebra that the planner stands on."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import (
    CHANGES,
    all_units,
    any_moment,
    any_windows,
    deltas,
    durations,
    edge_moments,
    granularities,
    instants_near_change,
    interval_sets,
    intervals,
    law,
    moments,
    month_ends,
    offsets,
    ordinals_of,
    readings,
    schemes_of_instants,
    spans,
    spans_around,
    steps,
    wall_clock,
    walls_near_change,
    windows,
)

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping, claimed_window, units_window
from swathe.partition.scheme import TimeScheme
from swathe.partition.units import Units, Weekday
from swathe.partition.window import Align, Delta, LocalToUtc, Shift, Step, Truncate, Untruncate, UtcToLocal, Window

TICK = timedelta.resolution


def inside(moment: datetime, span: TimeSpan) -> bool:
    return (span.start is None or span.start <= moment) and (span.end is None or moment < span.end)


def covers(outer: TimeSpan, inner: TimeSpan) -> bool:
    return outer.hull(inner) == outer


class TestIntervalSets:
    @law
    @given(interval_sets(), interval_sets())
    def test_algebra_is_that_of_sets(self, a: IntervalSet, b: IntervalSet) -> None:
        left, right = set(a.ordinals()), set(b.ordinals())
        assert set((a | b).ordinals()) == left | right
        assert set((a & b).ordinals()) == left & right
        assert set((a - b).ordinals()) == left - right

    @law
    @given(interval_sets(), interval_sets())
    def test_results_are_canonical(self, a: IntervalSet, b: IntervalSet) -> None:
        for found in (a, a | b, a & b, a - b):
            assert all(before.end < after.start for before, after in pairwise(found.intervals))
            assert found == IntervalSet.from_ordinals(found.ordinals())

    @law
    @given(st.lists(intervals(), max_size=8))
    def test_merge_is_the_union_in_any_order(self, parts: list[Interval]) -> None:
        merged = IntervalSet.merge(parts)
        assert set(merged.ordinals()) == {ordinal for part in parts for ordinal in part}
        assert merged == IntervalSet.merge(reversed(parts)) == IntervalSet.of(*parts)

    @law
    @given(st.sets(st.integers(-60, 60)))
    def test_ordinals_round_trip(self, ordinals: set[int]) -> None:
        found = IntervalSet.from_ordinals(ordinals)
        assert list(found.ordinals()) == sorted(ordinals)
        assert found.count == len(ordinals)
        assert bool(found) == bool(ordinals)
        assert [ordinal for ordinal in range(-62, 62) if ordinal in found] == sorted(ordinals)
        hull = found.hull()
        assert (hull is None) if not ordinals else (hull == Interval(min(ordinals), max(ordinals) + 1))

    @law
    @given(intervals(), intervals())
    def test_intervals_overlap_when_they_share_an_ordinal(self, a: Interval, b: Interval) -> None:
        assert a.overlaps(b) == bool(set(a) & set(b))
        assert len(a) == len(set(a))
        assert a.last == max(a)
        assert a.last in a
        assert a.end not in a


class TestGranularities:
    @law
    @given(granularities, st.data())
    def test_ordinal_undoes_start(self, granularity: Granularity, data: st.DataObject) -> None:
        ordinal = data.draw(ordinals_of(granularity))
        assert granularity.ordinal(granularity.start(ordinal)) == ordinal

    @law
    @given(granularities, any_moment)
    @example(Granularity.WEEK, FIRST_MOMENT)
    @example(Granularity.QUARTER, datetime(1969, 12, 31, 23, 59, 59, 999999))
    def test_units_cover_and_are_disjoint(self, granularity: Granularity, moment: datetime) -> None:
        ordinal = granularity.ordinal(moment)
        assert granularity.start(ordinal) <= moment
        assume(ordinal < granularity.ordinal(LAST_MOMENT))
        assert moment < granularity.start(ordinal + 1)

    @law
    @given(granularities, any_moment)
    def test_floor_and_ceil_enclose(self, granularity: Granularity, moment: datetime) -> None:
        floor = granularity.floor(moment)
        assert floor <= moment
        assert granularity.floor(floor) == granularity.ceil(floor) == floor
        assume(granularity.ordinal(moment) < granularity.ordinal(LAST_MOMENT))
        ceil = granularity.ceil(moment)
        assert moment <= ceil
        assert granularity.ordinal(ceil) - granularity.ordinal(floor) == (floor != moment)

    @law
    @given(granularities, any_moment, any_moment)
    def test_ordinals_are_monotone(self, granularity: Granularity, a: datetime, b: datetime) -> None:
        first, last = sorted((a, b))
        assert granularity.ordinal(first) <= granularity.ordinal(last)
        assert granularity.floor(first) <= granularity.floor(last)

    @law
    @given(granularities, st.data())
    def test_keys_round_trip_and_sort_like_ordinals(self, granularity: Granularity, data: st.DataObject) -> None:
        scheme = TimeScheme(granularity)
        a, b = data.draw(ordinals_of(granularity)), data.draw(ordinals_of(granularity))
        assert scheme.parse(scheme.key(a)) == Interval(a, a + 1)
        assert (a < b) == (scheme.key(a) < scheme.key(b))

    @law
    @given(granularities, granularities, st.data())
    def test_a_key_covers_the_units_it_touches(
        self, coarse: Granularity, fine: Granularity, data: st.DataObject
    ) -> None:
        ordinal = data.draw(ordinals_of(coarse))
        assume(ordinal < coarse.ordinal(LAST_MOMENT))
        start, end = coarse.start(ordinal), coarse.start(ordinal + 1)
        found = TimeScheme(fine).parse(TimeScheme(coarse).key(ordinal))
        if coarse is Granularity.WEEK:  # a week's key is that of its Monday
            end = start + timedelta(days=1)
        assert found == Interval(fine.ordinal(start), fine.ordinal(end - TICK) + 1)

    @law
    @given(granularities, any_moment, any_moment)
    def test_between_is_what_lies_wholly_inside(self, granularity: Granularity, begin: datetime, end: datetime) -> None:
        near = Interval(granularity.ordinal(begin) - 1, granularity.ordinal(begin) + 3)
        found = TimeScheme(granularity).between(begin, end)
        for ordinal in near:
            try:
                bounds = TimeScheme(granularity).bounds(Interval(ordinal, ordinal + 1))
            except (OverflowError, ValueError):
                continue
            assert bounds.start is not None
            assert bounds.end is not None
            assert (ordinal in found) == (begin <= bounds.start and bounds.end <= end)


class TestUnits:
    @law
    @given(all_units, moments)
    @example(Units(Granularity.HOUR, every=7), datetime(1969, 12, 31, 23, 59, 59, 999999))
    @example(Units(Granularity.WEEK, week_start=Weekday.THURSDAY), datetime(1970, 1, 1))
    def test_units_cover_and_are_disjoint(self, units: Units, moment: datetime) -> None:
        ordinal = units.ordinal(moment)
        assert units.start(ordinal) <= moment < units.start(ordinal + 1)
        assert units.ordinal(units.start(ordinal)) == ordinal
        if units.fixed:
            assert units.start(ordinal + 1) - units.start(ordinal) == units.fixed

    @law
    @given(all_units, moments)
    def test_keys_round_trip(self, units: Units, moment: datetime) -> None:
        scheme = TimeScheme(units.granularity, every=units.every, week_start=units.week_start)
        ordinal = units.ordinal(moment)
        assert scheme.parse(scheme.key(ordinal)) == Interval(ordinal, ordinal + 1)

    @law
    @given(st.sampled_from(Weekday), moments)
    def test_a_week_begins_with_its_day(self, day: Weekday, moment: datetime) -> None:
        start = Units(Granularity.WEEK, week_start=day).floor(moment)
        assert start.weekday() == day.days_after_monday
        assert timedelta() <= moment - start < timedelta(days=7)


class TestPartitionsOfInstants:
    @law
    @given(schemes_of_instants())
    def test_an_instant_lies_in_the_partition_that_its_clock_reads_and_in_no_other(
        self, place: tuple[TimeScheme, datetime]
    ) -> None:
        scheme, instant = place
        own = scheme.ordinal(wall_clock(scheme.zone, instant))
        for ordinal in range(own - 3, own + 4):
            one = Interval(ordinal, ordinal + 1)
            holds = [span for span in scheme.ranges(one) if inside(instant, span)]
            assert len(holds) == (ordinal == own)
            assert not holds or inside(instant, scheme.bounds(one))
            before = [span for span in scheme.ranges_before(ordinal) if inside(instant, span)]
            assert len(before) == (own < ordinal)

    @law
    @given(schemes_of_instants(), st.integers(0, 5), st.integers(0, 5))
    def test_a_run_is_the_union_of_its_partitions(
        self, place: tuple[TimeScheme, datetime], before: int, after: int
    ) -> None:
        scheme, instant = place
        own = scheme.ordinal(wall_clock(scheme.zone, instant))
        run = Interval(own - before, own + after + 1)
        spans = scheme.ranges(run)
        assert sum(inside(instant, span) for span in spans) == 1
        assert all(a.end < b.start for a, b in pairwise(spans) if a.end and b.start)

    @law
    @given(schemes_of_instants(), durations(3))
    def test_a_partition_has_ended_when_no_later_instant_lies_in_it(
        self, place: tuple[TimeScheme, datetime], later: timedelta
    ) -> None:
        scheme, now = place
        first = scheme.first_open(now)
        assert scheme.ordinal(wall_clock(scheme.zone, now + later)) >= first
        for ordinal in range(first - 3, first):
            assert all(span.end <= now for span in scheme.ranges(Interval(ordinal, ordinal + 1)) if span.end)

    @law
    @given(schemes_of_instants())
    def test_partitions_that_hold_no_instant_do_not_exist(self, place: tuple[TimeScheme, datetime]) -> None:
        scheme, instant = place
        own = scheme.ordinal(wall_clock(scheme.zone, instant))
        near = IntervalSet.span(own - 30, own + 30)
        existing = scheme.existing(near)
        for ordinal in near.ordinals():
            assert (ordinal in existing) == bool(scheme.ranges(Interval(ordinal, ordinal + 1)))

    @law
    @given(schemes_of_instants(), schemes_of_instants(), offsets(3))
    def test_a_mapping_reads_the_partition_of_every_instant_that_is_read(
        self, place: tuple[TimeScheme, datetime], other: tuple[TimeScheme, datetime], offset: timedelta
    ) -> None:
        reader, instant = place
        read = other[0]
        own = reader.ordinal(wall_clock(reader.zone, instant))
        delta = Delta(fixed=offset)
        for window, needed in ((Window(), instant), (Window(((Shift(delta, delta),),)), instant + offset)):
            found = Mapping(window, reader, read).reads(Interval(own, own + 1))
            assert found is not None
            assert read.ordinal(wall_clock(read.zone, needed)) in found

    @law
    @given(schemes_of_instants())
    def test_a_table_reads_itself_partition_by_partition(self, place: tuple[TimeScheme, datetime]) -> None:
        scheme, instant = place
        own = scheme.ordinal(wall_clock(scheme.zone, instant))
        assert units_window(Window(), scheme, scheme).is_identity
        assert Mapping(Window(), scheme, scheme).reads(Interval(own, own + 1)) == Interval(own, own + 1)

    @law
    @given(schemes_of_instants(), schemes_of_instants(), st.integers(0, 4))
    def test_a_lookback_reaches_the_partitions_before(
        self, place: tuple[TimeScheme, datetime], other: tuple[TimeScheme, datetime], count: int
    ) -> None:
        """Every instant of a partition lies in the window of the partitions up to `count` later."""
        reader, instant = place
        ordinal = reader.ordinal(wall_clock(reader.zone, instant)) + count
        window = claimed_window(count, reader, other[0])
        assert inside(instant, window.apply(reader.bounds(Interval(ordinal, ordinal + 1))))
        naive = TimeScheme(Granularity.DAY)
        local = claimed_window(count, reader, naive).apply(reader.bounds(Interval(ordinal, ordinal + 1)))
        assert inside(wall_clock(reader.zone, instant), local)


class TestWindows:
    @law
    @given(windows, spans, durations(3), durations(3))
    def test_a_later_bound_never_gives_an_earlier_one(
        self, window: Window, span: TimeSpan, start: timedelta, end: timedelta
    ) -> None:
        assert span.start is not None
        assert span.end is not None
        later = TimeSpan(span.start + start, span.end + start + end)
        before, after = window.apply(span), window.apply(later)
        assert before.start is not None
        assert before.end is not None
        assert after.start is not None
        assert after.end is not None
        assert before.start <= after.start
        assert before.end <= after.end

    @law
    @given(steps, edge_moments, edge_moments)
    def test_the_ends_of_the_calendar_only_widen(self, step: Step, a: datetime, b: datetime) -> None:
        first, last = sorted((a, b))
        before, after = step.apply(TimeSpan(first, first)), step.apply(TimeSpan(last, last))
        assert before.start is None or (after.start is not None and before.start <= after.start)
        assert after.end is None or (before.end is not None and before.end <= after.end)

    @law
    @given(any_windows, any_windows, spans)
    def test_hull_is_wide_enough_for_both(self, a: Window, b: Window, span: TimeSpan) -> None:
        assert a.hull(b).apply(span) == a.apply(span).hull(b.apply(span))
        assert covers(a.hull(b).apply(span), a.apply(span))

    @law
    @given(any_windows, any_windows, spans)
    def test_after_is_one_and_then_the_other(self, inner: Window, outer: Window, span: TimeSpan) -> None:
        assert inner.after(outer).apply(span) == inner.apply(outer.apply(span))

    @law
    @given(any_windows, steps, spans)
    def test_then_is_one_more_step(self, window: Window, step: Step, span: TimeSpan) -> None:
        assert window.then(step).apply(span) == Window(((step,),)).after(window).apply(span)

    @law
    @given(any_windows, spans)
    def test_spans_are_not_turned_inside_out(self, window: Window, span: TimeSpan) -> None:
        read = window.apply(span)
        assert read.start is None or read.end is None or read.start <= read.end


class TestShifts:
    @law
    @given(month_ends, deltas, durations(3), durations(3))
    @example(datetime(2013, 1, 28), Delta(1, timedelta(days=20)), timedelta(), timedelta())
    @example(datetime(2013, 1, 31, 5), Delta(1), timedelta(), timedelta(hours=1))
    @example(datetime(2013, 2, 28, 23), Delta(-1), timedelta(), timedelta(hours=1))
    @example(datetime(2011, 2, 28, 16), Delta(12, timedelta(days=33, hours=23)), timedelta(), timedelta(hours=1))
    def test_undoing_an_offset_loses_no_value(
        self, x: datetime, delta: Delta, before: timedelta, after: timedelta
    ) -> None:
        moved = delta.add_to(x)
        span = TimeSpan(moved - before, moved + after + TICK)
        assert inside(x, Shift(-delta, -delta).apply(span))

    @law
    @given(month_ends, deltas, durations(3), durations(3))
    @example(datetime(2013, 1, 31), Delta(1), timedelta(hours=12), timedelta())
    @example(datetime(2013, 1, 29, 23), Delta(1), timedelta(), timedelta(hours=1))
    def test_adding_an_offset_loses_no_value(
        self, x: datetime, delta: Delta, before: timedelta, after: timedelta
    ) -> None:
        span = TimeSpan(x - before, x + after + TICK)
        assert inside(delta.add_to(x), Shift(delta, delta).apply(span))

    @law
    @given(month_ends, deltas, deltas, spans_around(month_ends, 4))
    def test_a_range_join_loses_no_value(self, y: datetime, low: Delta, high: Delta, span: TimeSpan) -> None:
        """Of `y between x + low and x + high`, for any x in the span."""
        assert span.start is not None
        assert span.end is not None
        for x in (span.start, span.end - TICK, span.start + (span.end - span.start) / 2):
            if low.add_to(x) <= y <= high.add_to(x):
                assert inside(y, Shift(low, high).apply(span))

    @law
    @given(st.integers(-40, 40), st.integers(-30, 30))
    def test_months_move_to_exactly_months(self, ordinal: int, months: int) -> None:
        month = TimeScheme(Granularity.MONTH)
        moved = Shift(Delta(months), Delta(months)).apply(month.bounds(Interval(ordinal, ordinal + 1)))
        assert moved == month.bounds(Interval(ordinal + months, ordinal + months + 1))

    @law
    @given(spans, st.builds(Delta, fixed=durations(40)))
    def test_fixed_offsets_are_exact(self, span: TimeSpan, delta: Delta) -> None:
        shifted = Shift(delta, delta).apply(span)
        assert shifted == TimeSpan(span.start and span.start + delta.fixed, span.end and span.end + delta.fixed)
        assert Shift(-delta, -delta).apply(shifted) == span


class TestAligning:
    @law
    @given(granularities, moments, spans)
    def test_what_is_truncated_into_a_span_was_in_the_window(
        self, unit: Granularity, x: datetime, span: TimeSpan
    ) -> None:
        window = Align(unit).apply(span)
        if inside(unit.floor(x), span):
            assert inside(x, window)
        if inside(x, span):
            assert inside(unit.floor(x), window)

    @law
    @given(granularities, moments, spans)
    def test_both_ways_of_truncating_lose_nothing(self, unit: Granularity, x: datetime, span: TimeSpan) -> None:
        if inside(unit.floor(x), span):
            assert inside(x, Untruncate(unit).apply(span))
        if inside(x, span):
            assert inside(unit.floor(x), Truncate(unit).apply(span))

    @law
    @given(granularities, spans)
    def test_what_they_say_is_as_narrow_as_can_be(self, unit: Granularity, span: TimeSpan) -> None:
        before = Untruncate(unit).apply(span)
        assert before.start is not None
        assert before.end is not None
        if before.start < before.end:
            assert inside(unit.floor(before.start), span)
            assert inside(unit.floor(before.end - TICK), span)
        assert Truncate(unit).apply(span).start == unit.floor(span.start or FIRST_MOMENT)

    @law
    @given(granularities, granularities, st.integers(-40, 40))
    def test_whole_units_stay_as_they_are(self, coarse: Granularity, fine: Granularity, ordinal: int) -> None:
        bounds = TimeScheme(coarse).bounds(Interval(ordinal, ordinal + 1))
        assert Align(coarse).apply(bounds) == bounds
        assert covers(Align(fine).apply(bounds), bounds)


class TestZones:
    @law
    @given(instants_near_change(), durations(2), durations(2))
    def test_an_instant_is_in_the_window_of_its_wall_clock(
        self, place: tuple[str, datetime], before: timedelta, after: timedelta
    ) -> None:
        zone, instant = place
        local = wall_clock(zone, instant)
        assert inside(instant, LocalToUtc(zone).apply(TimeSpan(local - before, local + after + TICK)))
        assert inside(local, UtcToLocal(zone).apply(TimeSpan(instant - before, instant + after + TICK)))

    @law
    @given(walls_near_change(), durations(2), durations(2))
    def test_a_wall_clock_is_in_the_window_of_every_reading(
        self, place: tuple[str, datetime], before: timedelta, after: timedelta
    ) -> None:
        zone, wall = place
        for instant in readings(zone, wall):
            assert inside(instant, LocalToUtc(zone).apply(TimeSpan(wall - before, wall + after + TICK)))
            assert inside(wall, UtcToLocal(zone).apply(TimeSpan(instant - before, instant + after + TICK)))

    @pytest.mark.parametrize("zone", CHANGES)
    @law
    @given(data=st.data())
    def test_a_window_from_local_time_is_no_wider_than_it_must_be(self, zone: str, data: st.DataObject) -> None:
        """Both ends of the window of a local day are instants of that day, but for a day that was skipped."""
        change = data.draw(st.sampled_from(CHANGES[zone]))
        start = Granularity.DAY.floor(wall_clock(zone, change) + timedelta(days=data.draw(st.integers(-3, 3))))
        assume((zone, start) != ("Pacific/Apia", datetime(2011, 12, 30)))
        day = TimeSpan(start, start + timedelta(days=1))
        window = LocalToUtc(zone).apply(day)
        assert window.start is not None
        assert window.end is not None
        assert inside(wall_clock(zone, window.start), day)
        assert inside(wall_clock(zone, window.end - TICK), day)

    @law
    @given(walls_near_change())
    def test_far_from_a_change_the_two_undo_each_other(self, place: tuple[str, datetime]) -> None:
        zone, wall = place
        span = TimeSpan(wall + timedelta(days=20), wall + timedelta(days=20, hours=5))
        assert UtcToLocal(zone).apply(LocalToUtc(zone).apply(span)) == span


ANCHORS = st.sampled_from([datetime(2013, 3, 10), datetime(2013, 11, 3), datetime(2012, 2, 29), datetime(1969, 12, 31)])


@st.composite
def mappings(draw: st.DrawFn) -> tuple[Mapping, Interval]:
    """A mapping, and a run of its readers."""
    mapping = Mapping(draw(any_windows), TimeScheme(draw(granularities)), TimeScheme(draw(granularities)))
    assert isinstance(mapping.reader, TimeScheme)
    first = mapping.reader.granularity.ordinal(draw(ANCHORS)) + draw(st.integers(-20, 5))
    return mapping, Interval(first, first + draw(st.integers(1, 30)))


def readers_one_by_one(mapping: Mapping, changed: IntervalSet, within: Interval) -> IntervalSet:
    def hit(ordinal: int) -> bool:
        read = mapping.reads(Interval(ordinal, ordinal + 1))
        return bool(changed) if read is None else bool(changed & IntervalSet.of(read))

    return IntervalSet.from_ordinals(filter(hit, within))


class TestMappings:
    @law
    @given(mappings())
    def test_later_partitions_never_read_earlier_ones(self, case: tuple[Mapping, Interval]) -> None:
        mapping, within = case
        reads = [mapping.reads(Interval(ordinal, ordinal + 1)) for ordinal in within]
        for before, after in pairwise(reads):
            if before is None or after is None:
                assert mapping.window is not None
                assert mapping.window.is_half_open
                continue
            assert before.start <= after.start
            assert before.end <= after.end

    @law
    @given(mappings())
    def test_a_batch_reads_what_its_partitions_read(self, case: tuple[Mapping, Interval]) -> None:
        mapping, within = case
        batch = mapping.reads(within)
        singles = [mapping.reads(Interval(ordinal, ordinal + 1)) for ordinal in within]
        if batch is None:
            assert None in singles
        else:
            assert batch == IntervalSet.merge(filter(None, singles)).hull()

    @law
    @given(mappings())
    def test_a_batch_reads_at_least_its_window(self, case: tuple[Mapping, Interval]) -> None:
        mapping, within = case
        assert mapping.window is not None
        assert isinstance(mapping.reader, TimeScheme)
        assert isinstance(mapping.input, TimeScheme)
        batch = mapping.reads(within)
        read = mapping.window.apply(mapping.reader.bounds(within))
        if batch is None:
            assert read == TimeSpan(None, None)
            return
        first, last = mapping.input.ends(batch)
        bounds = TimeSpan(
            None if first is None else mapping.input.start(first),
            None if last is None else mapping.input.start(last + 1),
        )
        assert covers(bounds, read)

    @law
    @given(mappings(), st.data())
    def test_readers_is_the_inverse_image(self, case: tuple[Mapping, Interval], data: st.DataObject) -> None:
        mapping, within = case
        assert isinstance(mapping.reader, TimeScheme)
        assert isinstance(mapping.input, TimeScheme)
        read = mapping.reads(within)
        first, last = (None, None) if read is None else mapping.input.ends(read)
        near = mapping.input.ordinal(mapping.reader.start(within.start))
        changed = data.draw(
            interval_sets(
                min(near, near if first is None else first) - 5, max(near, near if last is None else last) + 5
            )
        )
        assert mapping.readers(changed, within) == readers_one_by_one(mapping, changed, within)

    @law
    @given(mappings(), st.data())
    def test_readers_holds_at_the_ends_of_the_calendar(
        self, case: tuple[Mapping, Interval], data: st.DataObject
    ) -> None:
        mapping, _ = case
        assert isinstance(mapping.reader, TimeScheme)
        assert isinstance(mapping.input, TimeScheme)
        edge = data.draw(st.sampled_from((FIRST_MOMENT, LAST_MOMENT)))
        middle = mapping.reader.granularity.ordinal(edge)
        within = Interval(middle - data.draw(st.integers(0, 40)), middle + data.draw(st.integers(1, 40)))
        near = mapping.input.granularity.ordinal(edge)
        changed = data.draw(interval_sets(near - 60, near + 60))
        assert mapping.readers(changed, within) == readers_one_by_one(mapping, changed, within)

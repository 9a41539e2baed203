"""The algebra of windows of whole numbers, tried on all small numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import interval_sets, law

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity, TimeSpan
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.number_window import (
    FURTHEST,
    Divide,
    Move,
    Multiply,
    NumberSpan,
    NumberStep,
    Undivide,
    Unmultiply,
)
from swathe.partition.numbers import RangeScheme
from swathe.partition.values import NULL_ORDINAL
from swathe.partition.window import Align, Window

NEAR = range(-160, 161)
"""More than all numbers that the spans and the steps below lead to."""

small = st.integers(-12, 12)
factors = st.integers(1, 7)
spans = st.builds(lambda start, length: NumberSpan(start, start + length), small, st.integers(1, 9))
steps: st.SearchStrategy[NumberStep] = st.one_of(
    st.builds(Move, small, small), *(st.builds(kind, factors) for kind in (Multiply, Unmultiply, Divide, Undivide))
)
chains = st.lists(steps, max_size=3).map(tuple)
windows = st.lists(chains, min_size=1, max_size=3).map(lambda found: Window(tuple(found)))
schemes = st.builds(lambda step, offset: RangeScheme("n", step, offset % step), st.integers(1, 9), st.integers(0, 8))


def inside(number: int, span: NumberSpan) -> bool:
    return (span.start is None or span.start <= number) and (span.end is None or number < span.end)


def held(span: NumberSpan) -> set[int]:
    return {number for number in NEAR if inside(number, span)}


def covers(outer: NumberSpan, inner: NumberSpan) -> bool:
    return outer.hull(inner) == outer


def towards_zero(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)


class TestSteps:
    @law
    @given(spans, small)
    def test_a_move_is_exact(self, span: NumberSpan, by: int) -> None:
        assert held(Move(by, by).apply(span)) == {number + by for number in held(span)}

    @law
    @given(spans, small, small)
    def test_a_range_join_reads_all_between(self, span: NumberSpan, low: int, high: int) -> None:
        wanted = {y for x in held(span) for y in range(x + low, x + high + 1)}
        read = held(Move(low, high).apply(span))
        assert read == wanted if low <= high else read >= wanted

    @law
    @given(spans, factors)
    def test_multiples_are_read_and_undone(self, span: NumberSpan, by: int) -> None:
        assert held(Multiply(by).apply(span)) >= {number * by for number in held(span)}
        assert held(Unmultiply(by).apply(span)) == {number for number in NEAR if inside(number * by, span)}

    @law
    @given(spans, factors)
    @example(NumberSpan(0, 1), 7)
    @example(NumberSpan(-1, 1), 7)
    @example(NumberSpan(-3, 0), 7)
    def test_quotients_are_read_and_undone_however_they_are_rounded(self, span: NumberSpan, by: int) -> None:
        divided, undivided = Divide(by).apply(span), Undivide(by).apply(span)
        for quotient in (towards_zero, int.__floordiv__):
            assert held(divided) >= {quotient(number, by) for number in held(span)}
            assert held(undivided) >= {number for number in NEAR if inside(quotient(number, by), span)}

    @law
    @given(st.integers(0, 12), st.integers(1, 9), factors)
    def test_above_zero_nothing_more_is_read(self, start: int, length: int, by: int) -> None:
        span = NumberSpan(start + 1, start + 1 + length)
        assert held(Divide(by).apply(span)) == {number // by for number in held(span)}
        assert held(Undivide(by).apply(span)) == {number for number in NEAR if inside(number // by, span)}
        assert Unmultiply(by).apply(Multiply(by).apply(span)) == span
        assert Divide(by).apply(Undivide(by).apply(span)) == span

    @law
    @given(spans, factors)
    def test_below_zero_only_numbers_of_a_wanted_quotient_or_next_to_it_are_read(
        self, span: NumberSpan, by: int
    ) -> None:
        wanted = {n for n in NEAR if inside(towards_zero(n, by), span) or inside(n // by, span)}
        assert held(Undivide(by).apply(span)) == wanted

    @law
    @given(steps, st.booleans(), st.integers(-20, 20))
    def test_an_open_side_stays_open(self, step: NumberStep, from_below: bool, number: int) -> None:
        span = NumberSpan(None, number) if from_below else NumberSpan(number, None)
        read = step.apply(span)
        assert (read.start is None, read.end is None) == (from_below, not from_below)
        bounded = step.apply(NumberSpan(number - 1, number) if from_below else NumberSpan(number, number + 1))
        assert read.end == bounded.end if from_below else read.start == bounded.start


class TestWindows:
    @law
    @given(windows, spans, st.integers(0, 5), st.integers(0, 5))
    def test_a_later_bound_never_gives_an_earlier_one(
        self, window: Window, span: NumberSpan, start: int, more: int
    ) -> None:
        assert span.start is not None
        assert span.end is not None
        before = window.apply_to_numbers(span)
        after = window.apply_to_numbers(NumberSpan(span.start + start, span.end + start + more))
        assert before.start is not None
        assert before.end is not None
        assert after.start is not None
        assert after.end is not None
        assert before.start <= after.start
        assert before.end <= after.end
        assert before.start <= before.end

    @law
    @given(windows, windows, spans)
    def test_hull_and_after(self, a: Window, b: Window, span: NumberSpan) -> None:
        assert a.hull(b).apply_to_numbers(span) == a.apply_to_numbers(span).hull(b.apply_to_numbers(span))
        assert a.after(b).apply_to_numbers(span) == a.apply_to_numbers(b.apply_to_numbers(span))

    @law
    @given(steps, st.integers(-30, 30), st.integers(0, 30), st.sampled_from((-FURTHEST, FURTHEST)))
    def test_what_is_too_far_out_only_widens(self, step: NumberStep, near: int, later: int, edge: int) -> None:
        first, last = edge + near, edge + near + later
        before, after = step.apply(NumberSpan(first, first)), step.apply(NumberSpan(last, last))
        assert before.start is None or (after.start is not None and before.start <= after.start)
        assert after.end is None or (before.end is not None and before.end <= after.end)
        for read in (before, after):
            assert all(abs(bound) <= FURTHEST for bound in (read.start, read.end) if bound is not None)

    @pytest.mark.parametrize(
        ("step", "start", "end"),
        [
            (Move(5, 5), -FURTHEST, FURTHEST),
            (Multiply(10), FURTHEST, FURTHEST),
            (Multiply(10), -FURTHEST, -FURTHEST),
            (Undivide(10), FURTHEST, FURTHEST),
        ],
    )
    def test_no_number_is_lost_beyond_the_furthest(self, step: NumberStep, start: int, end: int) -> None:
        read = step.apply(NumberSpan(start, end))
        exact = {Move: lambda bound: bound + 5}.get(type(step), lambda bound: bound * 10)
        assert read.start is None or read.start <= exact(start)
        assert read.end is None or read.end >= exact(end)

    def test_steps_of_time_say_nothing_of_numbers(self) -> None:
        """Nor the other way round: what makes no sense reads everything."""
        assert Window(((Align(Granularity.DAY),),)).apply_to_numbers(NumberSpan(1, 2)) == NumberSpan(None, None)
        read = Window(((Move(1, 1),),)).apply(TimeSpan(FIRST_MOMENT, LAST_MOMENT))
        assert read == TimeSpan(None, None)


@st.composite
def mappings(draw: st.DrawFn) -> tuple[Mapping, Interval]:
    """A mapping, and a run of its readers."""
    mapping = Mapping(draw(windows), draw(schemes), draw(schemes))
    first = draw(st.integers(-15, 5))
    return mapping, Interval(first, first + draw(st.integers(1, 20)))


def lines(mapping: Mapping) -> tuple[RangeScheme, RangeScheme]:
    assert isinstance(mapping.reader, RangeScheme)
    assert isinstance(mapping.input, RangeScheme)
    return mapping.reader, mapping.input


def readers_one_by_one(mapping: Mapping, changed: IntervalSet, within: Interval) -> IntervalSet:
    def hit(ordinal: int) -> bool:
        read = mapping.reads(Interval(ordinal, ordinal + 1))
        return bool(changed) if read is None else bool(changed & IntervalSet.of(read))

    return IntervalSet.from_ordinals(filter(hit, within))


class TestMappings:
    @law
    @given(mappings())
    def test_a_partition_reads_the_partition_of_every_number_in_its_window(
        self, case: tuple[Mapping, Interval]
    ) -> None:
        mapping, within = case
        reader, read = lines(mapping)
        assert mapping.window is not None
        for ordinal in within:
            found = mapping.reads(Interval(ordinal, ordinal + 1))
            bounds = reader.bounds(Interval(ordinal, ordinal + 1))
            span = mapping.window.apply_to_numbers(NumberSpan(bounds.start, bounds.end))
            assert found is not None
            assert span.start is not None
            assert span.end is not None
            wanted = {read.ordinal(number) for number in range(span.start, span.end)}
            assert set(found) == wanted or (not wanted and len(found) == 1)

    @law
    @given(mappings())
    def test_later_partitions_never_read_earlier_ones(self, case: tuple[Mapping, Interval]) -> None:
        mapping, within = case
        reads = [mapping.reads(Interval(ordinal, ordinal + 1)) for ordinal in within]
        for before, after in pairwise(reads):
            assert before is not None
            assert after is not None
            assert before.start <= after.start
            assert before.end <= after.end

    @law
    @given(mappings())
    def test_a_batch_reads_what_its_partitions_read(self, case: tuple[Mapping, Interval]) -> None:
        mapping, within = case
        reader, read = lines(mapping)
        batch = mapping.reads(within)
        assert batch is not None
        singles = [mapping.reads(Interval(ordinal, ordinal + 1)) for ordinal in within]
        assert batch == IntervalSet.merge(filter(None, singles)).hull()
        assert mapping.window is not None
        bounds, all_read = reader.bounds(within), read.bounds(batch)
        span = mapping.window.apply_to_numbers(NumberSpan(bounds.start, bounds.end))
        assert covers(NumberSpan(all_read.start, all_read.end), span)

    @law
    @given(mappings(), st.data())
    def test_readers_is_the_inverse_image(self, case: tuple[Mapping, Interval], data: st.DataObject) -> None:
        mapping, within = case
        read = mapping.reads(within)
        assert read is not None
        changed = data.draw(interval_sets(read.start - 5, read.end + 5))
        assert mapping.readers(changed, within) == readers_one_by_one(mapping, changed, within)

    @law
    @given(
        st.sampled_from(
            (
                Window(),
                Window(((Move(-3, 5),),)),
                Window(((Multiply(10**25),),)),
                Window(((Undivide(7),),)),
                Window(((Align(Granularity.DAY),),)),
                # The first ones have no start, the last ones no end, and the one around 20 neither.
                Window(((Move(-FURTHEST - 20, -FURTHEST - 20),), (Move(FURTHEST - 20, FURTHEST - 20),))),
            )
        ),
        schemes,
        st.sampled_from((NULL_ORDINAL + 30, -NULL_ORDINAL - 30, 10**13, -(10**13), 0)),
        st.data(),
    )
    def test_readers_holds_where_numbers_end(
        self, window: Window, scheme: RangeScheme, middle: int, data: st.DataObject
    ) -> None:
        mapping = Mapping(window, scheme, scheme)
        within = Interval(middle - data.draw(st.integers(0, 20)), middle + data.draw(st.integers(1, 20)))
        near = data.draw(st.sampled_from((middle, NULL_ORDINAL + 30, -NULL_ORDINAL - 30)))
        changed = data.draw(interval_sets(near - 30, near + 18))
        assert mapping.readers(changed, within) == readers_one_by_one(mapping, changed, within)

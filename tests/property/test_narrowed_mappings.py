"""What is read of an input where rows with NULL come from rows with NULL, and where the query asks for constants."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import law
from test_grid_laws import POOLS, grid_mappings, holds, renumbered, some_of

from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.grid import NULL_LINE, STRIDE, Grid, by_slice, line_of, slice_of
from swathe.partition.held import ANY, NULL_ONLY, VALUED, Choice, Held
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.reading import GridMapping, Link
from swathe.partition.scheme import TimeScheme, WholeScheme
from swathe.partition.values import NULL, Value, ValueKind

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
slow_law = settings(law, max_examples=5_000 if DEEP else 80)

POOL = [*POOLS[ValueKind.TEXT], "c"]
choices = st.builds(Choice, st.frozensets(st.sampled_from(POOL), max_size=3), st.booleans(), st.booleans())
moments = st.integers(-5, 20).map(lambda day: datetime(1970, 1, 1) + timedelta(days=day, hours=6 * (day % 2)))


class TestChoices:
    @law
    @given(choices, choices, st.sampled_from([*POOL, None]))
    def test_they_are_sets(self, one: Choice, other: Choice, value: Value | None) -> None:
        assert has(one & other, value) == (has(one, value) and has(other, value))
        assert has(one | other, value) == (has(one, value) or has(other, value))

    @law
    @given(st.lists(st.tuples(st.none() | moments, st.none() | moments), min_size=2, max_size=2), moments)
    def test_bounds_are_met_or_hulled(self, spans: list[tuple[datetime | None, datetime | None]], at: datetime) -> None:
        one, other = (Held(VALUED, TimeSpan(*span)) for span in spans)
        assert holds_time((one & other), at) == (holds_time(one, at) and holds_time(other, at))
        assert holds_time((one | other), at) or not (holds_time(one, at) or holds_time(other, at))


def has(choice: Choice, value: Value | None) -> bool:
    return choice.null if value is None else (value in choice.values) != choice.others


def holds_time(held: Held, at: datetime) -> bool:
    start, end = held.times.start, held.times.end
    return (start is None or start <= at) and (end is None or at < end)


@st.composite
def any_held(draw: st.DrawFn, pool: list[Value]) -> Held:
    values = frozenset(draw(st.lists(st.sampled_from(pool), max_size=3)))
    choice = draw(st.sampled_from([ANY, VALUED, NULL_ONLY, Choice(values), Choice(values, others=True),
                                   Choice(values, null=True), Choice(values, others=True, null=True)]))  # fmt: skip
    return Held(choice)


@st.composite
def held_along(draw: st.DrawFn) -> Held:
    times = TimeSpan(draw(st.none() | moments), draw(st.none() | moments))
    bounds = st.none() | st.integers(-30, 120)
    return Held(draw(st.sampled_from([VALUED, VALUED, NULL_ONLY, ANY])), times, (draw(bounds), draw(bounds)))


def line_column(grid: Grid) -> str:
    return getattr(grid.line, "column", "")


@st.composite
def narrowed(draw: st.DrawFn) -> GridMapping:
    mapping = draw(grid_mappings())
    reader, read = mapping.reader, mapping.input
    assert isinstance(reader, Grid)
    assert isinstance(read, Grid)
    pairs = [Link(a, b) for a in (*columns(reader),) for b in (*columns(read),)]
    nulls = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    held = {
        dimension.column: draw(any_held(POOLS[dimension.kind])) for dimension in read.dimensions if draw(st.booleans())
    }
    if line_column(read) and draw(st.booleans()):
        held[line_column(read)] = draw(held_along())
    return replace(mapping, nulls=tuple(nulls), held=tuple(sorted(held.items(), key=lambda part: part[0])))


def columns(grid: Grid) -> list[str]:
    return [each for each in (line_column(grid), *(dimension.column for dimension in grid.dimensions)) if each]


def value_along(grid: Grid, place: int | None) -> datetime | int | None:
    """A value in a partition of the line; None is NULL."""
    if place is None or isinstance(grid.line, WholeScheme):
        return None if place is None else 0
    return grid.line.start(place) + (timedelta(hours=5) if isinstance(grid.line, TimeScheme) else 1)


def is_held(held: Held, value: Value | datetime | None) -> bool:
    if value is None:
        return held.choice.null
    if isinstance(value, datetime):
        return held.choice.others and holds_time(held, value)
    start, end = held.numbers
    inside = not isinstance(value, int) or ((start is None or start <= value) and (end is None or value < end))
    return has(held.choice, value) and inside


class TestNarrowedReadings:
    @slow_law
    @given(narrowed(), st.data())
    def test_each_row_that_can_matter_is_read(self, mapping: GridMapping, data: st.DataObject) -> None:
        reader, read = mapping.reader, mapping.input
        assert isinstance(reader, Grid)
        assert isinstance(read, Grid)
        now = data.draw(st.one_of(st.just(read), renumbered(read)))
        for ordinal in data.draw(some_of(reader)).ordinals():
            reading = mapping.reading(ordinal)
            partitions = IntervalSet() if reading is None else reading.partitions(now)
            for _ in range(4):
                place = data.draw(st.none() | st.integers(-3, 12)) if line_column(read) else 0
                row: dict[str, Value | datetime | None] = {
                    dimension.column: data.draw(st.sampled_from([*POOLS[dimension.kind], None]))
                    for dimension in read.dimensions
                }
                if line_column(read):
                    row[line_column(read)] = value_along(read, place)
                if matters(mapping, ordinal, row, place):
                    along = NULL_LINE if place is None else place
                    lies = [n * STRIDE + along for n in range(len(now.slices)) if lies_in(now, n, row)]
                    assert partitions is None or all(each in partitions for each in lies)
                    assert mapping.within is None or all(
                        n * STRIDE + along in mapping.within for n in range(len(read.slices)) if lies_in(read, n, row)
                    )

    @slow_law
    @given(narrowed(), st.data())
    def test_no_more_is_read_than_without(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        wide = replace(mapping, nulls=(), held=())
        for ordinal in data.draw(some_of(mapping.reader)).ordinals():
            one = IntervalSet.span(ordinal, ordinal + 1)
            narrow, all_of_it = mapping.reads(one), wide.reads(one)
            assert all_of_it is None or narrow is not None
            if all_of_it is not None and narrow is not None and not mapping.nulls:
                assert not narrow - all_of_it

    @slow_law
    @given(narrowed(), st.data())
    def test_reads_is_the_union_of_what_each_reads(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        partitions = data.draw(some_of(mapping.reader))
        together, found = mapping.reads(partitions), IntervalSet()
        for ordinal in partitions.ordinals():
            one, reading = mapping.reads(IntervalSet.span(ordinal, ordinal + 1)), mapping.reading(ordinal)
            assert one == (IntervalSet() if reading is None else reading.partitions(mapping.input))
            if one is None:
                assert together is None
                return
            found |= one
        assert together is not None
        assert not found - together

    @slow_law
    @given(narrowed(), st.data())
    def test_readers_is_the_inverse_image(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        assert isinstance(mapping.input, Grid)
        among, changed = data.draw(some_of(mapping.reader)), data.draw(some_of(mapping.input))
        reads = {ordinal: mapping.reads(IntervalSet.span(ordinal, ordinal + 1)) for ordinal in among.ordinals()}
        hit = (ordinal for ordinal, read in reads.items() if changed and (read is None or read & changed))
        assert mapping.readers(changed, among) == IntervalSet.from_ordinals(hit)

    @slow_law
    @given(narrowed(), st.data())
    def test_the_slices_that_are_read(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        found = mapping.slices_read(range(len(mapping.reader.slices)))
        for ordinal in data.draw(some_of(mapping.reader)).ordinals():
            read = mapping.reads(IntervalSet.span(ordinal, ordinal + 1))
            assert read is None or set(by_slice(read)) <= found


def matters(mapping: GridMapping, ordinal: int, row: dict[str, Value | datetime | None], place: int | None) -> bool:
    """Whether a row of the input can decide a row of one of the reader's partitions."""
    reader, read = mapping.reader, mapping.input
    assert isinstance(reader, Grid)
    assert isinstance(read, Grid)
    along = line_of(ordinal)
    at = {d.column: (d, part) for d, part in zip(reader.dimensions, reader.slices[slice_of(ordinal)], strict=True)}
    without = {column for column, (_, part) in at.items() if part == NULL}
    without |= {line_column(reader)} if along == NULL_LINE else set()
    wanted = [link.input for link in mapping.nulls if link.reader in without]
    if any(row.get(column) is not None for column in wanted):
        return False
    if any(not is_held(held, row.get(column)) for column, held in mapping.held):
        return False
    for link in mapping.links:
        if link.reader in at and link.input in row and at[link.reader][1] != NULL and link.input != line_column(read):
            value = row[link.input]
            assert not isinstance(value, datetime)
            if not holds(*at[link.reader], value):
                return False
    if along == NULL_LINE or line_column(read) in wanted or not line_column(read):
        return True
    lines = mapping.lines.reads(Interval(along, along + 1))
    return lines is None or (place is not None and place in lines)


def lies_in(grid: Grid, number: int, row: dict[str, Value | datetime | None]) -> bool:
    return all(
        holds(dimension, at, value)
        for dimension, at in zip(grid.dimensions, grid.slices[number], strict=True)
        if not isinstance(value := row[dimension.column], datetime)
    )


class TestPlacesAlongALine:
    @law
    @given(held_along(), st.integers(-5, 20))
    @example(Held(VALUED, TimeSpan(datetime(1970, 1, 3), None)), 1)
    def test_of_days(self, held: Held, day: int) -> None:
        days = TimeScheme(Granularity.DAY, column="d")
        at = datetime(1970, 1, 1) + timedelta(days=day, hours=5)
        lines, there = held.lines(days)
        if held.choice.others and holds_time(held, at):
            assert there
            assert lines is None or days.ordinal(at) in lines

    @law
    @given(held_along(), st.integers(-50, 150))
    def test_of_ranges(self, held: Held, number: int) -> None:
        tens = RangeScheme("n", 10)
        lines, there = held.lines(tens)
        if held.choice.others and is_held(held, number):
            assert there
            assert lines is None or tens.ordinal(number) in lines

    def test_local_days_of_instants_are_read_from_the_instant_on(self) -> None:
        line = TimeScheme(Granularity.DAY, "America/New_York", "d", instants=True)
        held = Held(VALUED, TimeSpan(datetime(2024, 3, 10, 3), datetime(2024, 3, 11, 3)))
        lines, _ = held.lines(line)
        assert lines is not None
        assert (line.key(lines.start), line.key(lines.last)) == ("2024-03-09", "2024-03-10")

    def test_an_infinite_time_is_after_all_others(self) -> None:
        """A source's infinite times are counted on the calendar's last day, but not where units are counted off."""
        after = Held(VALUED, TimeSpan(datetime(2024, 1, 1), None))
        lines, _ = after.lines(TimeScheme(Granularity.DAY, column="d"))
        assert lines is not None
        assert TimeScheme(Granularity.DAY).ordinal(datetime(9999, 12, 31)) in lines
        assert after.lines(TimeScheme(Granularity.DAY, column="d", every=3)) == (None, True)
        assert Held(Choice(frozenset({date(2024, 1, 1)}))).lines(TimeScheme(Granularity.DAY, column="d", every=3)) == (
            None,
            True,
        )

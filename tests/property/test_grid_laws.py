"""The algebra of slices: values and their keys, grids, rectangles, and what one grid reads of another."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise, product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import interval_sets, intervals, law

from swathe.api.key_parts import named as named_by_key
from swathe.api.key_parts import read_key
from swathe.partition.earlier import EarlierMapping
from swathe.partition.granularity import Granularity
from swathe.partition.grid import (
    NULL_LINE,
    STRIDE,
    Dimension,
    Grid,
    Slice,
    all_partitions,
    band,
    by_slice,
    line_of,
    placed,
    slice_of,
)
from swathe.partition.held import Choice
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping as LineMapping
from swathe.partition.numbers import Bounds, RangeScheme
from swathe.partition.reading import GridMapping, Link, Reading
from swathe.partition.rectangle import NamedRectangle, Rectangle, named, overwritten, rectangles
from swathe.partition.relative import lookback_window
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import EMPTY_KEY, NULL, NULL_KEY, REST, REST_KEY, Coordinate, Listed, Value, ValueKind
from swathe.partition.window import Window
from swathe.plan.versions import Versions, mixed

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
slow_law = settings(law, max_examples=5_000 if DEEP else 100)

DAYS, WEEKS, MONTHS = (TimeScheme(each, column="d") for each in (Granularity.DAY, Granularity.WEEK, Granularity.MONTH))
TENS, SEVENS = RangeScheme("n", 10), RangeScheme("n", 7, 3)
WHOLE = WholeScheme()
LINES: list[Line] = [DAYS, WEEKS, MONTHS, TENS, SEVENS, WHOLE]
NULL_RUN = IntervalSet.span(NULL_LINE, NULL_LINE + 1)

ODD_TEXTS = [
    "", "all", "ALL", NULL_KEY, REST_KEY, f"{REST_KEY}:", f"{REST_KEY}:a,b", EMPTY_KEY, "a,b", ",", "%2C", "%", "%41",
    "50%", "a/b=c", "k=v", "/", "=", " ", "  ", " x", "x ", "\u3000x", "x\x85", "\n", "\x7f", "'", '"', "é", "e\u0301",
    "2013-01-31", "2013", "-7", "007", "7", "true", "🛩", "a", "b", "A",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.text(st.sampled_from("ab%/=, _:\x1f2C"), max_size=6),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
VALUES: dict[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.TEXT: texts,
    ValueKind.INTEGER: st.integers(-(10**38), 10**38) | st.integers(-3, 3),
    ValueKind.BOOLEAN: st.booleans(),
    ValueKind.DATE: st.dates(),
}
kinds = st.sampled_from(list(ValueKind))
column_names = st.one_of(
    st.sampled_from(
        ["d", "n", "k", "a=b", "a/b", "a", "%41", "all", NULL_KEY, " k", "k ", "É", "İ", "ß", "a b", "x,y"]
    ),
    texts.filter(lambda name: name.isprintable() and bool(name.strip())),
)


@st.composite
def any_grids(draw: st.DrawFn) -> Grid:
    """Any columns, with any values."""
    line = draw(st.sampled_from([DAYS, TENS, WHOLE]))
    taken = [] if line is WHOLE else [getattr(line, "column", "")]
    names = draw(
        st.lists(column_names, min_size=line is WHOLE, max_size=3, unique_by=str.lower).map(
            lambda found: [name for name in found if name.lower() not in taken]
        )
    )
    dimensions = []
    for name in names:
        kind = draw(kinds)
        values = draw(st.lists(VALUES[kind], max_size=3, unique=True))
        rest = draw(st.booleans())
        dimensions.append(Dimension(name, kind, tuple(values), rest, draw(st.booleans()) or not (rest or values)))
    null_line = line is not WHOLE and (draw(st.booleans()) or not names)
    return Grid.of(line, tuple(draw(st.permutations([*taken, *names]))), dimensions, null_line=null_line)


POOLS: dict[ValueKind, list[Value]] = {
    ValueKind.TEXT: ["a", "b", "a,b", f"{REST_KEY}:a", "", "neither"],
    ValueKind.INTEGER: [0, 1, 2, -1, 99],
    ValueKind.BOOLEAN: [True, False],
    ValueKind.DATE: [date(2013, 1, day) for day in (1, 2, 3, 31)],
}
"""A small universe of rows' values. But for booleans, the last one is in no list."""


COLUMNS = {
    "k": ValueKind.TEXT, "k=b": ValueKind.TEXT, "%6b": ValueKind.TEXT, "x": ValueKind.INTEGER, "x/y": ValueKind.DATE,
    "b": ValueKind.BOOLEAN,
}  # fmt: skip
"""Columns of values, some of which read like others when they are not spelled as in a key."""

INFINITE = {name: kind for name, kind in COLUMNS.items() if kind is not ValueKind.BOOLEAN}
"""There is always a value that is in no list."""


@st.composite
def dimensions_of(draw: st.DrawFn, name: str, kind: ValueKind) -> Dimension:
    pool = POOLS[kind] if kind is ValueKind.BOOLEAN else POOLS[kind][:-1]
    values = draw(st.lists(st.sampled_from(pool), max_size=3, unique=True))
    return Dimension(name, kind, tuple(values), draw(st.booleans()), draw(st.booleans()))


def coordinates(dimension: Dimension) -> st.SearchStrategy[Coordinate]:
    return st.sampled_from([*map(Listed, POOLS[dimension.kind]), REST, NULL])


@st.composite
def small_grids(draw: st.DrawFn, lines: Iterable[Line] = LINES, columns: Mapping[str, ValueKind] = COLUMNS) -> Grid:
    """Of a few columns with a few values, among them slices of earlier lists."""
    line = draw(st.sampled_from(list(lines)))
    names = draw(st.lists(st.sampled_from(list(columns)), min_size=line is WHOLE, max_size=2, unique=True))
    dimensions = [draw(dimensions_of(name, columns[name])) for name in names]
    null_line = line is not WHOLE and draw(st.booleans())
    own = () if line is WHOLE else (getattr(line, "column", ""),)
    grid = Grid.of(line, (*own, *names), dimensions, null_line=null_line)
    more = draw(st.lists(st.tuples(*map(coordinates, grid.dimensions)), max_size=3)) if grid.dimensions else []
    return grid.known(map(grid.spell, more))


def holds(dimension: Dimension, at: Coordinate, value: Value | None) -> bool:
    """Whether a row with this value lies at a coordinate."""
    if value is None or at == NULL:
        return value is None and at == NULL
    return at.value == value if isinstance(at, Listed) else value not in dimension.values


def share(one: Dimension, at: Coordinate, other: Dimension, there: Coordinate) -> bool:
    """Whether there is a value that lies at both."""
    return any(holds(one, at, value) and holds(other, there, value) for value in [*POOLS[one.kind], None])


def overlap(grid: Grid, one: int, other: int) -> bool:
    """Whether a row can lie in both slices."""
    pairs = zip(grid.dimensions, grid.slices[one], grid.slices[other], strict=True)
    return all(share(dimension, here, dimension, there) for dimension, here, there in pairs)


def partitions_of(grid: Grid, lines: Iterable[int]) -> list[int]:
    """A few partitions of each slice, and those for NULL."""
    along = [0] if grid.line == WHOLE else [*lines, *([NULL_LINE] if grid.null_line else [])]
    return [number * STRIDE + line for number in range(len(grid.slices)) for line in along]


class TestKeys:
    @law
    @given(kinds, st.data())
    def test_a_value_is_read_as_it_was_spelled(self, kind: ValueKind, data: st.DataObject) -> None:
        value = data.draw(VALUES[kind])
        spelled = kind.spell(value)
        assert kind.read(spelled) == value
        assert type(kind.read(spelled)) is type(value)

    @law
    @given(kinds, st.data())
    def test_no_two_values_are_spelled_alike(self, kind: ValueKind, data: st.DataObject) -> None:
        one, other = data.draw(VALUES[kind]), data.draw(VALUES[kind])
        assert (kind.spell(one) == kind.spell(other)) == (one == other)

    @law
    @given(texts)
    def test_a_spelled_text_can_stand_in_a_key(self, text: str) -> None:
        spelled = ValueKind.TEXT.spell(text)
        assert spelled
        assert spelled == spelled.strip()
        assert not set(spelled) & set("/=\n\r\t")
        assert spelled not in (NULL_KEY, REST_KEY, "all")
        assert not spelled.startswith(f"{REST_KEY}:")

    @law
    @given(kinds, texts)
    def test_any_text_is_read_or_refused(self, kind: ValueKind, text: str) -> None:
        try:
            value = kind.read(text)
        except ValueError:
            assert kind is not ValueKind.TEXT
        else:
            assert kind.read(kind.spell(value)) == value

    @law
    @given(any_grids(), st.sets(st.integers(-5, 20_000), max_size=3))
    def test_a_key_names_its_partition_and_no_other(self, grid: Grid, lines: set[int]) -> None:
        """Among all columns of a project."""
        columns = {column.lower() for column in grid.columns} | {"other", "a"}
        keys = {}
        for ordinal in partitions_of(grid, lines):
            key = keys[ordinal] = grid.key(ordinal)
            found = named_by_key(grid, read_key(key, columns)).partitions()
            expected = band(slice_of(ordinal)) if grid.line == WHOLE else Interval(ordinal, ordinal + 1)
            assert found == IntervalSet.of(expected)
        assert len(set(keys.values())) == len(keys)

    @law
    @given(any_grids())
    def test_a_stored_slice_is_read_as_it_was(self, grid: Grid) -> None:
        stored = [grid.slice_text(number) for number in range(len(grid.slices))]
        assert len(set(stored)) == len(stored)
        assert [grid.slice_number(text) for text in stored] == list(range(len(stored)))
        assert [grid.read_slice(text) for text in stored] == list(grid.slices)

    @law
    @given(any_grids(), st.randoms(use_true_random=False))
    def test_slices_of_records_are_known_whatever_the_lists_are_now(self, grid: Grid, chance: object) -> None:
        stored = [grid.slice_text(number) for number in range(len(grid.slices))]
        bare = [Dimension(d.column, d.kind, d.values[:1]) for d in grid.dimensions]
        now = Grid.of(grid.line, grid.columns, bare, null_line=grid.null_line)
        found = now.known([*stored, *stored])
        assert found.unit == grid.unit
        assert found.slices[: now.declared] == now.slices
        assert found.declared == now.declared
        assert set(found.slices) == set(now.slices) | set(grid.slices)
        assert len(set(found.slices)) == len(found.slices)
        assert {found.slice_text(found.numbers[part]) for part in grid.slices} == set(stored)
        assert found.known(stored) == found

    @law
    @given(any_grids(), st.data())
    def test_another_order_of_columns_is_the_same_cut(self, grid: Grid, data: st.DataObject) -> None:
        columns = tuple(data.draw(st.permutations(grid.columns)))
        other = Grid.of(grid.line, columns, data.draw(st.permutations(grid.dimensions)), null_line=grid.null_line)
        assert other.unit == grid.unit
        assert {other.slice_text(number) for number in other.due_slices} == set(map(grid.slice_text, grid.due_slices))

    @law
    @given(any_grids(), texts)
    def test_a_text_that_is_no_slice_is_left_out(self, grid: Grid, text: str) -> None:
        part = grid.read_slice(text)
        assert part is None or grid.read_slice(grid.spell(part)) == part
        assert grid.known([text]).declared == grid.declared


class TestNumberLine:
    @law
    @given(st.integers(0, 10**6), st.integers(-(2**62), 2**62))
    def test_a_partition_is_a_slice_and_a_place_along_the_line(self, number: int, along: int) -> None:
        ordinal = number * STRIDE + along
        assert (slice_of(ordinal), line_of(ordinal)) == (number, along)
        assert ordinal in band(number)

    @law
    @given(st.dictionaries(st.integers(0, 6), interval_sets().filter(bool)))
    def test_slices_are_told_apart_again(self, parts: dict[int, IntervalSet]) -> None:
        together = IntervalSet.merge(run for number, lines in parts.items() for run in placed(number, lines))
        found = by_slice(together)
        assert found == parts
        assert list(found) == sorted(parts)

    @law
    @given(st.sets(st.integers(0, 6)))
    def test_whole_bands_are_told_apart_again(self, numbers: set[int]) -> None:
        everything = IntervalSet.span(-(STRIDE // 2), STRIDE // 2)
        assert by_slice(IntervalSet.merge(map(band, numbers))) == dict.fromkeys(sorted(numbers), everything)

    @law
    @given(small_grids(), interval_sets(0, 30))
    def test_all_combinations(self, grid: Grid, lines: IntervalSet) -> None:
        found = all_partitions(grid, lines)
        wanted = lines | NULL_RUN if grid.null_line else lines
        assert set(found.ordinals()) == {n * STRIDE + along for n in grid.due_slices for along in wanted.ordinals()}
        assert found == IntervalSet.merge(found)


class TestRanges:
    schemes = st.builds(
        lambda step, offset: RangeScheme("n", step, offset % step),
        st.integers(1, 50) | st.integers(1, 10**40),
        st.integers(0, 10**40),
    )

    @law
    @given(schemes, st.integers(-200, 200) | st.integers(-(2**61), 2**61))
    def test_partitions_cover_and_are_disjoint(self, scheme: RangeScheme, number: int) -> None:
        ordinal = scheme.ordinal(number)
        assert scheme.start(ordinal) <= number < scheme.start(ordinal + 1)
        assert scheme.start(ordinal + 1) - scheme.start(ordinal) == scheme.step
        assert scheme.ordinal(scheme.start(ordinal)) == ordinal

    @law
    @given(schemes, st.integers(-(2**62) + 1, 2**62))
    def test_keys_round_trip(self, scheme: RangeScheme, ordinal: int) -> None:
        assert scheme.parse(scheme.key(ordinal)) == Interval(ordinal, ordinal + 1)

    @law
    @given(schemes, st.integers(), st.integers())
    @example(RangeScheme("n", 1), -(2**62), -(2**62) - 1)
    @example(RangeScheme("n", 1), 2**64, 2**64 + 1)
    def test_whatever_the_number_its_partition_is_one_of_the_line(self, scheme: RangeScheme, a: int, b: int) -> None:
        """Not one of the next slice, and not the one for NULL."""
        first, last = sorted((a, b))
        assert NULL_LINE < scheme.ordinal(first) <= scheme.ordinal(last) < STRIDE // 2

    @law
    @given(schemes, st.integers(-100, 100), st.integers(1, 100))
    def test_a_span_overlaps_the_partitions_of_its_numbers(self, scheme: RangeScheme, start: int, width: int) -> None:
        found = scheme.overlapping(Bounds(start, start + width))
        assert set(found) == {scheme.ordinal(number) for number in range(start, start + width)}

    @law
    @given(schemes, intervals())
    def test_bounds_are_exact(self, scheme: RangeScheme, run: Interval) -> None:
        bounds = scheme.bounds(run)
        assert scheme.overlapping(bounds) == run
        assert scheme.ordinal(bounds.start - 1) == run.start - 1
        assert scheme.ordinal(bounds.end) == run.end


class TestSlices:
    @slow_law
    @given(small_grids(columns=INFINITE), st.data())
    def test_each_row_lies_in_one_slice_at_most(self, grid: Grid, data: st.DataObject) -> None:
        values = [data.draw(st.sampled_from([*POOLS[d.kind], None])) for d in grid.dimensions]
        cut = [grid.slices[number] for number in grid.due_slices]
        found = [part for part in cut if all(map(holds, grid.dimensions, part, values))]
        everywhere = all(
            (d.null if value is None else d.rest or value in d.values)
            for d, value in zip(grid.dimensions, values, strict=True)
        )
        assert len(found) == everywhere

    @slow_law
    @given(small_grids(), st.data())
    def test_slices_meet_when_a_row_can_lie_in_both(self, grid: Grid, data: st.DataObject) -> None:
        assume(grid.dimensions)
        index = data.draw(st.sampled_from(range(len(grid.dimensions))))
        mine = grid.dimensions[index]
        other = data.draw(dimensions_of("o", mine.kind))
        at = data.draw(coordinates(other))
        met = grid.meeting(index, at, frozenset(other.values))
        assert grid.holding(index, other.read_wanted(other.spell_wanted(at))) == met
        for number, part in enumerate(grid.slices):
            if mine.kind is ValueKind.BOOLEAN and REST in (at, part[index]):  # two rests of booleans may be apart
                assert number in met or not share(mine, part[index], other, at)
            else:
                assert (number in met) == share(mine, part[index], other, at)

    @law
    @given(small_grids(), st.data())
    def test_the_order_of_a_list_says_nothing(self, grid: Grid, data: st.DataObject) -> None:
        for dimension in grid.dimensions:
            values = tuple(data.draw(st.permutations(dimension.values)))
            other = Dimension(dimension.column, dimension.kind, values, rest=True)
            assert other.spell_wanted(REST) == dimension.spell_wanted(REST)
            assert dimension.read_wanted(other.spell_wanted(REST)) == Choice(frozenset(values), others=True)

    @slow_law
    @given(small_grids(columns=INFINITE), st.data())
    def test_what_is_overwritten_shares_rows(self, grid: Grid, data: st.DataObject) -> None:
        """The cut's own slices share none with each other; those of earlier lists may."""
        assume(grid.slices)
        numbers = data.draw(st.sets(st.sampled_from(range(len(grid.slices)))))
        expected = numbers | {
            other
            for number in numbers
            for other in range(len(grid.slices))
            if other >= grid.declared and overlap(grid, number, other)
        }
        assert grid.overwritten(numbers) == expected
        assert not any(overlap(grid, a, b) for a, b in product(grid.due_slices, repeat=2) if a != b)

    @law
    @given(small_grids())
    def test_what_a_slice_takes_in_was_cut_earlier(self, grid: Grid) -> None:
        for number in grid.due_slices:
            taken = grid.taken_in.get(number, frozenset())
            assert taken == grid.overwritten([number]) - {number}
            assert all(other >= grid.declared for other in taken)


@st.composite
def areas(draw: st.DrawFn, slices: int = 5, low: int = -10, high: int = 20) -> IntervalSet:
    """Partitions of a few slices, with many runs alike."""
    runs = draw(st.lists(intervals(low, high), min_size=1, max_size=4))
    parts = st.lists(st.tuples(st.integers(0, slices - 1), st.sampled_from(runs)), max_size=10)
    return IntervalSet.merge(run for number, lines in draw(parts) for run in placed(number, IntervalSet.of(lines)))


some_rectangles = st.builds(
    lambda lines, slices: Rectangle(lines, tuple(sorted(slices))), intervals(), st.sets(st.integers(0, 9), min_size=1)
)


class TestRectangles:
    @law
    @given(areas())
    def test_they_cover_a_set_and_are_disjoint(self, partitions: IntervalSet) -> None:
        found = rectangles(partitions)
        assert IntervalSet.merge(run for part in found for run in part.partitions()) == partitions
        assert sum(map(len, found)) == partitions.count
        assert [part.lines.start for part in found] == sorted(part.lines.start for part in found)
        assert all(part.slices == tuple(sorted(set(part.slices))) for part in found)

    @law
    @given(areas())
    def test_each_has_all_slices_and_as_much_of_the_line_as_they_have_alike(self, partitions: IntervalSet) -> None:
        found = rectangles(partitions)
        for one, other in pairwise(found):
            assert one.lines.end <= other.lines.start
            assert one.lines.end < other.lines.start or one.slices != other.slices

    @law
    @given(some_rectangles)
    def test_a_rectangle_is_one(self, part: Rectangle) -> None:
        assert rectangles(part.partitions()) == (part,)

    @law
    @given(some_rectangles)
    def test_ordinals_ascend(self, part: Rectangle) -> None:
        found = list(part.ordinals())
        assert found == sorted(n * STRIDE + line for n in part.slices for line in part.lines)
        assert len(found) == len(part)
        assert (part.first, part.last) == (found[0], found[-1])
        assert all(before < after for before, after in pairwise(found))

    @law
    @given(some_rectangles)
    def test_halves_are_two_parts(self, part: Rectangle) -> None:
        assume(len(part) > 1)
        one, other = part.halves()
        assert sorted([*one.ordinals(), *other.ordinals()]) == list(part.ordinals())
        assert one.lines.start <= other.lines.start
        assert abs(len(one) - len(other)) <= max(len(part.slices), 1)

    @law
    @given(intervals().filter(lambda run: len(run) == 1), st.integers(0, 9))
    def test_one_partition_has_no_halves(self, lines: Interval, number: int) -> None:
        with pytest.raises(ValueError, match="no halves"):
            Rectangle(lines, (number,)).halves()

    @law
    @given(some_rectangles, st.integers(1, 60), st.booleans())
    def test_a_corner_is_inside(self, part: Rectangle, size: int, newest_first: bool) -> None:
        found = part.corner(size, newest_first=newest_first)
        assert 1 <= len(found) <= size
        assert not found.partitions() - part.partitions()
        assert found.lines.end == part.lines.end if newest_first else found.lines.start == part.lines.start
        if len(found.lines) > 1:
            assert found.slices == part.slices
        if size >= len(part):
            assert found == part

    @law
    @given(some_rectangles, st.integers(1, 60), st.booleans())
    def test_corner_by_corner_all_is_taken(self, part: Rectangle, size: int, newest_first: bool) -> None:
        left, steps = part.partitions(), 0
        while left:
            found = rectangles(left)[0].corner(size, newest_first=newest_first).partitions()
            assert found & left == found
            left, steps = left - found, steps + 1
            assert steps <= len(part)

    @law
    @given(small_grids(), st.data())
    def test_a_stored_rectangle_is_the_same_under_any_numbering(self, grid: Grid, data: st.DataObject) -> None:
        assume(grid.slices)
        slices = data.draw(st.sets(st.sampled_from(range(len(grid.slices))), min_size=1))
        part = Rectangle(data.draw(intervals()), tuple(sorted(slices)))
        stored = named(part, grid)
        assert len(stored) == len(part)
        assert stored.partitions(grid) == part.partitions()
        other = data.draw(renumbered(grid))
        expected = {
            (other.numbers[grid.slices[number]], line)
            for number in slices
            if grid.slices[number] in other.numbers
            for line in part.lines
        }
        found = stored.partitions(other)
        assert {(slice_of(ordinal), line_of(ordinal)) for ordinal in found.ordinals()} == expected
        assert found == IntervalSet.merge(found)
        assert set(stored.slices) <= set(overwritten(part, grid).slices)

    def test_of_a_table_without_slices(self) -> None:
        part = Rectangle(Interval(3, 5))
        assert named(part, DAYS) == overwritten(part, DAYS) == NamedRectangle(Interval(3, 5), ("",))
        assert named(part, DAYS).partitions(DAYS) == IntervalSet.span(3, 5)


@st.composite
def renumbered(draw: st.DrawFn, grid: Grid, *, keep: bool = False) -> Grid:
    """A cut of the same columns with other lists; with `keep` with the same values in another order, and all slices
    known.
    """
    dimensions = []
    for d in grid.dimensions:
        other = draw(dimensions_of(d.column, d.kind))
        values = tuple(draw(st.permutations(d.values))) if keep else other.values
        dimensions.append(Dimension(d.column, d.kind, values, d.rest if keep else other.rest, other.null))
    found = Grid.of(grid.line, grid.columns, dimensions, null_line=grid.null_line)
    stored = [grid.slice_text(number) for number in range(len(grid.slices))]
    return found.known(stored if keep else draw(st.lists(st.sampled_from(stored))) if stored else [])


windows = st.one_of(
    st.none(), st.just(Window()), st.integers(1, 9).map(lambda count: lookback_window(count, Granularity.DAY))
)


@st.composite
def grid_mappings(draw: st.DrawFn) -> GridMapping:
    """Two cuts with any relation of their lines, and links between columns of one kind."""
    reader, read = draw(small_grids()), draw(small_grids())
    pairs = [
        Link(mine.column, theirs.column)
        for mine in reader.dimensions
        for theirs in read.dimensions
        if mine.kind is theirs.kind
    ]
    links = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    stray = draw(st.sampled_from([(), (Link("k", "nowhere"), Link("d", "d"))]))
    return GridMapping(LineMapping(draw(windows), reader.line, read.line), reader, read, (*links, *stray))


def decides(mapping: GridMapping, part: Slice, number: int) -> bool:
    """Whether rows of a reader's slice can be made from rows of a slice of the input, by their values."""
    reader, read = mapping.reader, mapping.input
    assert isinstance(reader, Grid)
    assert isinstance(read, Grid)
    mine = {d.column: (d, at) for d, at in zip(reader.dimensions, part, strict=True)}
    theirs = {d.column: (d, at) for d, at in zip(read.dimensions, read.slices[number], strict=True)}
    linked: dict[str, list[tuple[Dimension, Coordinate]]] = defaultdict(list)
    for link in mapping.links:
        if link.reader in mine and link.input in theirs and mine[link.reader][1] != NULL:
            linked[link.input].append(mine[link.reader])
    # A row has one value, whatever number of columns of the reader are made from it.
    return all(
        any(
            all(holds(*place, value) for place in (theirs[column], *places))
            for value in [*POOLS[theirs[column][0].kind], None]
        )
        for column, places in linked.items()
    )


def is_exact(mapping: GridMapping) -> bool:
    """Whether no column is linked twice, and none is of booleans, where not all that is read can be needed."""
    linked = [link.input for link in mapping.links]
    cuts = [mapping.reader, mapping.input]
    return len(linked) == len(set(linked)) and not any(
        dimension.kind is ValueKind.BOOLEAN for cut in cuts if isinstance(cut, Grid) for dimension in cut.dimensions
    )


def some_of(grid: Grid) -> st.SearchStrategy[IntervalSet]:
    """A few partitions in 1970, the first numbers, or the only one."""
    lines = st.just(0) if grid.line == WHOLE else st.integers(-3, 12)
    lines = lines | st.just(NULL_LINE) if grid.null_line else lines
    if not grid.slices:
        return st.just(IntervalSet())
    places = st.builds(lambda n, line: n * STRIDE + line, st.integers(0, len(grid.slices) - 1), lines)
    return st.lists(places, max_size=12).map(IntervalSet.from_ordinals)


class TestReadings:
    @slow_law
    @given(grid_mappings(), st.data())
    def test_a_partition_reads_its_run_of_the_line_in_all_slices_that_can_matter(
        self, mapping: GridMapping, data: st.DataObject
    ) -> None:
        reader, read = mapping.reader, mapping.input
        assert isinstance(reader, Grid)
        assert isinstance(read, Grid)
        for ordinal in data.draw(some_of(reader)).ordinals():
            number, along = slice_of(ordinal), line_of(ordinal)
            reading = mapping.reading(ordinal)
            assert reading is not None
            assert reading.lines == (None if along == NULL_LINE else mapping.lines.reads(Interval(along, along + 1)))
            matched = set(read.matching(reading.slices))
            needed = {other for other in range(len(read.slices)) if decides(mapping, reader.slices[number], other)}
            assert needed <= matched
            if is_exact(mapping):
                assert needed == matched
            partitions = reading.partitions(read)
            if partitions is None:
                assert reading.lines is None
                assert len(matched) == len(read.slices)
            else:
                lines = None if reading.lines is None else IntervalSet.of(reading.lines)
                found = by_slice(partitions)
                assert set(found) == matched
                assert lines is None or all(each == lines for each in found.values())

    @slow_law
    @given(grid_mappings(), st.data())
    def test_reads_is_the_union_of_what_each_reads(self, mapping: GridMapping, data: st.DataObject) -> None:
        """For partitions that are next to each other the hull along the line, as of any batch."""
        assert isinstance(mapping.reader, Grid)
        partitions = data.draw(some_of(mapping.reader))
        together, found = mapping.reads(partitions), IntervalSet()
        for ordinal in partitions.ordinals():
            one = mapping.reads(IntervalSet.span(ordinal, ordinal + 1))
            reading = mapping.reading(ordinal)
            assert reading is not None
            assert reading.partitions(mapping.input) == one
            if one is None:
                assert together is None
                return
            found |= one
        assert together is not None
        assert not found - together
        assert {n: lines.hull() for n, lines in by_slice(together).items()} == {
            n: lines.hull() for n, lines in by_slice(found).items()
        }

    @slow_law
    @given(grid_mappings(), st.data())
    def test_more_partitions_read_no_less(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        one, other = data.draw(some_of(mapping.reader)), data.draw(some_of(mapping.reader))
        both = mapping.reads(one | other)
        for part in (one, other):
            read = mapping.reads(part)
            assert both is None or (read is not None and not read - both)

    @slow_law
    @given(grid_mappings(), st.data())
    def test_readers_is_the_inverse_image(self, mapping: GridMapping, data: st.DataObject) -> None:
        assert isinstance(mapping.reader, Grid)
        assert isinstance(mapping.input, Grid)
        among, changed = data.draw(some_of(mapping.reader)), data.draw(some_of(mapping.input))
        reads = {ordinal: mapping.reads(IntervalSet.span(ordinal, ordinal + 1)) for ordinal in among.ordinals()}
        hit = (ordinal for ordinal, read in reads.items() if changed and (read is None or read & changed))
        expected = IntervalSet.from_ordinals(hit)
        assert mapping.readers(changed, among) == expected

    @slow_law
    @given(grid_mappings(), st.data())
    def test_a_stored_reading_is_read_right_under_other_lists(self, mapping: GridMapping, data: st.DataObject) -> None:
        """All slices that can hold a row that was read are in it, in whatever way the input is cut by values now."""
        reader, read = mapping.reader, mapping.input
        assert isinstance(reader, Grid)
        assert isinstance(read, Grid)
        now = data.draw(renumbered(read))
        later = GridMapping(mapping.lines, reader, now, mapping.links)
        for number, part in enumerate(reader.slices):
            reading = mapping.reading(number * STRIDE)
            assert reading is not None
            matched = set(now.matching(reading.slices))
            needed = {other for other in range(len(now.slices)) if decides(later, part, other)}
            assert needed <= matched
            if is_exact(mapping):
                assert needed == matched

    @slow_law
    @given(grid_mappings(), st.data())
    def test_a_version_does_not_depend_on_the_numbering(self, mapping: GridMapping, data: st.DataObject) -> None:
        reader, read = mapping.reader, mapping.input
        assert isinstance(reader, Grid)
        assert isinstance(read, Grid)
        now = data.draw(renumbered(read, keep=True))
        held = [(ordinal, 2**position) for position, ordinal in enumerate(data.draw(some_of(read)).ordinals())]
        moved = [(now.numbers[read.slices[slice_of(o)]] * STRIDE + line_of(o), version) for o, version in held]
        before, after = Versions.of(read.unit, held), Versions.of(now.unit, moved)
        for ordinal in data.draw(some_of(reader)).ordinals():
            reading = mapping.reading(ordinal)
            assert reading is not None
            assert before.total(reading.partitions(read)) == after.total(reading.partitions(now))

    @law
    @given(small_grids(lines=[DAYS, TENS]), windows, st.booleans(), st.data())
    def test_a_table_that_reads_itself_reads_what_lies_before(
        self, grid: Grid, window: Window | None, linked: bool, data: st.DataObject
    ) -> None:
        links = tuple(Link(d.column, d.column) for d in grid.dimensions) if linked else ()
        mapping = GridMapping(EarlierMapping(LineMapping(window, grid.line, grid.line), -3), grid, grid, links)
        among, changed = data.draw(some_of(grid)), data.draw(some_of(grid))
        readers = mapping.readers(changed, among)
        for ordinal in among.ordinals():
            one = IntervalSet.span(ordinal, ordinal + 1)
            read, reading = mapping.reads(one), mapping.reading(ordinal)
            assert read is not None
            assert read == (IntervalSet() if reading is None else reading.partitions(grid))
            assert all(line_of(run.start) >= -3 and line_of(run.last) < line_of(ordinal) for run in read)
            assert not read & changed or ordinal in readers
            assert line_of(ordinal) != NULL_LINE or ordinal not in readers
        chain = mapping.chain(changed, among)
        for ordinal in among.ordinals():
            read = mapping.reads(IntervalSet.span(ordinal, ordinal + 1))
            assert (ordinal in chain) == bool(read and read & (changed | chain))

    @law
    @given(st.sampled_from([DAYS, TENS, WHOLE]), small_grids(), st.data())
    def test_the_partition_for_null_and_tables_without_slices(
        self, plain: Line, grid: Grid, data: st.DataObject
    ) -> None:
        links = tuple(Link(d.column, d.column) for d in grid.dimensions)
        for reader, read in ((plain, grid), (grid, plain)):
            mapping = GridMapping(
                LineMapping(Window(), getattr(reader, "line", reader), getattr(read, "line", read)), reader, read, links
            )
            reading = mapping.reading(NULL_LINE)
            assert reading == Reading(None)
            assert reading.partitions(read) is None


class TestMeasures:
    @law
    @given(
        st.tuples(st.integers(-50, 50), st.integers(-12, 120), st.integers(0, 30)),
        st.tuples(st.integers(-50, 50), st.integers(-12, 120), st.integers(0, 30)),
    )
    @example((1, 23, 5), (12, 3, 5))
    def test_a_count_says_which_partition_it_is_of(
        self, one: tuple[int, int, int], other: tuple[int, int, int]
    ) -> None:
        first, second = (mixed(along, str(count), f"x={value}") for value, along, count in (one, other))
        assert (first == second) == (one == other)

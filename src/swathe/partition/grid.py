"""A table cut by columns of values, alone or across a line of time or whole numbers.

Each combination of values is a **slice**, and slices stand side by side on one number line, `STRIDE` apart: partition
`ordinal` of slice `i` of the line is `i * STRIDE + ordinal`. So the partitions of any table are a set of integers, and
what reckons with sets of integers need not know of values. Numbers of slices hold for one command only: what is stored
is a slice's text and the ordinal along the line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from swathe.frozen import frozen
from swathe.partition.held import Choice
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import (
    ANY_KEY,
    NULL,
    NULL_KEY,
    NULL_ORDINAL,
    REST,
    REST_KEY,
    Coordinate,
    Listed,
    Null,
    Rest,
    Value,
    ValueKind,
    read_text,
    spell_text,
)

STRIDE = 2**64
_HALF = STRIDE // 2
NULL_LINE = NULL_ORDINAL
"""The ordinal along the line of the rows in which its column is NULL, where they are a partition of their own."""

Slice = tuple[Coordinate, ...]
"""One coordinate for each dimension of a grid."""


def slice_of(ordinal: int) -> int:
    """The number of the slice that a partition lies in."""
    return (ordinal + _HALF) // STRIDE


def line_of(ordinal: int) -> int:
    """A partition's ordinal along the line."""
    return ordinal - slice_of(ordinal) * STRIDE


def band(number: int) -> Interval:
    """All partitions that a slice can have."""
    return Interval(number * STRIDE - _HALF, number * STRIDE + _HALF)


def placed(number: int, lines: IntervalSet) -> IntervalSet:
    """The partitions of one slice, from ordinals along the line."""
    if not number:
        return lines
    shift = number * STRIDE
    return IntervalSet(tuple(Interval(run.start + shift, run.end + shift) for run in lines))


def by_slice(partitions: IntervalSet) -> dict[int, IntervalSet]:
    """Ordinals along the line, for each slice that has any, in order. The inverse of `placed`."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for run in partitions:
        first, last = slice_of(run.start), slice_of(run.last)
        for number in range(first, last + 1):
            part = band(number)
            shift = number * STRIDE
            found[number].append(Interval(max(run.start, part.start) - shift, min(run.end, part.end) - shift))
    return {number: IntervalSet(tuple(runs)) for number, runs in found.items()}


@frozen
class Dimension:
    """A column cut by values: one coordinate for each, one for all others (`rest`), one for NULL (`null`)."""

    column: str
    kind: ValueKind
    values: tuple[Value, ...]
    rest: bool = False
    null: bool = False

    @property
    def unit(self) -> str:
        """How records say that a table is cut by it."""
        kind = "" if self.kind is ValueKind.TEXT else f" as {self.kind}"
        return f"{self.column.lower()}{kind}"

    @property
    def coordinates(self) -> tuple[Coordinate, ...]:
        listed = tuple(Listed(value) for value in self.values)
        return (*listed, *((REST,) if self.rest else ()), *((NULL,) if self.null else ()))

    def spell(self, coordinate: Coordinate) -> str:
        match coordinate:
            case Listed(value):
                return self.kind.spell(value)
            case Rest():
                return REST_KEY
            case Null():
                return NULL_KEY

    def spell_wanted(self, coordinate: Coordinate) -> str:
        """The same where it is to be understood elsewhere: the rest of a list says what it is the rest of."""
        return self.spell_choice(Choice.at(coordinate, frozenset(self.values))) or ""

    def spell_choice(self, choice: Choice) -> str | None:
        """A set of values where it is to be understood elsewhere; None for what leaves nothing but some values out."""
        # In an order of its own: the same list, written in another order, has the same rest.
        listed = sorted(self.kind.spell(value).replace(",", "%2C") for value in choice.values)
        if choice.others:
            return None if choice.null else f"{REST_KEY}:{','.join(listed)}"
        if choice.null:
            listed.append(NULL_KEY)
        if len(listed) != 1:
            return f"{ANY_KEY}:{','.join(listed)}"
        return NULL_KEY if choice.null else self.kind.spell(next(iter(choice.values)))

    def read_wanted(self, text: str) -> Choice:
        """The values of which another table's column said that they are wanted.

        Raises ValueError for a text that stands for no value of this kind.
        """
        word, colon, listed = text.partition(":")
        if not colon or word not in (REST_KEY, ANY_KEY):
            return Choice.at(self.read(text), frozenset())
        parts = [part for part in listed.split(",") if part]
        values = frozenset(self.kind.read(part) for part in parts if part != NULL_KEY)
        return Choice(values, others=word == REST_KEY, null=NULL_KEY in parts)

    def read(self, text: str) -> Coordinate:
        """Raises ValueError for a text that stands for no value of this kind."""
        if text == REST_KEY:
            return REST
        return NULL if text == NULL_KEY else Listed(self.kind.read(text))


@dataclass(frozen=True)
class Grid:
    """How a table is cut by several columns, by values, or with partitions for NULL.

    `columns` are all columns in the order in which keys name them, spelled as the query spells them; `dimensions` are
    sorted by name, so that another order is the same cut. The first `declared` of `slices` are in the cut as it is now;
    the others are known from records only. `null_line`: rows without a value along the line are a partition, too.
    """

    line: Line
    columns: tuple[str, ...]
    dimensions: tuple[Dimension, ...] = ()
    null_line: bool = False
    slices: tuple[Slice, ...] = ()
    declared: int = 0

    @classmethod
    def of(
        cls, line: Line, columns: tuple[str, ...], dimensions: Iterable[Dimension], *, null_line: bool = False
    ) -> Grid:
        """With all combinations of the dimensions' values."""
        ordered = tuple(sorted(dimensions, key=lambda dimension: dimension.column.lower()))
        # The order in which a person reads keys: by the columns as they were declared, the last one fastest.
        declared = sorted(ordered, key=lambda dimension: columns.index(dimension.column))
        slices = []
        for combination in product(*(dimension.coordinates for dimension in declared)):
            named = dict(zip((dimension.column for dimension in declared), combination, strict=True))
            slices.append(tuple(named[dimension.column] for dimension in ordered))
        return cls(line, columns, ordered, null_line, tuple(slices), len(slices))

    @property
    def unit(self) -> str:
        """How records say what they are partitions of. The values of a column are no part of it."""
        parts = [] if isinstance(self.line, WholeScheme) else [self.line.unit]
        return " and ".join([*parts, *(dimension.unit for dimension in self.dimensions)])

    @property
    def due_slices(self) -> range:
        return range(self.declared)

    @cached_property
    def numbers(self) -> Mapping[Slice, int]:
        return {part: number for number, part in enumerate(self.slices)}

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(self.spell(part) for part in self.slices)

    @cached_property
    def _numbers_by_text(self) -> Mapping[str, int]:
        return {text: number for number, text in enumerate(self._texts)}

    @cached_property
    def _by_value(self) -> Mapping[tuple[int, Coordinate], frozenset[int]]:
        found: dict[tuple[int, Coordinate], set[int]] = defaultdict(set)
        for number, part in enumerate(self.slices):
            for index, coordinate in enumerate(part):
                found[index, coordinate].add(number)
        return {key: frozenset(numbers) for key, numbers in found.items()}

    def known(self, texts: Iterable[str]) -> Grid:
        """With the slices of records, too. What can't be read as a slice of this cut is left out."""
        read = dict.fromkeys(self.read_slice(text) for text in sorted(set(texts)))
        more = [part for part in read if part is not None and part not in self.numbers]
        return replace(self, slices=(*self.slices, *more)) if more else self

    def slice_text(self, number: int) -> str:
        """How a slice is stored: `origin=EWR/kind=x`, its columns in lower case and by name; empty without any."""
        return self._texts[number]

    def slice_number(self, text: str) -> int | None:
        """The number of a slice that is stored as this text; None when this grid has none such."""
        return self._numbers_by_text.get(text)

    def read_slice(self, text: str) -> Slice | None:
        """The slice that a stored text stands for; None when this cut has other columns or other kinds of values."""
        try:
            parts = dict(split_key(text)) if text else {}
            if [dimension.column.lower() for dimension in self.dimensions] != sorted(parts):
                return None
            return tuple(dimension.read(parts[dimension.column.lower()]) for dimension in self.dimensions)
        except ValueError:
            return None

    def key(self, ordinal: int) -> str:
        """The key of a partition: bare where there is one column, else `flight_date=2013-01-31/origin=EWR`."""
        part = self.slices[slice_of(ordinal)]
        spelled = {dimension.column: dimension.spell(at) for dimension, at in zip(self.dimensions, part, strict=True)}
        along = line_of(ordinal)
        line = NULL_KEY if along == NULL_LINE else self.line.key(along)
        if len(self.columns) == 1:
            return spelled.get(self.columns[0], line)
        return "/".join(f"{spell_text(column)}={spelled.get(column, line)}" for column in self.columns)

    def partitions(self, lines: IntervalSet, slices: Iterable[int]) -> IntervalSet:
        """All combinations, with the partition for NULL along the line where it has one."""
        if self.null_line:
            lines |= IntervalSet.span(NULL_LINE, NULL_LINE + 1)
        return IntervalSet(tuple(run for number in sorted(slices) for run in placed(number, lines)))

    def having(self, index: int, coordinate: Coordinate) -> frozenset[int]:
        """The slices at a coordinate of a dimension."""
        return self._by_value.get((index, coordinate), frozenset())

    def meeting(self, index: int, coordinate: Coordinate, listed: frozenset[Value]) -> frozenset[int]:
        """The slices that may hold rows which a slice at `coordinate` of the same column, in this or another grid,
        holds as well. `listed` are the values that the other's rest leaves out.
        """
        here = self._listed[index]
        match coordinate:
            case Null():
                return self.having(index, NULL)
            case Listed(value):
                rest = self.having(index, REST) if value not in here else frozenset[int]()
                return self.having(index, coordinate) | rest
            case Rest():
                found = set(self.having(index, REST))
                for number, part in enumerate(self.slices):
                    at = part[index]
                    if isinstance(at, Listed) and at.value not in listed:
                        found.add(number)
                return frozenset(found)

    def holding(self, index: int, choice: Choice) -> frozenset[int]:
        """The slices that may hold rows with a value of a choice in a dimension."""
        met = [self.meeting(index, REST, choice.values)] if choice.others else []
        met += [self.meeting(index, Listed(value), frozenset()) for value in choice.values if not choice.others]
        met += [self.having(index, NULL)] if choice.null else []
        return frozenset().union(*met)

    def matching(self, pattern: str) -> tuple[int, ...]:
        """The slices that may hold rows of a pattern, ascending: `origin=EWR` is all with that value, and nothing is
        all. What the pattern says of a column that is no dimension, or of another kind of values, is passed over.
        """
        if pattern not in self._matched:
            wanted = dict(split_key(pattern)) if pattern else {}
            found: frozenset[int] | None = None
            for index, dimension in enumerate(self.dimensions):
                text = wanted.get(dimension.column.lower())
                if text is None:
                    continue
                try:
                    met = self.holding(index, dimension.read_wanted(text))
                except ValueError:
                    continue
                found = met if found is None else found & met
            self._matched[pattern] = tuple(range(len(self.slices)) if found is None else sorted(found))
        return self._matched[pattern]

    @cached_property
    def _listed(self) -> tuple[frozenset[Value], ...]:
        """The values of each dimension's list."""
        return tuple(frozenset(dimension.values) for dimension in self.dimensions)

    @cached_property
    def _matched(self) -> dict[str, tuple[int, ...]]:
        return {}

    def overwritten(self, numbers: Iterable[int]) -> frozenset[int]:
        """The slices whose rows are replaced when these are written: they themselves, and for the rest of a list those
        that were taken off it.
        """
        found = set(numbers)
        for number in list(found):
            hit: frozenset[int] | None = None
            for index, coordinate in enumerate(self.slices[number]):
                met = self.meeting(index, coordinate, self._listed[index])
                hit = met if hit is None else hit & met
            found |= {other for other in hit or () if other >= self.declared}
        return frozenset(found)

    @cached_property
    def taken_in(self) -> Mapping[int, frozenset[int]]:
        """For each slice that holds rows which slices of an earlier cut held, those slices: for the rest of a list
        those that were taken off it.
        """
        if self.declared == len(self.slices):
            return {}
        return {number: taken for number in self.due_slices if (taken := self.overwritten([number]) - {number})}

    def rests(self, number: int) -> frozenset[int]:
        """The slices that hold a slice's rows while one of its values is not on the list."""
        options = ((at, REST) if isinstance(at, Listed) else (at,) for at in self.slices[number])
        return frozenset(self.numbers[part] for part in product(*options) if part in self.numbers) - {number}

    def spell(self, part: Sequence[Coordinate]) -> str:
        """A slice's text, also of one that has no number here."""
        return "/".join(
            f"{spell_text(dimension.column.lower())}={dimension.spell(at)}"
            for dimension, at in zip(self.dimensions, part, strict=True)
        )


def split_key(text: str) -> Iterator[tuple[str, str]]:
    """Column and spelled value of each part of a key of several columns.

    Raises ValueError for a part without an equals sign.
    """
    for part in text.split("/"):
        column, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"`{part}` does not say which column it is of")
        yield read_text(column), value


Scheme = TimeScheme | RangeScheme | WholeScheme | Grid
"""How a table is cut."""


def line_scheme(scheme: Scheme) -> Line:
    """What numbers a table's line."""
    return scheme.line if isinstance(scheme, Grid) else scheme


def slice_texts(scheme: Scheme, numbers: Iterable[int]) -> list[str]:
    """How slices are stored, in their order."""
    return [scheme.slice_text(number) if isinstance(scheme, Grid) else "" for number in numbers]


def slice_number(scheme: Scheme, text: str) -> int | None:
    """The number of a slice that is stored as this text; None when the cut has none such."""
    return scheme.slice_number(text) if isinstance(scheme, Grid) else None if text else 0


def known(scheme: Scheme, texts: Iterable[str]) -> Scheme:
    """The scheme with the slices of records, too. An empty text tells of a record for NULL along the line."""
    found = set(texts)
    if isinstance(scheme, Grid):
        return scheme.known(found)
    if isinstance(scheme, WholeScheme) or "" not in found:
        return scheme
    # The partition for NULL is not in the cut any more, but its record has a place and a key.
    return Grid.of(scheme, (scheme.column,), ())


def all_partitions(scheme: Scheme, lines: IntervalSet, slices: Iterable[int] | None = None) -> IntervalSet:
    """Parts of the line in some slices; without them in all that the cut has now."""
    if not isinstance(scheme, Grid):
        return lines
    return scheme.partitions(lines, scheme.due_slices if slices is None else slices)

"""What partitions read of an input, over the lines and the slices of both.

Two tables' lines are related by a `Mapping`, and their slices by links: pairs of columns of which a row of the reader
is made from rows with the same value. Where nothing relates them, all is read. What is read is narrowed further by what
the query itself holds of the input's columns, whatever partition reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from functools import cached_property

from swathe.frozen import frozen
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import (
    NULL_LINE,
    Dimension,
    Grid,
    Scheme,
    band,
    by_slice,
    line_of,
    line_scheme,
    placed,
    slice_of,
    split_key,
)
from swathe.partition.held import ANY, NULL_LINES, NULL_ONLY, Choice, Held
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import ANY_KEY, REST_KEY, Null, spell_text

_NULL_RUN = IntervalSet.of(NULL_LINES)
_MOST_NAMED = 5


@frozen
class Link:
    """Two columns, in lower case: a reader's rows with a value are made from an input's rows with the same one."""

    reader: str
    input: str


@frozen
class Reading:
    """A part of an input: `lines` of the slices that fit a pattern (see `Grid.matching`); None is all of its line."""

    lines: Interval | None
    slices: str = ""

    def ends(self, scheme: Scheme) -> tuple[int | None, int | None]:
        """The first and the last of its lines; None where there is no bound."""
        if self.lines is None:
            return None, None
        line = line_scheme(scheme)
        if isinstance(line, WholeScheme) or self.lines == NULL_LINES:
            return self.lines.start, self.lines.last
        return line.ends(self.lines)

    def slices_in_words(self) -> list[str]:
        """For each column its values: `origin=EWR or JFK`, `origin=not EWR`."""
        return [f"{column}={_in_words(value)}" for column, value in split_key(self.slices)] if self.slices else []

    def partitions(self, scheme: Scheme) -> IntervalSet | None:
        """The partitions of the input that it is made of, as it is numbered now; None is all of them."""
        if not isinstance(scheme, Grid):
            return None if self.lines is None else IntervalSet.of(self.lines)
        if self.lines is None and not self.slices:
            return None
        numbers = scheme.matching(self.slices)
        if self.lines is None:
            return IntervalSet.merge(band(number) for number in numbers)
        lines = IntervalSet.of(self.lines)
        return IntervalSet(tuple(run for number in numbers for run in placed(number, lines)))


@dataclass(frozen=True)
class GridMapping:
    """From the partitions of a reader to those of one input.

    `links` are of values, and `nulls` of NULL alone: a reader's rows without a value are made from an input's rows
    without one. `held`, by the input's columns in lower case, holds in all rows of it that matter.
    """

    lines: Mapping | EarlierMapping
    reader: Scheme
    input: Scheme
    links: tuple[Link, ...] = ()
    nulls: tuple[Link, ...] = ()
    held: tuple[tuple[str, Held], ...] = ()

    @property
    def own(self) -> EarlierMapping | None:
        """The mapping along the line, where the input is the reader's own table."""
        return self.lines if isinstance(self.lines, EarlierMapping) else None

    @property
    def is_bounded(self) -> bool:
        """Whether a partition reads a part of the input that does not grow with its line."""
        return self.lines.is_bounded or (bool(self._pairs) and isinstance(line_scheme(self.input), WholeScheme))

    def reading(self, ordinal: int) -> Reading | None:
        """What one partition reads; None where it is nothing, as for the first one of a table that reads itself."""
        number, along = slice_of(ordinal), line_of(ordinal)
        lines = self._along(number, Interval(along, along + 1))
        if lines is not None and not lines:
            return None
        return Reading(None if lines is None else lines.hull(), self._pattern(number, null=along == NULL_LINE))

    def reads(self, partitions: IntervalSet) -> IntervalSet | None:
        """The input partitions that decide some of the reader's; None is all of them."""
        found = IntervalSet()
        for number, lines in by_slice(partitions).items():
            for run in lines:
                along = self._along(number, run)
                if along is not None and not along:
                    continue
                hull = None if along is None else along.hull()
                part = Reading(hull, self._pattern(number, null=run.start == NULL_LINE)).partitions(self.input)
                if part is None:
                    return None
                found |= part
        return found

    def readers(self, changed: IntervalSet, among: IntervalSet) -> IntervalSet:
        """Those of some partitions that read any of the changed input partitions."""
        if not changed or not among:
            return IntervalSet()
        by_input = by_slice(changed)
        found: list[Interval] = []
        known: dict[tuple[IntervalSet, IntervalSet, bool], IntervalSet] = {}
        for number, lines in by_slice(among).items():
            without = lines & _NULL_RUN
            for part, null in ((lines - without if without else lines, False), (without, True)):
                if not part:
                    continue
                hit = self._changed_for(self._pattern(number, null=null), by_input)
                key = hit, part, self._is_null_along(number, null=null)
                if key not in known:
                    known[key] = self._line_readers(*key)
                found += placed(number, known[key])
        return IntervalSet.merge(found)

    def slices_read(self, slices: Iterable[int]) -> frozenset[int]:
        """The slices of the input that some of the reader's read."""
        if not isinstance(self.input, Grid):
            return frozenset({0})
        with_null = isinstance(self.reader, Grid) and self.reader.null_line
        patterns = {self._pattern(n, null=null) for n in slices for null in (False, True) if with_null or not null}
        return frozenset(number for pattern in patterns for number in self.input.matching(pattern))

    @cached_property
    def within(self) -> IntervalSet | None:
        """The input partitions that hold what the query holds of the input; None is all of them."""
        if not self.has_lines:
            return IntervalSet()
        return Reading(self.held_lines, self._spelled(self._held_choices)).partitions(self.input)

    def chain(self, changed: IntervalSet, among: IntervalSet) -> IntervalSet:
        """Those of some partitions that read any of the changed ones, directly or through one another. Of a table that
        reads itself.
        """
        reached = changed
        found: list[int] = []
        for ordinal in sorted(among.ordinals(), key=line_of):
            reading = self.reading(ordinal)
            read = None if reading is None else reading.partitions(self.input)
            if read is not None and read & reached:
                found.append(ordinal)
                reached |= IntervalSet.span(ordinal, ordinal + 1)
        return IntervalSet.from_ordinals(found)

    def _along(self, number: int, run: Interval) -> IntervalSet | None:
        """What a run of one slice reads along the input's line: a run, nothing, or None for all of it."""
        null = run.start == NULL_LINE
        if not self.has_lines:
            return IntervalSet()
        if self._is_null_along(number, null=null):
            read: Interval | None = NULL_LINES
        elif null and self.own:
            return IntervalSet()
        else:
            read = None if null else self.lines.reads(run)
            if read is None and self.own:
                return IntervalSet()
        held = self.held_lines
        if read is None or held is None:
            return None if read is held else IntervalSet.of(*(each for each in (read, held) if each is not None))
        return IntervalSet.of(read) & IntervalSet.of(held)

    def _line_readers(self, changed: IntervalSet, lines: IntervalSet, null_along: bool) -> IntervalSet:
        if self.held_lines is not None:
            changed &= IntervalSet.of(self.held_lines)
        if not changed or not self.has_lines:
            return IntervalSet()
        if null_along:
            return lines if changed & _NULL_RUN else IntervalSet()
        if lines == _NULL_RUN:
            return IntervalSet() if self.own else lines
        hull = lines.hull()
        return IntervalSet() if hull is None else self.lines.readers(changed, hull) & lines

    def _changed_for(self, pattern: str, changed: Lookup[int, IntervalSet]) -> IntervalSet:
        """The changed parts of the input's line, over all its slices that fit a pattern."""
        if not pattern or not isinstance(self.input, Grid):
            return self._merged(changed)
        numbers = self.input.matching(pattern)
        return IntervalSet.merge(run for number in numbers if number in changed for run in changed[number])

    def _merged(self, changed: Lookup[int, IntervalSet]) -> IntervalSet:
        return IntervalSet.merge(run for lines in changed.values() for run in lines)

    @cached_property
    def _mine(self) -> Lookup[str, int]:
        return _numbered(self.reader)

    @cached_property
    def _theirs(self) -> Lookup[str, int]:
        return _numbered(self.input)

    @cached_property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        """The dimensions of reader and input that are linked."""
        return tuple(
            (self._mine[link.reader], self._theirs[link.input])
            for link in self.links
            if link.reader in self._mine and link.input in self._theirs
        )

    @cached_property
    def _null_from(self) -> Lookup[str, frozenset[str]]:
        """The columns of the input that are NULL where one of the reader's is."""
        found: dict[str, frozenset[str]] = {}
        for link in self.nulls:
            found[link.reader] = found.get(link.reader, frozenset()) | {link.input}
        return found

    @cached_property
    def _nulls(self) -> dict[tuple[int, bool], frozenset[str]]:
        return {}

    def _null_columns(self, number: int, *, null: bool) -> frozenset[str]:
        """The columns of the input that are NULL in what a slice reads; with `null` in its partition for NULL along
        the line.
        """
        if not self.nulls:
            return frozenset()
        if (number, null) not in self._nulls:
            found = set(self._null_from.get(_line_column(self.reader), ())) if null else set()
            if isinstance(self.reader, Grid):
                for dimension, at in zip(self.reader.dimensions, self.reader.slices[number], strict=True):
                    if isinstance(at, Null):
                        found |= self._null_from.get(dimension.column.lower(), frozenset())
            self._nulls[number, null] = frozenset(found)
        return self._nulls[number, null]

    def _is_null_along(self, number: int, *, null: bool) -> bool:
        """Whether only rows with NULL along the input's line are read."""
        column = _line_column(self.input)
        return not self.own and bool(column) and column in self._null_columns(number, null=null)

    @cached_property
    def _held_along(self) -> tuple[Interval | None, bool]:
        column = _line_column(self.input)
        held = [held for name, held in self.held if name == column]
        return held[0].lines(line_scheme(self.input)) if held else (None, True)

    @property
    def held_lines(self) -> Interval | None:
        """The part of the input's line where rows can matter; None is all of it."""
        return self._held_along[0]

    @property
    def held_values(self) -> tuple[tuple[Dimension, Choice], ...]:
        """What the query holds of the input's columns of values."""
        read = self.input
        held = self._held_choices.items() if isinstance(read, Grid) else ()
        return tuple((read.dimensions[index], choice) for index, choice in held if isinstance(read, Grid))

    @property
    def has_lines(self) -> bool:
        """Whether there is any place along the input's line where rows can matter."""
        return self._held_along[1]

    @cached_property
    def _held_choices(self) -> Lookup[int, Choice]:
        """What is held of the input's dimensions."""
        found: dict[int, Choice] = {}
        for name, held in self.held:
            index = self._theirs.get(name)
            if index is not None and isinstance(self.input, Grid):
                kind = self.input.dimensions[index].kind
                if all(kind.fits(value) for value in held.choice.values):
                    found[index] = held.choice
        return found

    def _pattern(self, number: int, *, null: bool) -> str:
        """Which slices of the input one of the reader's reads."""
        columns = self._null_columns(number, null=null)
        if not self._pairs and not columns:
            return self._held_pattern
        if (number, columns) not in self._patterns:
            wanted = dict(self._held_choices)
            for mine, theirs in self._pairs:
                assert isinstance(self.reader, Grid)  # noqa: S101 - it has a dimension
                at, dimension = self.reader.slices[number][mine], self.reader.dimensions[mine]
                if not isinstance(at, Null):  # a row with NULL may be made from any
                    wanted[theirs] = wanted.get(theirs, ANY) & Choice.at(at, frozenset(dimension.values))
            for column in columns & self._theirs.keys():
                wanted[self._theirs[column]] = wanted.get(self._theirs[column], ANY) & NULL_ONLY
            self._patterns[number, columns] = self._spelled(wanted)
        return self._patterns[number, columns]

    @cached_property
    def _held_pattern(self) -> str:
        return self._spelled(self._held_choices)

    @cached_property
    def _patterns(self) -> dict[tuple[int, frozenset[str]], str]:
        return {}

    def _spelled(self, wanted: Lookup[int, Choice]) -> str:
        dimensions: tuple[Dimension, ...] = self.input.dimensions if isinstance(self.input, Grid) else ()
        parts = {
            spell_text(dimensions[index].column.lower()): dimensions[index].spell_choice(choice)
            for index, choice in wanted.items()
        }
        return "/".join(f"{column}={parts[column]}" for column in sorted(parts) if parts[column] is not None)


def _in_words(wanted: str) -> str:
    word, colon, listed = wanted.partition(":")
    if not colon or word not in (ANY_KEY, REST_KEY):
        return wanted
    values = [value.replace("%2C", ",") for value in listed.split(",") if value]
    if word == REST_KEY and not values:
        return "any value"
    if len(values) > _MOST_NAMED:
        values = [*values[: _MOST_NAMED - 1], f"{len(values) - _MOST_NAMED + 1} more"]
    said = " or ".join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else (values or ["none"])[0]
    return (
        f"neither {said.replace(' or ', ' nor ')}"
        if word == REST_KEY and len(values) > 1
        else (f"not {said}" if word == REST_KEY else said)
    )


def _numbered(scheme: Scheme) -> dict[str, int]:
    """The places of a grid's dimensions, by their columns in lower case."""
    if not isinstance(scheme, Grid):
        return {}
    return {dimension.column.lower(): number for number, dimension in enumerate(scheme.dimensions)}


def _line_column(scheme: Scheme) -> str:
    """The column of a table's line, in lower case; empty where it has none."""
    line = line_scheme(scheme)
    return "" if isinstance(line, WholeScheme) else line.column.lower()

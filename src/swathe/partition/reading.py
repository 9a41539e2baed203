"""What partitions read of an input, over the lines and the slices of both.

Two tables' lines are related by a `Mapping`, and their slices by links: pairs of columns of which a row of the reader
is made from rows with the same value. Where nothing relates them, all is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from functools import cached_property

from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import NULL_LINE, Grid, Scheme, band, by_slice, line_of, line_scheme, placed, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import Null, spell_text

_NULL_RUN = IntervalSet.span(NULL_LINE, NULL_LINE + 1)


@dataclass(frozen=True, slots=True)
class Link:
    """Two columns, in lower case: a reader's rows with a value are made from an input's rows with the same one."""

    reader: str
    input: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A part of an input: `lines` of the slices that fit a pattern (see `Grid.matching`); None is all of its line."""

    lines: Interval | None
    slices: str = ""

    def ends(self, scheme: Scheme) -> tuple[int | None, int | None]:
        """The first and the last of its lines; None where there is no bound."""
        if self.lines is None:
            return None, None
        line = line_scheme(scheme)
        return (self.lines.start, self.lines.last) if isinstance(line, WholeScheme) else line.ends(self.lines)

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
    """From the partitions of a reader to those of one input."""

    lines: Mapping | EarlierMapping
    reader: Scheme
    input: Scheme
    links: tuple[Link, ...] = ()

    @property
    def own(self) -> EarlierMapping | None:
        """The mapping along the line, where the input is the reader's own table."""
        return self.lines if isinstance(self.lines, EarlierMapping) else None

    @property
    def is_bounded(self) -> bool:
        """Whether a partition reads a part of the input that does not grow with its line."""
        return self.lines.is_bounded or (bool(self._pairs) and isinstance(line_scheme(self.input), WholeScheme))

    def reading(self, ordinal: int) -> Reading | None:
        """What one partition reads; None for one of a table that reads itself with nothing before it: nothing."""
        along = line_of(ordinal)
        pattern = self._pattern(slice_of(ordinal))
        if along == NULL_LINE:
            return None if self.own else Reading(None, pattern)
        lines = self.lines.reads(Interval(along, along + 1))
        return None if lines is None and self.own else Reading(lines, pattern)

    def reads(self, partitions: IntervalSet) -> IntervalSet | None:
        """The input partitions that decide some of the reader's; None is all of them."""
        found = IntervalSet()
        for number, lines in by_slice(partitions).items():
            for run in lines:
                along = None if run.start == NULL_LINE else self.lines.reads(run)
                if along is None and self.own:
                    continue
                part = Reading(along, self._pattern(number)).partitions(self.input)
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
        known: dict[tuple[IntervalSet, IntervalSet], IntervalSet] = {}
        for number, lines in by_slice(among).items():
            hit = self._changed_for(number, by_input)
            if (hit, lines) not in known:
                known[hit, lines] = self._line_readers(hit, lines)
            found += placed(number, known[hit, lines])
        return IntervalSet.merge(found)

    def slices_read(self, slices: Iterable[int]) -> frozenset[int]:
        """The slices of the input that some of the reader's read."""
        if not isinstance(self.input, Grid):
            return frozenset({0})
        patterns = {self._pattern(number) for number in slices}
        return frozenset(number for pattern in patterns for number in self.input.matching(pattern))

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

    def _line_readers(self, changed: IntervalSet, lines: IntervalSet) -> IntervalSet:
        if not changed:
            return IntervalSet()
        without = lines & _NULL_RUN
        along = lines - without
        if self.own:
            without = IntervalSet()
        hull = along.hull()
        return without if hull is None else without | (self.lines.readers(changed, hull) & along)

    def _changed_for(self, number: int, changed: Lookup[int, IntervalSet]) -> IntervalSet:
        """The changed parts of the input's line, over all its slices that a reader's slice reads."""
        pattern = self._pattern(number)
        if not pattern or not isinstance(self.input, Grid):
            return self._merged(changed)
        numbers = self.input.matching(pattern)
        return IntervalSet.merge(run for number in numbers if number in changed for run in changed[number])

    def _merged(self, changed: Lookup[int, IntervalSet]) -> IntervalSet:
        return IntervalSet.merge(run for lines in changed.values() for run in lines)

    @cached_property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        """The dimensions of reader and input that are linked."""
        if not isinstance(self.reader, Grid) or not isinstance(self.input, Grid):
            return ()
        mine = {dimension.column.lower(): number for number, dimension in enumerate(self.reader.dimensions)}
        theirs = {dimension.column.lower(): number for number, dimension in enumerate(self.input.dimensions)}
        return tuple(
            (mine[link.reader], theirs[link.input])
            for link in self.links
            if link.reader in mine and link.input in theirs
        )

    def _pattern(self, number: int) -> str:
        """Which slices of the input one of the reader's reads. A row with NULL may be made from any."""
        return self._patterns[number] if self._patterns else ""

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        """One for each slice of the reader; none where no link says anything."""
        found: list[str] = []
        if not self._pairs or not isinstance(self.reader, Grid) or not isinstance(self.input, Grid):
            return ()
        for part in self.reader.slices:
            wanted = {}
            for mine, theirs in self._pairs:
                if not isinstance(part[mine], Null):
                    column = spell_text(self.input.dimensions[theirs].column.lower())
                    wanted[column] = self.reader.dimensions[mine].spell_wanted(part[mine])
            found.append("/".join(f"{column}={wanted[column]}" for column in sorted(wanted)))
        return tuple(found)

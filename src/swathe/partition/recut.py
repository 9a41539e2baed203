"""From one cut of a table to another: which new partitions consist of whole old ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from swathe.partition.granularity import FIRST_MOMENT, LAST_MOMENT, Granularity
from swathe.partition.grid import (
    NULL_LINE,
    Dimension,
    Grid,
    Scheme,
    by_slice,
    known,
    line_scheme,
    placed,
)
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.units import Weekday

_NULL_RUN = IntervalSet.span(NULL_LINE, NULL_LINE + 1)


def former_scheme(scheme: Scheme, unit: str, slices: Iterable[str]) -> Scheme | None:
    """The cut that `unit` says, where one like it can be told from how a table is cut now: along the same column, by
    the same columns of values or fewer. None where it can't. `slices` are those that there are records of.
    """
    line, dimensions = line_scheme(scheme), scheme.dimensions if isinstance(scheme, Grid) else ()
    for former in [WholeScheme(), *_lines_like(line, unit)]:
        for chosen in _subsets(dimensions):
            columns = tuple(dimension.column for dimension in chosen)
            if not isinstance(former, WholeScheme):
                columns = (former.column, *columns)
            candidate: Scheme = Grid.of(former, columns, chosen) if chosen else former
            if candidate.unit == unit and unit != scheme.unit:
                return known(candidate, slices)
    return None


def covered(scheme: Scheme, former: Scheme, partitions: IntervalSet, due: IntervalSet) -> IntervalSet:
    """Those of the `due` partitions that consist of whole `partitions` of a former cut (see `former_scheme`), and hold
    no row that lies in none of them.
    """
    held = by_slice(partitions)
    wanted = by_slice(due)
    found: list[Interval] = []
    for number, lines in wanted.items():
        before = _before(scheme, former, number)
        if before is not None and before in held:
            along = _along(line_scheme(scheme), line_scheme(former), held[before], lines)
            found += placed(number, along & lines)
    return IntervalSet.merge(found)


def _lines_like(line: Line, unit: str) -> Iterator[Line]:
    numbers = [int(text) for text in re.findall(r"\d+", unit)]
    if isinstance(line, RangeScheme) and numbers:
        for offset in (0, *numbers):
            yield RangeScheme(line.column, max(numbers[0], 1), offset)
    if isinstance(line, TimeScheme):
        for granularity in Granularity:
            for every in (1, *numbers[:1]):
                for start in Weekday if granularity is Granularity.WEEK else (Weekday.MONDAY,):
                    yield TimeScheme(granularity, line.zone, line.column, max(every, 1), start, line.instants)


def _subsets(dimensions: tuple[Dimension, ...]) -> Iterator[tuple[Dimension, ...]]:
    for size in range(len(dimensions) + 1):
        yield from combinations(dimensions, size)


def _before(scheme: Scheme, former: Scheme, number: int) -> int | None:
    """The slice of the former cut that holds a slice of this one."""
    if not isinstance(former, Grid):
        return 0
    if not isinstance(scheme, Grid):
        return None
    columns = [dimension.column.lower() for dimension in scheme.dimensions]
    part = scheme.slices[number]
    return former.numbers.get(tuple(part[columns.index(dimension.column.lower())] for dimension in former.dimensions))


def _along(line: Line, former: Line, held: IntervalSet, wanted: IntervalSet) -> IntervalSet:
    """The parts of a line that consist of whole parts of a former one."""
    null = held & _NULL_RUN
    runs = held - null
    if isinstance(former, WholeScheme):
        return wanted
    if isinstance(line, RangeScheme) and isinstance(former, RangeScheme):
        bounds = [former.bounds(run) for run in runs]
        return null | IntervalSet.merge(
            run
            for found in bounds
            for run in IntervalSet.span(-((line.offset - found.start) // line.step), line.ordinal(found.end))
        )
    if isinstance(line, TimeScheme) and isinstance(former, TimeScheme):
        hull = runs.hull()
        if hull is not None:
            # Hours that the clock skips are no partitions, and hold nothing that could be missing.
            everything = IntervalSet.of(hull)
            runs |= everything - former.existing(everything)
        return null | _times(line, former, runs)
    return IntervalSet()


def _times(line: TimeScheme, former: TimeScheme, runs: IntervalSet) -> IntervalSet:
    found = IntervalSet()
    for run in runs:
        try:
            span = former.wall_bounds(run)
        except (OverflowError, ValueError):
            continue
        found |= line.between(span.start or FIRST_MOMENT, span.end or LAST_MOMENT)
    return found

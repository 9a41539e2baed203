"""Partitions in words: runs along the line, and values where there are any. Keys are glued: see `words.glued`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from swathe.cli.words import glued
from swathe.partition.grid import NULL_LINE, Grid, Scheme, by_slice, line_of, line_scheme, split_key
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import NULL_KEY
from swathe.plan.spec import ModelSpec

CROSS = "\N{MULTIPLICATION SIGN}"
_MOST_RANGES = 6
_MOST_VALUES = 6
_FEW_VALUES = 3


def ranges_in_words(spec: ModelSpec, runs: Iterable[Interval], most: int = _MOST_RANGES) -> str:
    """The partitions of some runs, in few ranges; the first few of them when there are many."""
    return partitions_in_words(spec.scheme, runs, most)


def partitions_in_words(scheme: Scheme, runs: Iterable[Interval], most: int = _MOST_RANGES) -> str:
    """The same of any table, a source for one."""
    parts = _fewest(IntervalSet.merge(runs))
    shown = parts if len(parts) <= most + 1 else parts[:most]
    words = [_in_words(scheme, part, and_null=and_null) for part, and_null in shown]
    separator = "; " if any(", " in word for word in words) else ", "
    if rest := parts[len(shown) :]:
        count = sum(len(part) + len(part.slices) * and_null for part, and_null in rest)
        words.append(f"… and {len(rest):,} more ranges ({count:,})")
    return separator.join(words)


def rectangle_in_words(scheme: Scheme, part: Rectangle) -> str:
    """One rectangle: a key, a run of keys, values, or a run in each of some values.

    >>> from swathe.partition.granularity import Granularity
    >>> from swathe.partition.scheme import TimeScheme
    >>> rectangle_in_words(TimeScheme(Granularity.MONTH), Rectangle(Interval(516, 528)))
    '2013-01 … 2013-12 (12)'
    """
    return _in_words(scheme, part, and_null=False)


def _in_words(scheme: Scheme, part: Rectangle, *, and_null: bool) -> str:
    """With the partitions for NULL along the line, too, where that is so."""
    if len(part) == 1 and not and_null:
        return glued(scheme.key(part.first))
    first, last = (line_key(scheme, ordinal) for ordinal in (part.lines.start, part.lines.last))
    line = (first if first == last else f"{first} … {last}") + (f" and {NULL_KEY}" if and_null else "")
    factors = []
    if isinstance(scheme, Grid) and scheme.dimensions:
        factors = [_some(values, _MOST_VALUES) for values in _factors(scheme, part.slices)]
    if isinstance(line_scheme(scheme), WholeScheme):
        return _crossed(factors) + (f" ({len(part):,})" if len(factors) > 1 else "")
    return f"{_crossed((line, *factors))} ({len(part) + len(part.slices) * and_null:,})"


def keys_in_words(first: str, last: str, count: int | None = None) -> str:
    """The same from a rectangle's first and last key alone, and how many partitions it has.

    >>> keys_in_words("day=2013-01-01/origin=EWR", "day=2013-12-31/origin=LGA", 1095).replace(CROSS, "and")
    'day=2013-01-01 … 2013-12-31 and origin=EWR … LGA (1,095)'
    >>> keys_in_words("2013-01-01", "2013-01-31", 31)
    '2013-01-01 … 2013-01-31 (31)'
    """
    number = f" ({count:,})" if count is not None and count > 1 else ""
    if first == last:
        return glued(first)
    try:
        pairs = list(zip(split_key(first), split_key(last), strict=True))
    except ValueError:
        return f"{glued(first)} … {glued(last)}{number}"
    parts = [
        glued(f"{column}={one}") + (f" … {glued(other)}" if one != other else "") for (column, one), (_, other) in pairs
    ]
    return _crossed(parts) + number


def corners(scheme: Scheme, partitions: IntervalSet) -> tuple[str, str, str]:
    """The first and the last key along the line, that of NULL only where it is all, and the values in brief."""
    values = ""
    if isinstance(scheme, Grid) and scheme.dimensions:
        columns = zip(*(_spelled(scheme, number) for number in by_slice(partitions)), strict=True)
        values = _crossed(_some(list(dict.fromkeys(column)), _FEW_VALUES) for column in columns)
        if isinstance(scheme.line, WholeScheme):
            return "", "", values
    lines = [line_of(end) for run in partitions for end in (run.start, run.last)]
    along = [line for line in lines if line != NULL_LINE] or lines
    return glued(line_key(scheme, min(along))), glued(line_key(scheme, max(along))), values


def slice_label(scheme: Grid, number: int) -> str:
    """The values of a slice, in the order in which keys name them: `EWR`, `red/true`."""
    return "/".join(_spelled(scheme, number))


def line_key(scheme: Scheme, ordinal: int) -> str:
    """The key of an ordinal along the line alone."""
    return NULL_KEY if ordinal == NULL_LINE else line_scheme(scheme).key(ordinal)


def _spelled(scheme: Grid, number: int) -> list[str]:
    by_column = {
        dimension.column: dimension.spell(at)
        for dimension, at in zip(scheme.dimensions, scheme.slices[number], strict=True)
    }
    return [by_column[column] for column in scheme.columns if column in by_column]


def _fewest(partitions: IntervalSet) -> list[tuple[Rectangle, bool]]:
    """Rectangles that cover a set: by what each stretch of the line has, or by what each slice has, whichever are
    fewer; and whether the same slices have NULL along the line as well, where it is told with them. Else it comes last.
    """
    along = list(rectangles(partitions))
    alike: dict[IntervalSet, list[int]] = {}
    for number, lines in by_slice(partitions).items():
        alike.setdefault(lines, []).append(number)
    across = [Rectangle(run, tuple(numbers)) for lines, numbers in alike.items() for run in lines]
    found = across if len(across) < len(along) else along
    nulls = [part for part in found if part.lines.start == NULL_LINE]
    runs = [part for part in found if part.lines.start != NULL_LINE]
    runs.sort(key=lambda part: (part.lines.start, part.slices))
    runs_of = Counter(part.slices for part in runs)
    told = {part.slices for part in nulls if runs_of[part.slices] == 1}
    return [(part, part.slices in told) for part in runs] + [(part, False) for part in nulls if part.slices not in told]


def _factors(scheme: Grid, slices: Sequence[int]) -> list[list[str]]:
    """Values of each column whose combinations are these slices; the combinations themselves where they are not all."""
    spelled = [_spelled(scheme, number) for number in slices]
    factors = [list(dict.fromkeys(column)) for column in zip(*spelled, strict=True)]
    if prod(map(len, factors)) != len(slices):
        return [["/".join(values) for values in spelled]]
    return factors


def _crossed(factors: Iterable[str]) -> str:
    return f" {CROSS} ".join(factors)


def _some(values: Sequence[str], most: int) -> str:
    shown = values if len(values) <= most + 1 else values[:most]
    more = [f"… and {len(values) - len(shown):,} more"] if len(shown) < len(values) else []
    return ", ".join([*map(glued, shown), *more])

"""A partition key in its parts: which column each is of, and what it names of one table."""

from __future__ import annotations

from collections.abc import Iterator, Set

from swathe.frozen import frozen
from swathe.partition.granularity import parse_span
from swathe.partition.grid import NULL_LINE, Grid, Scheme, band, line_scheme, placed
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import NULL_KEY, Coordinate, Listed, ValueKind, read_text


@frozen
class KeyPart:
    """What a key says of one column. `text` is as it was given: spelled as keys are, or plainly."""

    column: str
    text: str


@frozen
class Key:
    """A key as it was given. One without parts names no column: it is a time, a number or a value."""

    text: str
    parts: tuple[KeyPart, ...] = ()

    @property
    def is_time(self) -> bool:
        """Whether it names no column and is a time."""
        if self.parts:
            return False
        try:
            parse_span(self.text)
        except (ValueError, OverflowError):
            return False
        return True


class AmbiguousKeyError(ValueError):
    """A key without a column, where more than one of `columns` has such a partition."""

    def __init__(self, columns: list[str]) -> None:
        super().__init__("more than one column has such a partition")
        self.columns = columns


@frozen
class Named:
    """What a key names of one table: a run along its line, or None for all of it, in some of its slices."""

    lines: Interval | None
    slices: frozenset[int]

    def partitions(self) -> IntervalSet:
        """All that there could be, due or not."""
        if self.lines is None:
            return IntervalSet.merge(band(number) for number in self.slices)
        lines = IntervalSet.of(self.lines)
        return IntervalSet(tuple(run for number in sorted(self.slices) for run in placed(number, lines)))


def read_key(text: str, columns: Set[str]) -> Key:
    """A key in its parts. `columns`, in lower case, are those that there are.

    A part ends where the next column begins, so a value may be written plainly, with slashes and equals signs in it.
    """
    parts: list[KeyPart] = []
    for piece in text.split("/"):
        spelled, equals, value = piece.partition("=")
        column = read_text(spelled.strip())
        if equals and column.lower() in columns:
            parts.append(KeyPart(column, value))
        elif parts:
            before = parts.pop()
            parts.append(KeyPart(before.column, f"{before.text}/{piece}"))
        else:
            return Key(text)
    return Key(text, tuple(parts))


def key_columns(scheme: Scheme) -> tuple[str, ...]:
    """The columns that a table is cut by."""
    if isinstance(scheme, Grid):
        return scheme.columns
    return () if isinstance(scheme, WholeScheme) else (scheme.column,)


def named(scheme: Scheme, key: Key, *, nulls: bool = False) -> Named:
    """What a key names of a table. `nulls`: it has partitions for NULL along its line, also where its cut has none now.

    Raises ValueError, saying why, for a key that is none of its, OverflowError for a time beyond the calendar, and
    AmbiguousKeyError.
    """
    nulls = nulls or (isinstance(scheme, Grid) and scheme.null_line)
    if not key.parts:
        return _bare(scheme, key.text, nulls=nulls)
    own = {column.lower() for column in key_columns(scheme)}
    other = next((part.column for part in key.parts if part.column.lower() not in own), None)
    if other is None:
        return _by_columns(scheme, key, nulls=nulls)
    # What looks like another table's column may be the beginning of a value here.
    if isinstance(scheme, Grid) and (values := list(_values(scheme, key.text))):
        return _only(values)
    raise ValueError(f"the table is not cut by `{other}`")


def _by_columns(scheme: Scheme, key: Key, *, nulls: bool) -> Named:
    if len({part.column.lower() for part in key.parts}) < len(key.parts):
        raise ValueError(f"`{key.text}` names a column twice")
    lines: Interval | None = None
    slices = _all_slices(scheme)
    for part in key.parts:
        index = _dimension(scheme, part.column)
        if index is None:
            lines = _along(scheme, part.text, nulls=nulls)
            continue
        at = coordinate(scheme, index, part.text)
        if at is None or not isinstance(scheme, Grid):
            raise ValueError(f"`{part.column}` has no partition `{part.text}`")
        slices &= scheme.having(index, at)
    if not slices:
        raise ValueError(f"there is no partition `{key.text}`")
    return Named(lines, slices)


def _bare(scheme: Scheme, text: str, *, nulls: bool) -> Named:
    if not isinstance(scheme, Grid):
        return Named(_along(scheme, text, nulls=nulls), frozenset({0}))
    found = list(_values(scheme, text))
    try:
        if not isinstance(scheme.line, WholeScheme):
            found.append((scheme.line.column, Named(_along(scheme, text, nulls=nulls), _all_slices(scheme))))
    except (ValueError, OverflowError):
        if not scheme.dimensions:
            raise
    if not found:
        raise ValueError(f"`{text}` is no partition")
    return _only(found)


def _only(found: list[tuple[str, Named]]) -> Named:
    if len(found) > 1:
        raise AmbiguousKeyError([column for column, _ in found])
    return found[0][1]


def _values(scheme: Grid, text: str) -> Iterator[tuple[str, Named]]:
    """The columns of values that have a text as one of theirs, and the slices there."""
    for index, dimension in enumerate(scheme.dimensions):
        at = coordinate(scheme, index, text)
        if at is not None:
            yield dimension.column, Named(None, scheme.having(index, at))


def _along(scheme: Scheme, text: str, *, nulls: bool) -> Interval:
    if text == NULL_KEY and nulls:
        return Interval(NULL_LINE, NULL_LINE + 1)
    return line_scheme(scheme).parse(text)


def _dimension(scheme: Scheme, column: str) -> int | None:
    if not isinstance(scheme, Grid):
        return None
    names = [dimension.column.lower() for dimension in scheme.dimensions]
    return names.index(column.lower()) if column.lower() in names else None


def _all_slices(scheme: Scheme) -> frozenset[int]:
    return frozenset(range(len(scheme.slices) if isinstance(scheme, Grid) else 1))


def coordinate(scheme: Scheme, index: int, text: str) -> Coordinate | None:
    """What a text stands for along a dimension, spelled as in a key or else plainly; None for no slice's coordinate."""
    if not isinstance(scheme, Grid):
        return None
    dimension = scheme.dimensions[index]
    try:
        at = dimension.read(text)
    except ValueError:
        return None
    if scheme.having(index, at):
        return at
    plain = Listed(text)
    return plain if dimension.kind is ValueKind.TEXT and scheme.having(index, plain) else None

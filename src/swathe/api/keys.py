"""Partition keys as people give them, to the partitions of each model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from swathe.api.key_parts import AmbiguousKeyError, Key, Named, coordinate, key_columns, named, read_key
from swathe.api.key_problems import ambiguous_key, key_forms, near_value, strangers, unknown_key
from swathe.errors import SelectionError
from swathe.frozen import frozen
from swathe.model.definition import Materialized, ModelName
from swathe.partition.granularity import parse_span
from swathe.partition.grid import NULL_LINE, Grid, line_of, line_scheme, placed, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.partition.scheme import WHOLE_KEY, TimeScheme, WholeScheme
from swathe.plan.spec import ModelSpec


@frozen
class KeyRange:
    """Which partitions a command is about. `first` and `last` are inclusive keys of any granularity; `before` is an
    exclusive end. Nothing at all means every partition.
    """

    first: str | None = None
    last: str | None = None
    before: str | None = None
    keys: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.first or self.last or self.before or self.keys)

    @property
    def is_range(self) -> bool:
        return bool(self.first or self.last or self.before)


@frozen
class _Meaning:
    """What one key means in each model. `narrows`: it says nothing of any line, so a range is narrowed to it."""

    found: dict[ModelName, IntervalSet]
    narrows: bool


def requested_partitions(keys: KeyRange, specs: Iterable[ModelSpec]) -> dict[ModelName, IntervalSet] | None:
    """The partitions of each model; None when nothing was asked for.

    Keys add up, and so do a range and keys of times or numbers; keys that only name values narrow a range. Raises
    SelectionError for a key that is none of any model, and when no model has a partition there.
    A table in one piece and a view are meant as a whole by every key, and so is a table without a line by a range or a
    time; but a key that names a column means no table that is not cut by it.
    """
    if not keys:
        return None
    listed = list(specs)
    _check_range(keys, listed)
    columns = {name.lower() for spec in listed for name in key_columns(spec.scheme)}
    meanings = [_meaning(read_key(text, columns), listed) for text in keys.keys if text != WHOLE_KEY]
    wanted = {spec.name: _wanted(spec, keys, meanings) for spec in listed}
    cut = [spec for spec in listed if not isinstance(spec.scheme, WholeScheme)]
    if cut and not any(wanted[spec.name] & spec.due for spec in cut):
        raise SelectionError(
            "no selected model has a partition there", hint="`swathe status` shows which partitions each model has"
        )
    return wanted


def one_partition(key: str, spec: ModelSpec) -> Rectangle:
    """The partitions of one model that a key covers. Raises SelectionError."""
    covered = rectangles(covered_partitions(key, spec))
    if len(covered) != 1:
        what = f"partitions of `{spec.name}` that are apart" if covered else f"no partition of `{spec.name}`"
        raise SelectionError(f"`{key}` covers {what}", hint="name one partition; `swathe status` shows them")
    return covered[0]


def covered_partitions(key: str, spec: ModelSpec) -> IntervalSet:
    """The same, where they may be apart or none: those in the time or numbers that it names, else those that are due.
    Raises SelectionError.
    """
    asked = read_key(key, {name.lower() for name in key_columns(spec.scheme)})
    try:
        part = named(spec.scheme, asked, nulls=_has_nulls(spec))
    except AmbiguousKeyError as error:
        raise ambiguous_key(asked, error, spec) from None
    except (ValueError, OverflowError) as error:
        if strangers(asked, [spec]) or not key_columns(spec.scheme):
            raise unknown_key(asked, [spec]) from None
        example = spec.scheme.key(spec.due.intervals[0].start) if spec.due else WHOLE_KEY
        hint = near_value(asked, [spec]) or f"a key of `{spec.name}` looks like {example}"
        bare_value = isinstance(spec.scheme, Grid) and not asked.parts
        message = f"`{key}` is no partition of `{spec.name}`" if bare_value else str(error)
        raise SelectionError(message, hint=hint) from None
    if isinstance(spec.scheme, Grid):
        part = Named(part.lines, part.slices & frozenset(spec.scheme.due_slices) or part.slices)
    return part.partitions() & spec.due if part.lines is None else part.partitions()


def newest_partition(spec: ModelSpec) -> Rectangle:
    """The last partition along the line that is due, in the first slice. Raises SelectionError when none is."""
    if not spec.due:
        raise SelectionError(f"`{spec.name}` has no partition that has ended yet", hint="name one with `--partition`")
    last = max((run.last for run in spec.due), key=line_of)
    along = line_of(last)
    return Rectangle(Interval(along, along + 1), (slice_of(last),))


def _meaning(key: Key, specs: Sequence[ModelSpec]) -> _Meaning:
    """Raises SelectionError for a key that is none of any model, or more than one of one model."""
    found: dict[ModelName, IntervalSet] = {}
    understood, narrows = not specs, True
    for spec in specs:
        if _in_one_piece(spec):
            understood |= key.is_time
            found[spec.name] = IntervalSet() if key.parts else spec.due
            continue
        try:
            part = named(spec.scheme, key, nulls=_has_nulls(spec))
        except AmbiguousKeyError as error:
            raise ambiguous_key(key, error, spec) from None
        except (ValueError, OverflowError):
            if isinstance(line_scheme(spec.scheme), WholeScheme) and key.is_time:
                understood, narrows, found[spec.name] = True, False, spec.due
            continue
        understood, narrows = True, narrows and part.lines is None
        found[spec.name] = part.partitions()
    if not understood:
        raise unknown_key(key, specs)
    return _Meaning(found, narrows)


def _wanted(spec: ModelSpec, keys: KeyRange, meanings: Sequence[_Meaning]) -> IntervalSet:
    if WHOLE_KEY in keys.keys:
        return spec.due
    within = _span(spec, keys) if keys.is_range else IntervalSet()
    narrowing = [meaning for meaning in meanings if meaning.narrows]
    if keys.is_range and narrowing:
        within &= _union(spec, narrowing)
        meanings = [meaning for meaning in meanings if not meaning.narrows]
    return within | _union(spec, meanings)


def _union(spec: ModelSpec, meanings: Iterable[_Meaning]) -> IntervalSet:
    return IntervalSet.merge(run for meaning in meanings for run in meaning.found.get(spec.name, IntervalSet()))


def _has_nulls(spec: ModelSpec) -> bool:
    return any(line_of(run.start) == NULL_LINE for run in spec.due)


def _in_one_piece(spec: ModelSpec) -> bool:
    return isinstance(spec.scheme, WholeScheme) or spec.materialized is Materialized.VIEW


def _span(spec: ModelSpec, keys: KeyRange) -> IntervalSet:
    """The partitions of all slices between two keys, those for NULL along the line excepted."""
    line = line_scheme(spec.scheme)
    if isinstance(line, WholeScheme):
        return spec.due
    ends = _time_ends(line, keys) if isinstance(line, TimeScheme) else _number_ends(line, keys)
    if ends is None:
        return IntervalSet()
    lines = IntervalSet.span(*ends)
    count = len(spec.scheme.slices) if isinstance(spec.scheme, Grid) else 1
    return IntervalSet(tuple(run for number in range(count) for run in placed(number, lines)))


_FIRST, _END = NULL_LINE + 1, -NULL_LINE
"""Beyond any partition along a line, but for the one of NULL."""


def _time_ends(line: TimeScheme, keys: KeyRange) -> tuple[int, int] | None:
    """The ordinals from (inclusive) and to (exclusive); None for keys that are no times."""
    if any(key is not None and _time(key) is None for key in (keys.first, keys.last, keys.before)):
        return None
    start, end = _time_span(keys)
    try:
        first = _FIRST if start is None else line.ordinal(start)
        stop = _END if end is None else line.ordinal(end)
        if end is not None and line.start(stop) != end:
            stop += 1
    except (ValueError, OverflowError):
        return None
    return first, stop


def _number_ends(line: RangeScheme, keys: KeyRange) -> tuple[int, int] | None:
    low, last, before = (_number(key) for key in (keys.first, keys.last, keys.before))
    given = (keys.first, keys.last, keys.before)
    if any(key is not None and found is None for key, found in zip(given, (low, last, before), strict=True)):
        return None
    first = _FIRST if low is None else line.ordinal(low)
    if last is not None:
        return first, line.ordinal(last) + 1
    return first, _END if before is None else line.ordinal(before - 1) + 1


def _check_range(keys: KeyRange, specs: Sequence[ModelSpec]) -> None:
    """Raises SelectionError for ends that are no keys of any line, and for an end before the start."""
    numbers = any(isinstance(line_scheme(spec.scheme), RangeScheme) for spec in specs)
    for key, option in ((keys.first, "--from"), (keys.last, "--to"), (keys.before, "--event-time-end")):
        if key is None or (numbers and _number(key) is not None) or _time(key) is not None:
            continue
        hint = key_forms(specs, values=False)
        if _names_values(key, specs):
            hint = f"`{option}` takes a time or a number; name values with `--partition`: the two together narrow"
        raise SelectionError(f"`{key}` is not a partition key (given with `{option}`)", hint=hint)
    if keys.first is None or (keys.last is None and keys.before is None):
        return
    low, high = _number(keys.first), _number(keys.last or keys.before)
    if numbers and low is not None and high is not None:
        backwards = high < low if keys.last else high <= low
    else:
        first, end = _time_span(keys)
        backwards = first is not None and end is not None and end <= first
    if backwards:
        last = f"--to {keys.last}" if keys.last else f"--event-time-end {keys.before}"
        hint = "swap the two" if keys.last else "the end is exclusive: it must come after the start"
        raise SelectionError(f"`{last}` is before `--from {keys.first}`", hint=hint)


def _names_values(key: str, specs: Sequence[ModelSpec]) -> bool:
    columns = {name.lower() for spec in specs for name in key_columns(spec.scheme)}
    return bool(read_key(key, columns).parts) or any(
        coordinate(spec.scheme, index, key) is not None
        for spec in specs
        if isinstance(spec.scheme, Grid)
        for index in range(len(spec.scheme.dimensions))
    )


def _time_span(keys: KeyRange) -> tuple[datetime | None, datetime | None]:
    start, last, before = (None if key is None else _time(key) for key in (keys.first, keys.last, keys.before))
    end = last[1] if last else before[0] if before else None
    return start[0] if start else None, end


def _time(key: str) -> tuple[datetime | None, datetime | None] | None:
    """From (inclusive) and to (exclusive); None for a text that is no time."""
    try:
        span = parse_span(key)
    except (ValueError, OverflowError):
        return None
    return span.start, span.end


def _number(key: str | None) -> int | None:
    digits = (key or "").strip().removeprefix("-")
    return int(key or "") if digits.isascii() and digits.isdecimal() else None

"""Partition keys as people give them, to the partitions of each model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swathe.errors import SelectionError
from swathe.model.definition import Materialized, ModelName
from swathe.partition.granularity import TimeSpan, parse_span
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import WHOLE_KEY, Scheme, TimeScheme
from swathe.plan.spec import ModelSpec

_FORMS = "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013"


@dataclass(frozen=True, slots=True)
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


def requested_partitions(keys: KeyRange, specs: Iterable[ModelSpec]) -> dict[ModelName, IntervalSet] | None:
    """The partitions of each model; None when nothing was asked for.

    Raises SelectionError for a bad key, and when no model has a partition there.
    A table or view that is not cut by time is meant as a whole.
    """
    if not keys:
        return None
    span = _span(keys)
    spans = [_parse(key, "--partition") for key in keys.keys if key != WHOLE_KEY]
    wanted = {spec.name: (spec, _partitions(spec, keys, span, spans)) for spec in specs}
    cut = [(spec, found) for spec, found in wanted.values() if isinstance(spec.scheme, TimeScheme)]
    if cut and not any(found & spec.due for spec, found in cut):
        raise SelectionError(
            "no selected model has a partition there", hint="`swathe status` shows which partitions each model has"
        )
    return {name: found for name, (_, found) in wanted.items()}


def one_partition(key: str, spec: ModelSpec) -> Interval:
    """The partitions of one model that a key covers. Raises SelectionError."""
    scheme = spec.scheme
    try:
        return scheme.parse(key)
    except (ValueError, OverflowError) as error:
        example = scheme.key(spec.due.intervals[0].start) if spec.due else WHOLE_KEY
        raise SelectionError(f"{error}", hint=f"a key of `{spec.name}` looks like {example}") from None


def _partitions(spec: ModelSpec, keys: KeyRange, span: TimeSpan | None, spans: Sequence[TimeSpan]) -> IntervalSet:
    scheme: Scheme = spec.scheme
    if not isinstance(scheme, TimeScheme) or spec.materialized is Materialized.VIEW:
        return spec.due
    found = IntervalSet.merge(_overlapping(scheme, part) for part in spans)
    if WHOLE_KEY in keys.keys:
        return spec.due
    if span is not None:
        hull = spec.due.hull()
        first = scheme.ordinal(span.start) if span.start else (hull.start if hull else 0)
        end = _overlapping(scheme, TimeSpan(span.end, span.end)).start if span.end else (hull.end if hull else 0)
        if span.end and scheme.start(end) != span.end:
            end += 1
        found |= IntervalSet.span(first, end)
    return found


def _overlapping(scheme: TimeScheme, span: TimeSpan) -> Interval:
    return scheme.overlapping(span)


def _span(keys: KeyRange) -> TimeSpan | None:
    if not (keys.first or keys.last or keys.before):
        return None
    start: datetime | None = _parse(keys.first, "--from").start if keys.first else None
    end: datetime | None = None
    if keys.last:
        end = _parse(keys.last, "--to").end
    elif keys.before:
        end = _parse(keys.before, "--event-time-end").start
    if start is not None and end is not None and end <= start:
        last = f"--to {keys.last}" if keys.last else f"--event-time-end {keys.before}"
        hint = "swap the two" if keys.last else "the end is exclusive: it must come after the start"
        raise SelectionError(f"`{last}` is before `--from {keys.first}`", hint=hint)
    return TimeSpan(start, end)


def _parse(key: str, option: str) -> TimeSpan:
    try:
        return parse_span(key)
    except (ValueError, OverflowError):
        raise SelectionError(f"`{key}` is not a partition key (given with `{option}`)", hint=_FORMS) from None

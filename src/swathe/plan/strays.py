"""Rows of inputs that no partition reads, since none is for them: with NULL, or with a value outside a list.

What changes there makes no partition stale, and still it may give the model rows that have no partition. So one
partition keeps watch: when what lies beside has changed since all rows were looked through, it is stale, and they are
looked through with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from swathe.model.definition import InputName
from swathe.partition.grid import NULL_LINE, Grid, band, placed
from swathe.partition.interval import IntervalSet
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.versions import Versions

_NULL_RUN = IntervalSet.span(NULL_LINE, NULL_LINE + 1)


def watchman(spec: ModelSpec) -> int | None:
    """The partition that keeps watch: of the first slice, the last that is due."""
    # Asked of every record, so it is searched for: the runs are in order, and the first slice's come first.
    after = bisect_left(spec.due.intervals, band(0).end, key=lambda run: run.start)
    last = spec.due.intervals[after - 1].last if after else NULL_LINE
    return None if last == NULL_LINE else last


def beside(spec: ModelSpec, needed: InputSpec) -> IntervalSet:
    """The partitions of an input that could only give rows without a partition, and whose rows the query does not leave
    out.
    """
    mapping, read = needed.mapping, needed.mapping.input
    if mapping.own is not None:
        return IntervalSet()
    count = len(read.slices) if isinstance(read, Grid) else 1
    found = IntervalSet()
    if not mapping.lines.is_whole and not (isinstance(spec.scheme, Grid) and spec.scheme.null_line):
        found |= IntervalSet(tuple(run for number in range(count) for run in placed(number, _NULL_RUN)))
    slices = mapping.slices_read(spec.scheme.due_slices if isinstance(spec.scheme, Grid) else range(1))
    found |= IntervalSet.merge(band(number) for number in range(count) if number not in slices)
    return found if mapping.within is None else found & mapping.within


def beside_versions(spec: ModelSpec, versions: Mapping[InputName, Versions]) -> dict[InputName, int]:
    """The version of what lies beside in each input that is watched, where anything does."""
    found: dict[InputName, int] = {}
    for needed in spec.inputs:
        known = versions.get(needed.name)
        if known is not None and (version := known.total(beside(spec, needed))):
            found[needed.name] = version
    return found


def strays_detail(
    spec: ModelSpec, ordinal: int, checked: Mapping[InputName, int], versions: Mapping[InputName, Versions]
) -> str | None:
    """What changed beside the partitions since all rows were looked through, told of the partition that keeps watch."""
    if ordinal != watchman(spec):
        return None
    for name, version in beside_versions(spec, versions).items():
        if version != checked.get(name):
            return f"rows of `{name}` that no partition is for changed, and are looked through with this one"
    return None

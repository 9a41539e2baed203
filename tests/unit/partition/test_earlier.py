"""A table that reads itself: earlier partitions only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from swathe.partition.earlier import EarlierMapping
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.reading import GridMapping
from swathe.partition.scheme import TimeScheme
from swathe.partition.window import Delta, Shift, Window

DAY = TimeScheme(Granularity.DAY)


def back(first: int, last: int) -> EarlierMapping:
    """Reads from `first` days back to `last` days back, of a table that begins on day 100."""
    shift = Shift(Delta(fixed=timedelta(days=-first)), Delta(fixed=timedelta(days=-last)))
    return EarlierMapping(Mapping(Window(((shift,),)), DAY, DAY), 100)


ALL_BEFORE = EarlierMapping(Mapping(None, DAY, DAY), 100)


@pytest.mark.parametrize(
    ("mapping", "partition", "expected"),
    [
        (ALL_BEFORE, 100, None),
        (ALL_BEFORE, 103, Interval(100, 103)),
        (back(1, 1), 100, None),
        (back(1, 1), 103, Interval(102, 103)),
        (back(7, 7), 103, None),
        (back(7, 7), 109, Interval(102, 103)),
        (back(2, -5), 103, Interval(101, 103)),
    ],
)
def test_reads_only_what_lies_before(mapping: EarlierMapping, partition: int, expected: Interval | None) -> None:
    assert mapping.reads(Interval(partition, partition + 1)) == expected


@pytest.mark.parametrize("mapping", [ALL_BEFORE, back(1, 1), back(7, 7), back(3, 1), back(2, -5)])
def test_readers_are_the_inverse_of_reads(mapping: EarlierMapping) -> None:
    within = Interval(100, 130)
    for changed in (Interval(100, 101), Interval(105, 106), Interval(104, 110)):
        direct = {
            ordinal
            for ordinal in within
            if (read := mapping.reads(Interval(ordinal, ordinal + 1))) is not None and read.overlaps(changed)
        }
        found = set(mapping.readers(IntervalSet.of(changed), within).ordinals())
        assert direct <= found
        assert changed.start not in found
        assert found - direct <= set(changed)


def test_a_chain_follows_partition_by_partition() -> None:
    among = IntervalSet.span(100, 120)
    following, weekly = (GridMapping(mapping, DAY, DAY) for mapping in (back(1, 1), back(7, 7)))
    assert following.chain(IntervalSet.span(105, 106), among) == IntervalSet.span(106, 120)
    assert list(weekly.chain(IntervalSet.span(105, 106), among).ordinals()) == [112, 119]

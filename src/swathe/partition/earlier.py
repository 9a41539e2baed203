"""The mapping of a table onto itself: a partition reads partitions of its own table, earlier ones only."""

from __future__ import annotations

from swathe.frozen import frozen
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.scheme import Line


@frozen
class EarlierMapping:
    """What a partition reads of its own table: from `window` of `within`, what lies before it.

    `first` is the table's first partition. The same questions as `Mapping` answers, for partitions one at a time: a
    batch of several can't be written by one statement, since each reads what the one before it wrote.
    """

    within: Mapping
    first: int

    @property
    def input(self) -> Line:
        return self.within.input

    @property
    def is_whole(self) -> bool:
        return False

    @property
    def is_bounded(self) -> bool:
        return True

    def reads(self, partitions: Interval) -> Interval | None:
        """The earlier partitions that decide a run; None when there are none."""
        derived = self.within.reads(partitions)
        start = self.first if derived is None else max(self.first, derived.start)
        end = partitions.last if derived is None else min(partitions.last, derived.end)
        return Interval(start, end) if start < end else None

    def readers(self, changed: IntervalSet, within: Interval) -> IntervalSet:
        """The partitions of `within` that read any of the changed ones, directly.

        Inside a run of changed ones all but the first are named, whether or not they read that far back.
        """
        found = IntervalSet()
        for run in changed:
            if run.start + 1 < within.end:
                after = IntervalSet.span(run.start + 1, within.end)
                found |= self.within.readers(IntervalSet.of(run), within) & after
        return found

"""Sets of integer ordinals, held as disjoint half-open intervals.

Everything the planner does with partitions is done on these sets, so its cost grows with the number of ranges
and not with the number of partitions.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swathe.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The ordinals `start` (inclusive) to `end` (exclusive). Never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"empty interval [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, ordinal: int) -> bool:
        return self.start <= ordinal < self.end

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.end))

    @property
    def last(self) -> int:
        """The greatest ordinal inside."""
        return self.end - 1

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@frozen
class IntervalSet:
    """A set of ordinals as ascending, disjoint, non-adjacent intervals. Make it by `of` or `from_ordinals`.

    >>> days = IntervalSet.of(Interval(0, 5), Interval(5, 7), Interval(9, 10))
    >>> days.intervals
    (Interval(start=0, end=7), Interval(start=9, end=10))
    >>> (days - IntervalSet.of(Interval(2, 3))).count
    7
    """

    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, *intervals: Interval) -> IntervalSet:
        return cls.merge(intervals)

    @classmethod
    def span(cls, start: int, end: int) -> IntervalSet:
        """The ordinals from `start` (inclusive) to `end` (exclusive); empty when there are none."""
        return cls((Interval(start, end),)) if start < end else cls()

    @classmethod
    def merge(cls, intervals: Iterable[Interval]) -> IntervalSet:
        merged: list[Interval] = []
        for interval in sorted(intervals):
            if merged and interval.start <= merged[-1].end:
                if interval.end > merged[-1].end:
                    merged[-1] = Interval(merged[-1].start, interval.end)
            else:
                merged.append(interval)
        return cls(tuple(merged))

    @classmethod
    def from_ordinals(cls, ordinals: Iterable[int]) -> IntervalSet:
        runs: list[list[int]] = []
        for ordinal in sorted(set(ordinals)):
            if runs and runs[-1][1] == ordinal:
                runs[-1][1] = ordinal + 1
            else:
                runs.append([ordinal, ordinal + 1])
        return cls(tuple(Interval(start, end) for start, end in runs))

    @property
    def count(self) -> int:
        """How many ordinals are inside."""
        return sum(interval.end - interval.start for interval in self.intervals)  # more than `len` may be

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)

    def __contains__(self, ordinal: int) -> bool:
        index = bisect_right(self.intervals, ordinal, key=lambda interval: interval.start) - 1
        return index >= 0 and ordinal < self.intervals[index].end

    def ordinals(self) -> Iterator[int]:
        """Each ordinal, ascending."""
        for interval in self.intervals:
            yield from interval

    def hull(self) -> Interval | None:
        """The smallest interval that covers the set; None when it is empty."""
        return Interval(self.intervals[0].start, self.intervals[-1].end) if self.intervals else None

    def __or__(self, other: IntervalSet) -> IntervalSet:
        if not other.intervals:
            return self
        if not self.intervals:
            return other
        return IntervalSet.merge((*self.intervals, *other.intervals))

    def __and__(self, other: IntervalSet) -> IntervalSet:
        found: list[Interval] = []
        mine, theirs = iter(self.intervals), iter(other.intervals)
        left, right = next(mine, None), next(theirs, None)
        while left is not None and right is not None:
            start, end = max(left.start, right.start), min(left.end, right.end)
            if start < end:
                found.append(Interval(start, end))
            if left.end <= right.end:
                left = next(mine, None)
            else:
                right = next(theirs, None)
        return IntervalSet(tuple(found))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        kept: list[Interval] = []
        holes = other.intervals
        index = 0
        for interval in self.intervals:
            start = interval.start
            while index < len(holes) and holes[index].end <= start:
                index += 1
            probe = index
            while probe < len(holes) and holes[probe].start < interval.end:
                if holes[probe].start > start:
                    kept.append(Interval(start, holes[probe].start))
                start = max(start, holes[probe].end)
                probe += 1
            if start < interval.end:
                kept.append(Interval(start, interval.end))
        return IntervalSet(tuple(kept))

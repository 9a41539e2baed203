"""Rectangles: one run along the line, in several slices. What one transaction writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from swathe.frozen import frozen
from swathe.partition.grid import Grid, Scheme, by_slice, placed, slice_number, slice_texts
from swathe.partition.interval import Interval, IntervalSet


@frozen
class Rectangle:
    """The partitions of `lines` in each of `slices`, which are ascending and at least one."""

    lines: Interval
    slices: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.lines) * len(self.slices)

    def partitions(self) -> IntervalSet:
        lines = IntervalSet.of(self.lines)
        return IntervalSet(tuple(run for number in self.slices for run in placed(number, lines)))

    def ordinals(self) -> Iterator[int]:
        """Each partition, ascending."""
        return self.partitions().ordinals()

    @property
    def first(self) -> int:
        """The least ordinal inside."""
        return self.partitions().intervals[0].start

    @property
    def last(self) -> int:
        """The greatest ordinal inside."""
        return self.partitions().intervals[-1].last

    def halves(self) -> tuple[Rectangle, Rectangle]:
        """Two parts, by the line where that can be cut. Raises ValueError for a single partition."""
        if len(self.lines) > 1:
            middle = (self.lines.start + self.lines.end) // 2
            before, after = Interval(self.lines.start, middle), Interval(middle, self.lines.end)
            return Rectangle(before, self.slices), Rectangle(after, self.slices)
        if len(self.slices) == 1:
            raise ValueError("one partition has no halves")
        half = len(self.slices) // 2
        return Rectangle(self.lines, self.slices[:half]), Rectangle(self.lines, self.slices[half:])

    def corner(self, size: int, *, newest_first: bool) -> Rectangle:
        """A rectangle of at most `size` partitions inside, from the first along the line or from the last.

        All slices of the line are taken before more of the line is.
        """
        width = min(len(self.lines), max(1, size // len(self.slices)))
        start, end = self.lines.start, self.lines.end
        lines = Interval(end - width, end) if newest_first else Interval(start, start + width)
        return Rectangle(lines, self.slices[: max(1, size)])

    def parts(self, size: int | None) -> Iterator[Rectangle]:
        """Rectangles of at most `size` partitions that make it up, along the line; None cuts nothing.

        All slices of the line are taken before more of the line is.
        """
        if size is None or len(self) <= size:
            yield self
            return
        width, height = max(1, size // len(self.slices)), min(size, len(self.slices))
        for start in range(self.lines.start, self.lines.end, width):
            lines = Interval(start, min(start + width, self.lines.end))
            for at in range(0, len(self.slices), height):
                yield Rectangle(lines, self.slices[at : at + height])


@frozen
class NamedRectangle:
    """A rectangle as it is stored: slices by their text, which outlives their numbers."""

    lines: Interval
    slices: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self.lines) * len(self.slices)

    def partitions(self, scheme: Scheme) -> IntervalSet:
        """As a scheme numbers them now; without the slices that it does not know."""
        lines = IntervalSet.of(self.lines)
        numbers = [number for text in self.slices if (number := slice_number(scheme, text)) is not None]
        return IntervalSet(tuple(run for number in sorted(numbers) for run in placed(number, lines)))


def named(rectangle: Rectangle, scheme: Scheme) -> NamedRectangle:
    """A rectangle as it is stored."""
    return NamedRectangle(rectangle.lines, tuple(slice_texts(scheme, rectangle.slices)))


def overwritten(rectangle: Rectangle, scheme: Scheme) -> NamedRectangle:
    """All whose rows are replaced when a rectangle is written: see `Grid.overwritten`."""
    numbers = scheme.overwritten(rectangle.slices) if isinstance(scheme, Grid) else rectangle.slices
    return NamedRectangle(rectangle.lines, tuple(slice_texts(scheme, sorted(numbers))))


def rectangles(partitions: IntervalSet) -> tuple[Rectangle, ...]:
    """Disjoint rectangles that cover a set of partitions, by where they begin along the line.

    Adjacent parts of the line that the same slices have are one rectangle.
    """
    found = by_slice(partitions)
    if len(found) == 1:
        ((number, lines),) = found.items()
        return tuple(Rectangle(run, (number,)) for run in lines)
    alike: dict[Interval, list[int]] = {}
    for number, lines in found.items():
        for run in lines:
            alike.setdefault(run, []).append(number)
    if _disjoint(alike):
        return tuple(Rectangle(run, tuple(numbers)) for run, numbers in sorted(alike.items()))
    return tuple(_swept(found))


def _disjoint(runs: dict[Interval, list[int]]) -> bool:
    ordered = sorted(runs)
    return all(one.end <= other.start for one, other in pairwise(ordered))


def _swept(found: dict[int, IntervalSet]) -> Iterator[Rectangle]:
    events: dict[int, list[tuple[int, bool]]] = {}
    for number, lines in found.items():
        for run in lines:
            events.setdefault(run.start, []).append((number, True))
            events.setdefault(run.end, []).append((number, False))
    present: set[int] = set()
    start = 0
    for position in sorted(events):
        before = frozenset(present)
        for number, enters in sorted(events[position], key=lambda event: event[1]):
            (present.add if enters else present.discard)(number)
        if before == present:
            continue
        if before and start < position:
            yield Rectangle(Interval(start, position), tuple(sorted(before)))
        start = position

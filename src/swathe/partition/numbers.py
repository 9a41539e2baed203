"""Partitions of whole numbers, such as blocks or ids: ranges of one width along an integer column."""

from __future__ import annotations

from swathe.frozen import frozen
from swathe.partition.interval import Interval
from swathe.partition.number_window import NumberSpan
from swathe.partition.values import NULL_ORDINAL


@frozen
class Bounds:
    """The whole numbers from `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int


@frozen
class RangeScheme:
    """Ranges of `step` numbers, of which one begins at `offset` (0 to `step` - 1). A partition's key is its first
    number.

    >>> blocks = RangeScheme("block", 1000)
    >>> blocks.key(3), blocks.parse("3999"), blocks.bounds(Interval(3, 5))
    ('3000', Interval(start=3, end=4), Bounds(start=3000, end=5000))
    """

    column: str
    step: int
    offset: int = 0

    @property
    def unit(self) -> str:
        """How records say what they are partitions of. Says all that decides which rows lie in which partition."""
        return f"{self.step} of {self.column.lower()}" + (f" from {self.offset}" if self.offset else "")

    def key(self, ordinal: int) -> str:
        return str(self.start(ordinal))

    def ordinal(self, number: int) -> int:
        """The partition that holds a number. The first and the last one that can be hold all numbers beyond."""
        return min(max((number - self.offset) // self.step, NULL_ORDINAL + 1), -NULL_ORDINAL)

    def start(self, ordinal: int) -> int:
        """The first number of a partition."""
        return self.offset + ordinal * self.step

    def bounds(self, interval: Interval) -> Bounds:
        """Exactly the numbers that lie in these partitions."""
        return Bounds(self.start(interval.start), self.start(interval.end))

    def overlapping(self, span: Bounds | NumberSpan) -> Interval:
        """The partitions that hold a number of a span, and one where it is empty. Without a start they begin with the
        first partition that can be, without an end they end with the last one.
        """
        first = NULL_ORDINAL + 1 if span.start is None else self.ordinal(span.start)
        last = -NULL_ORDINAL if span.end is None else self.ordinal(span.end - 1)
        return Interval(first, max(first, last) + 1)

    def ends(self, lines: Interval) -> tuple[int | None, int | None]:
        """The first and the last partition of a run; None on a side where it has no bound."""
        return (
            None if lines.start <= NULL_ORDINAL + 1 else lines.start,
            None if lines.last >= -NULL_ORDINAL else lines.last,
        )

    def parse(self, text: str) -> Interval:
        """The partition that holds a number. Raises ValueError when the text is none."""
        digits = text.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()):
            raise ValueError(f"`{text}` is not a whole number")
        ordinal = self.ordinal(int(text))
        return Interval(ordinal, ordinal + 1)

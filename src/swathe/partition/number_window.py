"""Steps between spans of whole numbers: what windows along a column of integers are made of.

The laws are those of `window.py`: every step rounds outwards, treats the start and the end of a span apart, and never
takes a later bound to an earlier one, nor a span inside out. Division counts as rounded in any way that engines round
it: towards zero or downwards. They differ below zero only.
"""

from __future__ import annotations

from swathe.frozen import frozen

FURTHEST = 10**38
"""No bound lies further from zero, so that each is a literal of the largest integer type. None is wider."""


@frozen
class NumberSpan:
    """The whole numbers from `start` (inclusive) to `end` (exclusive); None is without bound."""

    start: int | None
    end: int | None

    def hull(self, other: NumberSpan) -> NumberSpan:
        """The smallest span that covers both."""
        return NumberSpan(
            None if self.start is None or other.start is None else min(self.start, other.start),
            None if self.end is None or other.end is None else max(self.end, other.end),
        )


@frozen
class Move:
    """Move the start by one number and the end by another.

    Offsets that contradict each other (`between x + 2 and x + 1`) read nothing. The end then moves as far as the start.
    """

    start: int
    end: int

    def apply(self, span: NumberSpan) -> NumberSpan:
        return _span(
            None if span.start is None else span.start + self.start,
            None if span.end is None else span.end + max(self.start, self.end),
        )


@frozen
class Multiply:
    """From `x` to `x * by`, for a `by` of at least 1."""

    by: int

    def apply(self, span: NumberSpan) -> NumberSpan:
        return _span(
            None if span.start is None else span.start * self.by,
            None if span.end is None else span.end * self.by,
        )


@frozen
class Unmultiply:
    """From `x * by` to `x`: the numbers of which a multiple lies in the span, which may be none."""

    by: int

    def apply(self, span: NumberSpan) -> NumberSpan:
        return _span(
            None if span.start is None else -(-span.start // self.by),
            None if span.end is None else -(-span.end // self.by),
        )


@frozen
class Divide:
    """From `x` to the whole part of `x / by`, for a `by` of at least 1."""

    by: int

    def apply(self, span: NumberSpan) -> NumberSpan:
        return _span(
            None if span.start is None else span.start // self.by,
            None if span.end is None else self._upwards(span.end - 1) + 1,
        )

    def _upwards(self, number: int) -> int:
        """The greater of the quotients rounded downwards and towards zero."""
        return number // self.by if number >= 0 else -(-number // self.by)


@frozen
class Undivide:
    """From the whole part of `x / by` to `x`."""

    by: int

    def apply(self, span: NumberSpan) -> NumberSpan:
        return _span(
            None if span.start is None else self._first(span.start),
            None if span.end is None else span.end * self.by,
        )

    def _first(self, quotient: int) -> int:
        """The first number with this quotient; below zero it is rounded towards zero, which takes the most."""
        return quotient * self.by if quotient > 0 else (quotient - 1) * self.by + 1


NumberStep = Move | Multiply | Unmultiply | Divide | Undivide


def _span(start: int | None, end: int | None) -> NumberSpan:
    """A bound that is too far out becomes None on the outer side, and comes back to where it may be on the other."""
    return NumberSpan(
        None if start is None or start < -FURTHEST else min(start, FURTHEST),
        None if end is None or end > FURTHEST else max(end, -FURTHEST),
    )

"""Ranges of whole numbers."""

from __future__ import annotations

import pytest

from swathe.partition.grid import NULL_LINE
from swathe.partition.interval import Interval
from swathe.partition.number_window import NumberSpan
from swathe.partition.numbers import Bounds, RangeScheme

BLOCKS = RangeScheme("Block", 1000)
SEVENS = RangeScheme("n", 7, 3)


@pytest.mark.parametrize(
    ("scheme", "number", "ordinal", "key"),
    [
        (BLOCKS, 0, 0, "0"),
        (BLOCKS, 999, 0, "0"),
        (BLOCKS, 1000, 1, "1000"),
        (BLOCKS, -1, -1, "-1000"),
        (SEVENS, 3, 0, "3"),
        (SEVENS, 2, -1, "-4"),
        (SEVENS, -4, -1, "-4"),
        (SEVENS, -5, -2, "-11"),
        (RangeScheme("n", 1), -7, -7, "-7"),
    ],
)
def test_a_number_lies_in_the_range_that_its_key_begins(
    scheme: RangeScheme, number: int, ordinal: int, key: str
) -> None:
    assert scheme.ordinal(number) == ordinal
    assert scheme.key(ordinal) == key
    assert scheme.parse(str(number)) == Interval(ordinal, ordinal + 1)


def test_bounds_and_what_overlaps_them() -> None:
    assert SEVENS.bounds(Interval(-1, 2)) == Bounds(-4, 17)
    assert SEVENS.overlapping(Bounds(-4, 17)) == Interval(-1, 2)
    assert SEVENS.overlapping(Bounds(-5, 18)) == Interval(-2, 3)
    assert SEVENS.overlapping(Bounds(5, 6)) == Interval(0, 1)


def test_a_span_without_a_bound_overlaps_all_that_can_be_on_that_side() -> None:
    assert SEVENS.overlapping(NumberSpan(None, 4)) == Interval(NULL_LINE + 1, 1)
    assert SEVENS.overlapping(NumberSpan(3, None)) == Interval(0, -NULL_LINE + 1)
    assert SEVENS.overlapping(NumberSpan(3, 3)) == Interval(0, 1)


@pytest.mark.parametrize("text", ["", "-", "a", "1.5", "1e3", "--1", "+1", "1_000", "\u0667"])
def test_what_is_no_number_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        BLOCKS.parse(text)


def test_a_key_may_have_spaces_around_it() -> None:
    assert BLOCKS.parse(" 1500 ") == Interval(1, 2)


def test_numbers_beyond_all_reach_are_in_the_first_and_the_last_partition() -> None:
    """And in no other slice, and not in the partition for NULL."""
    ones = RangeScheme("n", 1)
    assert ones.ordinal(-(2**62)) == ones.ordinal(-(10**30)) == NULL_LINE + 1
    assert ones.ordinal(2**62) == ones.ordinal(10**30) == -NULL_LINE


def test_the_unit_says_what_decides_which_rows_lie_where() -> None:
    assert BLOCKS.unit == "1000 of block"
    assert SEVENS.unit == "7 of n from 3"

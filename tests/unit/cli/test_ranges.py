"""Partitions in few words: rectangles, not runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from support.facts import model
from swathe.cli.ranges import CROSS, corners, keys_in_words, ranges_in_words, rectangle_in_words
from swathe.cli.words import unglued
from swathe.partition.granularity import Granularity
from swathe.partition.grid import NULL_LINE, Dimension, Grid, Scheme, all_partitions, placed
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.rectangle import Rectangle
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import Value, ValueKind

DAYS = TimeScheme(Granularity.DAY, column="day")
TENS = RangeScheme("id", 10)
WHOLE = WholeScheme()


def values(column: str, *listed: Value, kind: ValueKind = ValueKind.TEXT, rest: bool = False) -> Dimension:
    return Dimension(column, kind, listed, rest)


ORIGIN = values("origin", "EWR", "JFK", "LGA")
FLAG = values("flag", True, False, kind=ValueKind.BOOLEAN)


def grid(line: Line, *dimensions: Dimension, null_line: bool = False) -> Grid:
    columns = [] if isinstance(line, WholeScheme) else [line.column]
    return Grid.of(line, (*columns, *(entry.column for entry in dimensions)), dimensions, null_line=null_line)


def told(scheme: Scheme, runs: Sequence[Interval] | IntervalSet, most: int = 6) -> str:
    return unglued(ranges_in_words(model("m", "", scheme=scheme), runs, most)).replace(f" {CROSS} ", " x ")


def test_runs_along_a_line() -> None:
    assert told(DAYS, [Interval(0, 1)]) == "1970-01-01"
    assert told(DAYS, [Interval(0, 31), Interval(40, 41)]) == "1970-01-01 … 1970-01-31 (31), 1970-02-10"
    assert told(TENS, [Interval(0, 5)]) == "0 … 40 (5)"
    assert told(WHOLE, [Interval(0, 1)]) == "all"


def test_many_ranges_are_cut_short() -> None:
    runs = [Interval(2 * n, 2 * n + 1) for n in range(20)]
    assert told(DAYS, runs, most=2) == "1970-01-01, 1970-01-03, … and 18 more ranges (18)"


def test_a_last_range_is_shown_and_not_counted() -> None:
    runs = [Interval(0, 1), Interval(2, 4), Interval(6, 7)]
    assert told(DAYS, runs, most=2) == "1970-01-01, 1970-01-03 … 1970-01-04 (2), 1970-01-07"


def test_a_run_in_each_of_some_values_is_one_range() -> None:
    scheme = grid(DAYS, ORIGIN)
    assert told(scheme, all_partitions(scheme, IntervalSet.span(0, 365))) == (
        "1970-01-01 … 1970-12-31 x EWR, JFK, LGA (1,095)"
    )
    assert told(scheme, placed(1, IntervalSet.span(0, 365))) == "1970-01-01 … 1970-12-31 x JFK (365)"
    assert told(scheme, all_partitions(scheme, IntervalSet.span(3, 4))) == "1970-01-04 x EWR, JFK, LGA (3)"


def test_one_partition_is_its_key() -> None:
    assert told(grid(DAYS, ORIGIN), placed(1, IntervalSet.span(3, 4))) == "day=1970-01-04/origin=JFK"
    assert told(grid(WHOLE, ORIGIN), placed(1, IntervalSet.span(0, 1))) == "JFK"


def test_values_alone_are_listed() -> None:
    scheme = grid(WHOLE, values("origin", "EWR", "JFK", rest=True))
    assert told(scheme, all_partitions(scheme, IntervalSet.span(0, 1))) == "EWR, JFK, __else__"
    forty = grid(WHOLE, values("tail", *(f"T{n:02}" for n in range(40))))
    assert told(forty, all_partitions(forty, IntervalSet.span(0, 1))) == "T00, T01, T02, T03, T04, T05, … and 34 more"


def test_several_columns_of_values_are_factored_where_all_combinations_are_meant() -> None:
    scheme = grid(WHOLE, ORIGIN, FLAG)
    everything = all_partitions(scheme, IntervalSet.span(0, 1))
    assert told(scheme, everything) == "EWR, JFK, LGA x true, false (6)"
    assert told(scheme, everything - placed(5, IntervalSet.span(0, 1))) == (
        "EWR/true, EWR/false, JFK/true, JFK/false, LGA/true"
    )


def test_the_fewer_of_two_ways_to_tell_it() -> None:
    scheme = grid(DAYS, ORIGIN)
    every_other = IntervalSet.of(*(Interval(2 * n, 2 * n + 1) for n in range(3)))
    one_with_gaps = all_partitions(scheme, IntervalSet.span(0, 5), [0, 1]) | placed(2, every_other)
    assert told(scheme, one_with_gaps) == (
        "1970-01-01 … 1970-01-05 x EWR, JFK (10); day=1970-01-01/origin=LGA; day=1970-01-03/origin=LGA; "
        "day=1970-01-05/origin=LGA"
    )


def test_null_along_the_line_is_told_with_the_run_or_last() -> None:
    null = IntervalSet.span(NULL_LINE, NULL_LINE + 1)
    alone = grid(TENS, null_line=True)
    assert told(alone, IntervalSet.span(0, 3) | null) == "0 … 20 and __null__ (4)"
    assert told(alone, IntervalSet.of(Interval(0, 1), Interval(2, 3)) | null) == "0, 20, __null__"
    assert told(alone, null) == "__null__"
    scheme = grid(DAYS, ORIGIN, null_line=True)
    assert told(scheme, all_partitions(scheme, IntervalSet.span(0, 2))) == (
        "1970-01-01 … 1970-01-02 and __null__ x EWR, JFK, LGA (9)"
    )
    assert told(scheme, placed(0, IntervalSet.span(0, 2)) | placed(1, null)) == (
        "1970-01-01 … 1970-01-02 x EWR (2), day=__null__/origin=JFK"
    )


def test_a_line_is_never_broken_inside_a_key() -> None:
    scheme = grid(WHOLE, values("place", "São Paulo", "Rio"))
    words = rectangle_in_words(scheme, Rectangle(Interval(0, 1), (0, 1)))
    assert len(words.split()) == 2
    assert unglued(words) == "São Paulo, Rio"


@pytest.mark.parametrize(
    ("first", "last", "count", "words"),
    [
        ("2013-01-01", "2013-01-31", 31, "2013-01-01 … 2013-01-31 (31)"),
        ("EWR", "EWR", 1, "EWR"),
        ("a=1/b=x", "a=1/b=x", 1, "a=1/b=x"),
        ("a=1/b=x", "a=9/b=x", 9, "a=1 … 9 x b=x (9)"),
        ("a=1/b=x", "a=9/b=z", 27, "a=1 … 9 x b=x … z (27)"),
        ("a=1/b=x", "a=9/b=z", None, "a=1 … 9 x b=x … z"),
    ],
)
def test_a_rectangle_by_its_first_and_last_key(first: str, last: str, count: int | None, words: str) -> None:
    assert keys_in_words(first, last, count).replace(CROSS, "x") == words


def test_corners_of_what_is_to_do() -> None:
    scheme = grid(DAYS, ORIGIN, null_line=True)
    everything = all_partitions(scheme, IntervalSet.span(0, 5))
    assert corners(scheme, everything) == ("1970-01-01", "1970-01-05", "EWR, JFK, LGA")
    assert corners(scheme, placed(1, IntervalSet.span(NULL_LINE, NULL_LINE + 1))) == ("__null__", "__null__", "JFK")
    assert corners(DAYS, IntervalSet.span(0, 5)) == ("1970-01-01", "1970-01-05", "")
    forty = grid(WHOLE, values("tail", *(f"T{n:02}" for n in range(40))))
    assert corners(forty, all_partitions(forty, IntervalSet.span(0, 1))) == ("", "", "T00, T01, T02, … and 37 more")
    assert corners(WHOLE, IntervalSet.span(0, 1)) == ("all", "all", "")

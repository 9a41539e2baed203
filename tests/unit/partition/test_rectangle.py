"""What one statement writes."""

from __future__ import annotations

import pytest

from support.facts import DAYS, by, grid
from swathe.partition.grid import NULL_LINE, STRIDE
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import NamedRectangle, Rectangle, named, overwritten, rectangles


def rectangle(lines: str, *slices: int) -> Rectangle:
    first, _, last = lines.partition("-")
    return Rectangle(Interval(int(first), int(last or first) + 1), slices or (0,))


def area(*parts: Rectangle) -> IntervalSet:
    return IntervalSet.merge(run for part in parts for run in part.partitions())


def test_its_partitions_ascend_slice_by_slice() -> None:
    part = rectangle("3-4", 0, 2)
    assert list(part.ordinals()) == [3, 4, 2 * STRIDE + 3, 2 * STRIDE + 4]
    assert (part.first, part.last, len(part)) == (3, 2 * STRIDE + 4, 4)


@pytest.mark.parametrize(
    "expected",
    [
        [],
        [rectangle("0-4")],
        [rectangle("0-4"), rectangle("6-9")],
        [rectangle("0-4", 0, 1, 3)],
        [rectangle("0-4", 0), rectangle("5-9", 1)],
        [rectangle("0-2", 0), rectangle("3-5", 0, 1), rectangle("6-9", 1)],
        [rectangle("0-2", 0), rectangle("3-5", 0, 1), rectangle("6-9", 0)],
        [Rectangle(Interval(NULL_LINE, NULL_LINE + 1), (0, 1)), rectangle("0-9", 0, 1)],
    ],
)
def test_a_set_of_partitions_is_cut_where_its_slices_change(expected: list[Rectangle]) -> None:
    assert list(rectangles(area(*expected))) == expected


@pytest.mark.parametrize(
    ("whole", "one", "other"),
    [
        (rectangle("0-9"), rectangle("0-4"), rectangle("5-9")),
        (rectangle("0-2", 1, 2), rectangle("0", 1, 2), rectangle("1-2", 1, 2)),
        (rectangle("5", 1, 2, 3), rectangle("5", 1), rectangle("5", 2, 3)),
    ],
)
def test_halves_are_cut_along_the_line_first(whole: Rectangle, one: Rectangle, other: Rectangle) -> None:
    assert whole.halves() == (one, other)


def test_one_partition_has_no_halves() -> None:
    with pytest.raises(ValueError, match="one partition has no halves"):
        rectangle("5", 3).halves()


@pytest.mark.parametrize(
    ("size", "oldest", "newest"),
    [
        (1, rectangle("0", 0), rectangle("9", 0)),
        (2, rectangle("0", 0, 1), rectangle("9", 0, 1)),
        (3, rectangle("0", 0, 1, 2), rectangle("9", 0, 1, 2)),
        (8, rectangle("0-1", 0, 1, 2), rectangle("8-9", 0, 1, 2)),
        (99, rectangle("0-9", 0, 1, 2), rectangle("0-9", 0, 1, 2)),
    ],
)
def test_a_corner_takes_all_slices_before_more_of_the_line(size: int, oldest: Rectangle, newest: Rectangle) -> None:
    whole = rectangle("0-9", 0, 1, 2)
    assert whole.corner(size, newest_first=False) == oldest
    assert whole.corner(size, newest_first=True) == newest


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (None, [rectangle("0-4", 0, 1, 2)]),
        (15, [rectangle("0-4", 0, 1, 2)]),
        (7, [rectangle("0-1", 0, 1, 2), rectangle("2-3", 0, 1, 2), rectangle("4", 0, 1, 2)]),
        (3, [rectangle(str(line), 0, 1, 2) for line in range(5)]),
        (2, [part for line in "01234" for part in (rectangle(line, 0, 1), rectangle(line, 2))]),
        (1, [rectangle(line, number) for line in "01234" for number in range(3)]),
    ],
)
def test_parts_make_up_the_whole(size: int | None, parts: list[Rectangle]) -> None:
    whole = rectangle("0-4", 0, 1, 2)
    assert list(whole.parts(size)) == parts
    assert sum(map(len, parts)) == len(whole)


def test_a_stored_rectangle_outlives_the_numbers_of_slices() -> None:
    before = grid(by("k", "a", "b", "c"), line=DAYS)
    stored = named(rectangle("0-1", 0, 2), before)
    assert stored == NamedRectangle(Interval(0, 2), ("k=a", "k=c"))
    assert stored.partitions(grid(by("k", "c", "x", "a"), line=DAYS)) == rectangle("0-1", 0, 2).partitions()
    assert stored.partitions(grid(by("k", "c"), line=DAYS)) == rectangle("0-1", 0).partitions()
    assert stored.partitions(DAYS) == IntervalSet()


def test_writing_the_rest_of_a_list_ends_the_records_of_what_was_taken_off_it() -> None:
    now = grid(by("k", "a", rest=True), line=DAYS, also=["k=b"])
    assert overwritten(rectangle("0", 0), now).slices == ("k=a",)
    assert overwritten(rectangle("0", 1), now).slices == ("k=__else__", "k=b")
    assert overwritten(rectangle("0", 2), now).slices == ("k=b",)

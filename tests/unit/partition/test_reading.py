"""What partitions read of an input that is cut by values, too."""

from __future__ import annotations

import pytest

from support.facts import DAYS, MONTHS, WHOLE, by, grid
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import NULL_LINE, STRIDE, Scheme, by_slice, line_scheme, placed, slice_number
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.reading import GridMapping, Link, Reading
from swathe.partition.window import Window

SHOPS = grid(by("shop", "a", "b", rest=True), line=DAYS)
ALSO_NULL = grid(by("shop", "a", "b", rest=True, null=True), line=DAYS, null_line=True)
BY_SHOP = grid(by("shop", "b", "c"), line=DAYS)


def mapping(reader: Scheme, read: Scheme, *links: str, window: Window | None = Window()) -> GridMapping:  # noqa: B008
    pairs = tuple(Link(*link.split("=")) if "=" in link else Link(link, link) for link in links)
    return GridMapping(Mapping(window, line_scheme(reader), line_scheme(read)), reader, read, pairs)


def at(scheme: Scheme, text: str, *lines: int) -> IntervalSet:
    number = slice_number(scheme, text)
    assert number is not None
    return placed(number, IntervalSet.from_ordinals(lines))


class TestReading:
    def test_the_same_day_of_the_same_shop(self) -> None:
        same = mapping(SHOPS, SHOPS, "shop")
        assert same.reading(STRIDE + 3) == Reading(Interval(3, 4), "shop=b")
        assert same.reads(at(SHOPS, "shop=b", 3)) == at(SHOPS, "shop=b", 3)

    def test_without_a_link_all_shops(self) -> None:
        unlinked = mapping(SHOPS, SHOPS)
        assert unlinked.reading(STRIDE + 3) == Reading(Interval(3, 4))
        read = unlinked.reads(at(SHOPS, "shop=b", 3))
        assert read is not None
        assert by_slice(read) == dict.fromkeys(range(3), IntervalSet.span(3, 4))

    def test_a_link_of_a_column_that_does_not_cut_both_says_nothing(self) -> None:
        assert mapping(SHOPS, SHOPS, "city", "shop=city", "city=shop").reading(0) == Reading(Interval(0, 1))
        assert mapping(SHOPS, DAYS, "shop").reading(STRIDE) == Reading(Interval(0, 1))

    def test_the_rest_of_one_list_lies_in_other_slices_of_another(self) -> None:
        other = mapping(SHOPS, BY_SHOP, "shop")
        assert other.reading(2 * STRIDE) == Reading(Interval(0, 1), "shop=__else__:a,b")
        assert other.reads(at(SHOPS, "shop=__else__", 0)) == at(BY_SHOP, "shop=c", 0)
        assert other.reads(at(SHOPS, "shop=a", 0)) == IntervalSet()

    def test_a_row_without_a_value_may_be_made_from_any(self) -> None:
        own = mapping(ALSO_NULL, SHOPS, "shop")
        assert own.reading(3 * STRIDE + 5) == Reading(Interval(5, 6))
        assert own.reading(STRIDE + NULL_LINE) == Reading(None, "shop=b")
        assert own.reading(3 * STRIDE + NULL_LINE) == Reading(None)
        assert own.reads(IntervalSet.span(3 * STRIDE + NULL_LINE, 3 * STRIDE + NULL_LINE + 1)) is None

    def test_what_is_whole_along_the_line_may_be_a_part_by_values(self) -> None:
        whole = mapping(SHOPS, SHOPS, "shop", window=None)
        assert not whole.is_bounded
        assert not mapping(SHOPS, SHOPS, window=None).is_bounded
        read = whole.reads(at(SHOPS, "shop=b", 3))
        assert read is not None
        assert list(by_slice(read)) == [1]
        assert at(SHOPS, "shop=b", -(10**6), 10**6) == read & at(SHOPS, "shop=b", -(10**6), 10**6)

    @pytest.mark.parametrize("column", ["a=b", "a/b", "%61", "all"])
    def test_names_of_columns_are_spelled_as_in_keys(self, column: str) -> None:
        """Else `a=b` and the value `x` read like `a` and the value `b=x`."""
        cut = grid(by("a", "b=x", "y"), by(column, "x", "y"))
        lines = Mapping(Window(), WHOLE, WHOLE)
        for number, part in enumerate(cut.slices):
            reading = GridMapping(lines, cut, cut, (Link(column, column),)).reading(number * STRIDE)
            assert reading is not None
            index = [dimension.column for dimension in cut.dimensions].index(column)
            assert frozenset(cut.matching(reading.slices)) == cut.having(index, part[index])

    def test_a_stored_reading_is_read_as_the_input_is_cut_now(self) -> None:
        stored = Reading(Interval(3, 4), "shop=b")
        assert stored.partitions(SHOPS) == at(SHOPS, "shop=b", 3)
        assert stored.partitions(BY_SHOP) == at(BY_SHOP, "shop=b", 3)
        rest = grid(by("shop", "a", rest=True), line=DAYS, also=["shop=b"])
        assert stored.partitions(rest) == at(rest, "shop=__else__", 3) | at(rest, "shop=b", 3)
        assert stored.partitions(DAYS) == IntervalSet.span(3, 4)
        assert Reading(None, "shop=b").partitions(DAYS) is None


class TestReaders:
    def test_those_of_the_same_shop_and_day(self) -> None:
        among = at(SHOPS, "shop=a", 3, 4) | at(SHOPS, "shop=b", 3, 4)
        changed = at(SHOPS, "shop=b", 4, 9)
        assert mapping(SHOPS, SHOPS, "shop").readers(changed, among) == at(SHOPS, "shop=b", 4)
        assert mapping(SHOPS, SHOPS).readers(changed, among) == at(SHOPS, "shop=a", 4) | at(SHOPS, "shop=b", 4)

    def test_a_month_reads_the_days_of_its_shop(self) -> None:
        months = grid(by("shop", "b"), line=MONTHS)
        assert mapping(months, SHOPS, "shop").readers(at(SHOPS, "shop=b", 40), IntervalSet.span(0, 3)) == (
            IntervalSet.span(1, 2)
        )
        assert not mapping(months, SHOPS, "shop").readers(at(SHOPS, "shop=a", 40), IntervalSet.span(0, 3))

    def test_the_partition_for_null_reads_every_day(self) -> None:
        null = at(ALSO_NULL, "shop=b", NULL_LINE)
        among = null | at(ALSO_NULL, "shop=b", 3)
        assert mapping(ALSO_NULL, SHOPS, "shop").readers(at(SHOPS, "shop=b", 9), among) == null
        assert not mapping(ALSO_NULL, SHOPS, "shop").readers(at(SHOPS, "shop=a", 9), among)

    def test_no_day_reads_the_partition_for_null(self) -> None:
        changed = at(ALSO_NULL, "shop=b", NULL_LINE)
        assert not mapping(SHOPS, ALSO_NULL, "shop").readers(changed, at(SHOPS, "shop=b", 3))
        total = grid(by("shop", "b"))
        assert mapping(total, ALSO_NULL, "shop").readers(changed, IntervalSet.span(0, 1)) == IntervalSet.span(0, 1)

    def test_values_alone(self) -> None:
        one, other = grid(by("shop", "a", "b")), grid(by("shop", "b", "c"))
        assert mapping(one, other, "shop", window=None).readers(
            at(other, "shop=b", 0), IntervalSet.merge([*at(one, "shop=a", 0), *at(one, "shop=b", 0)])
        ) == at(one, "shop=b", 0)
        assert mapping(WHOLE, other, window=None).readers(at(other, "shop=b", 0), IntervalSet.span(0, 1))


class TestATableThatReadsItself:
    OWN = GridMapping(EarlierMapping(Mapping(None, DAYS, DAYS), 0), SHOPS, SHOPS, (Link("shop", "shop"),))

    def test_the_earlier_days_of_the_same_shop(self) -> None:
        assert self.OWN.reading(STRIDE + 3) == Reading(Interval(0, 3), "shop=b")
        assert self.OWN.reading(STRIDE) is None
        assert self.OWN.reads(at(SHOPS, "shop=b", 0)) == IntervalSet()
        assert self.OWN.chain(at(SHOPS, "shop=b", 1), at(SHOPS, "shop=a", 3) | at(SHOPS, "shop=b", 1, 3)) == (
            at(SHOPS, "shop=b", 3)
        )

    def test_nothing_is_earlier_than_the_partition_for_null(self) -> None:
        assert self.OWN.reading(NULL_LINE) is None
        assert self.OWN.reads(IntervalSet.span(NULL_LINE, NULL_LINE + 1)) == IntervalSet()
        assert not self.OWN.readers(IntervalSet.span(0, 9), IntervalSet.span(NULL_LINE, NULL_LINE + 1))

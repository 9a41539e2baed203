"""Tables cut by values, alone or across a line."""

from __future__ import annotations

from datetime import date

import pytest

from support.facts import DAYS, WHOLE, by, grid
from swathe.partition.granularity import Granularity
from swathe.partition.grid import (
    NULL_LINE,
    STRIDE,
    Dimension,
    Grid,
    all_partitions,
    band,
    by_slice,
    known,
    line_of,
    placed,
    slice_number,
    slice_of,
    slice_texts,
)
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.partition.values import NULL, REST, Listed, Value, ValueKind

FLIGHT_DATE = TimeScheme(Granularity.DAY, column="flight_date")
ORIGIN = by("Origin", "JFK", "EWR", rest=True, null=True)
KIND = by("kind", 1, 2)
EACH_DAY = Grid.of(FLIGHT_DATE, ("flight_date", "Origin", "kind"), [ORIGIN, KIND], null_line=True)
BY_ORIGIN = grid(ORIGIN)


class TestNumbering:
    def test_slices_stand_side_by_side_far_apart(self) -> None:
        assert placed(2, IntervalSet.span(-3, 4)) == IntervalSet.span(2 * STRIDE - 3, 2 * STRIDE + 4)
        assert (slice_of(2 * STRIDE - 3), line_of(2 * STRIDE - 3)) == (2, -3)
        assert (slice_of(NULL_LINE), line_of(STRIDE + NULL_LINE)) == (0, NULL_LINE)
        assert 2 * STRIDE - 3 in band(2)
        assert 2 * STRIDE - 3 not in band(1)

    def test_a_run_over_several_bands_is_in_several_slices(self) -> None:
        everything = IntervalSet.merge([band(0), band(1)])
        assert len(everything.intervals) == 1
        assert list(by_slice(everything)) == [0, 1]

    def test_all_combinations_in_the_order_in_which_keys_name_the_columns(self) -> None:
        assert EACH_DAY.declared == 8
        assert [EACH_DAY.slice_text(number) for number in range(4)] == [
            "kind=1/origin=JFK", "kind=2/origin=JFK", "kind=1/origin=EWR", "kind=2/origin=EWR",
        ]  # fmt: skip
        assert EACH_DAY.slices[6] == (Listed(1), NULL)

    def test_partitions_of_the_slices_that_the_cut_has(self) -> None:
        cut = grid(by("k", "a"), line=DAYS, null_line=True, also=["k=b"])
        null = IntervalSet.span(NULL_LINE, NULL_LINE + 1)
        assert all_partitions(cut, IntervalSet.span(3, 5)) == null | IntervalSet.span(3, 5)
        assert all_partitions(cut, IntervalSet(), [1]) == placed(1, null)
        assert all_partitions(DAYS, IntervalSet.span(3, 5)) == IntervalSet.span(3, 5)

    def test_a_list_without_values_has_no_partitions(self) -> None:
        nothing = grid(by("k"), line=DAYS)
        assert nothing.slices == ()
        assert all_partitions(nothing, IntervalSet.span(0, 9)) == IntervalSet()
        assert nothing.known(["k=a"]).slices == ((Listed("a"),),)


class TestKeys:
    @pytest.mark.parametrize(
        ("cut", "ordinal", "key"),
        [
            (EACH_DAY, 0, "flight_date=1970-01-01/Origin=JFK/kind=1"),
            (EACH_DAY, 5 * STRIDE + 30, "flight_date=1970-01-31/Origin=__else__/kind=2"),
            (EACH_DAY, 6 * STRIDE + NULL_LINE, "flight_date=__null__/Origin=__null__/kind=1"),
            (BY_ORIGIN, STRIDE, "EWR"),
            (BY_ORIGIN, 2 * STRIDE, "__else__"),
            (BY_ORIGIN, 3 * STRIDE, "__null__"),
            (grid(by("k", "all", "")), 0, "%61ll"),
            (grid(by("k", "all", "")), STRIDE, "__empty__"),
            (grid(by("a/b", "x"), by("k=v", "=")), 0, "a%2Fb=x/k%3Dv=%3D"),
            (grid(line=FLIGHT_DATE, null_line=True), 1, "1970-01-02"),
            (grid(line=FLIGHT_DATE, null_line=True), NULL_LINE, "__null__"),
            (grid(by("k", "a"), line=RangeScheme("n", 10)), -1, "n=-10/k=a"),
        ],
    )
    def test_a_key_is_bare_where_there_is_one_column(self, cut: Grid, ordinal: int, key: str) -> None:
        assert cut.key(ordinal) == key

    def test_the_partition_for_null_has_a_key_even_when_the_cut_has_it_no_longer(self) -> None:
        assert known(FLIGHT_DATE, [""]).key(NULL_LINE) == "__null__"
        assert known(FLIGHT_DATE, [""]).key(1) == "1970-01-02"
        assert all_partitions(known(FLIGHT_DATE, [""]), IntervalSet.span(3, 5)) == IntervalSet.span(3, 5)


class TestStoredSlices:
    def test_columns_are_in_lower_case_and_by_name(self) -> None:
        assert slice_texts(EACH_DAY, [5, 6]) == ["kind=2/origin=__else__", "kind=1/origin=__null__"]
        assert slice_number(EACH_DAY, "kind=2/origin=__else__") == 5
        assert slice_number(EACH_DAY, "kind=3/origin=JFK") is None

    def test_a_table_without_columns_of_values_has_one_slice_without_a_text(self) -> None:
        plain = grid(line=DAYS, null_line=True)
        for cut in (plain, DAYS, WHOLE):
            assert slice_texts(cut, [0]) == [""]
            assert slice_number(cut, "") == 0
            assert slice_number(cut, "k=a") is None
            assert known(cut, ["k=a"]) == cut

    def test_what_records_know_comes_after_what_the_cut_has(self) -> None:
        cut = BY_ORIGIN.known(["origin=LGA", "origin=JFK", "origin=BOS", "origin=LGA"])
        assert [cut.slice_text(number) for number in range(4, 6)] == ["origin=BOS", "origin=LGA"]
        assert (cut.declared, cut.due_slices) == (4, range(4))
        assert cut.unit == BY_ORIGIN.unit

    @pytest.mark.parametrize(
        "text", ["", "origin", "origin=JFK/kind=1", "carrier=JFK", "origin=JFK/origin=EWR/x=1", "JFK", "/", "="]
    )
    def test_what_is_no_slice_of_this_cut_is_left_out(self, text: str) -> None:
        assert BY_ORIGIN.read_slice(text) is None
        assert BY_ORIGIN.known([text]) == BY_ORIGIN

    def test_a_value_of_another_kind_is_left_out(self) -> None:
        assert grid(KIND).read_slice("kind=one") is None
        assert grid(KIND).read_slice("kind=3") == (Listed(3),)

    def test_the_unit_says_the_columns_and_not_their_values(self) -> None:
        assert EACH_DAY.unit == "day of flight_date and kind as integer and origin"
        assert BY_ORIGIN.unit == grid(by("origin", "x")).unit == "origin"
        assert grid(line=FLIGHT_DATE, null_line=True).unit == FLIGHT_DATE.unit


class TestMatching:
    """`k` is cut into `a`, `b` and all others; `c` and NULL are known from records."""

    CUT = grid(by("k", "a", "b", rest=True), line=DAYS, also=["k=__null__", "k=c"])

    @pytest.mark.parametrize(
        ("pattern", "slices"),
        [
            ("", "a b __else__ __null__ c"),
            ("k=a", "a"),
            ("k=c", "__else__ c"),
            ("k=d", "__else__"),
            ("k=__null__", "__null__"),
            ("k=__else__:a,b", "__else__ c"),
            ("k=__else__:a,c", "b __else__"),
            ("k=__else__:", "a b __else__ c"),
            ("k=%5F_else__:a,b", "__else__"),
            ("m=a", "a b __else__ __null__ c"),
            ("k=a/m=x", "a"),
            ("K=a", "a b __else__ __null__ c"),
        ],
    )
    def test_slices_that_may_hold_the_rows(self, pattern: str, slices: str) -> None:
        found = [self.CUT.slice_text(number).removeprefix("k=") for number in self.CUT.matching(pattern)]
        assert found == slices.split()

    def test_each_column_narrows_it_down(self) -> None:
        cut = grid(by("k", "a", "b"), by("m", "x", rest=True))
        assert [cut.slice_text(number) for number in cut.matching("k=a/m=y")] == ["k=a/m=__else__"]

    def test_a_value_of_another_kind_says_nothing(self) -> None:
        cut = grid(by("n", 1, 2))
        assert cut.matching("n=one") == (0, 1)
        assert cut.matching("n=2") == (1,)

    @pytest.mark.parametrize(
        ("kind", "one", "other"),
        [
            (ValueKind.INTEGER, 1, 0),
            (ValueKind.BOOLEAN, True, False),
            (ValueKind.DATE, date(2013, 1, 31), date(2013, 2, 1)),
        ],
    )
    def test_values_of_any_kind(self, kind: ValueKind, one: Value, other: Value) -> None:
        cut = grid(Dimension("v", kind, (one, other)))
        assert cut.matching(f"v={kind.spell(other)}") == (1,)


class TestTakenIn:
    """Of `a`, `b` and all others, `b` and `c` were taken off the list."""

    CUT = grid(by("k", "a", rest=True), also=["k=b", "k=c", "k=__null__"])

    def test_the_rest_takes_in_what_was_taken_off_the_list(self) -> None:
        assert [self.CUT.slice_text(number) for number in sorted(self.CUT.taken_in[1])] == ["k=b", "k=c"]
        assert list(self.CUT.taken_in) == [1]
        assert self.CUT.overwritten([0]) == {0}
        assert self.CUT.overwritten([0, 1]) == {0, 1, 3, 4}

    def test_without_a_rest_nothing_is(self) -> None:
        assert grid(by("k", "a"), also=["k=b"]).taken_in == {}
        assert grid(by("k", "a", rest=True)).taken_in == {}

    def test_a_slice_of_several_columns_is_taken_in_where_all_its_values_are(self) -> None:
        cut = grid(by("k", "a", rest=True), by("m", "x"), also=["k=b/m=x", "k=b/m=y"])
        assert cut.taken_in == {cut.slice_number("k=__else__/m=x"): {cut.slice_number("k=b/m=x")}}

    def test_rest_is_no_value(self) -> None:
        assert REST not in self.CUT.slices[0]
        assert self.CUT.having(0, REST) == {1}
        assert band(1) == Interval(STRIDE - STRIDE // 2, STRIDE + STRIDE // 2)

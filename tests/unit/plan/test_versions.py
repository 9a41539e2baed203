"""Data versions: sums over any run of partitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.versions import MODULUS, Versions, mixed

SOME = Versions.of("day", [(5, 50), (1, 10), (2, 20), (-3, 7)])


@pytest.mark.parametrize(
    ("partitions", "total"),
    [
        (None, 87),
        (IntervalSet.span(1, 2), 10),
        (IntervalSet.span(1, 3), 30),
        (IntervalSet.span(2, 6), 70),
        (IntervalSet.span(3, 5), 0),
        (IntervalSet.span(-10, 0), 7),
        (IntervalSet.span(-10, 100), 87),
        (IntervalSet.span(6, 100), 0),
        (IntervalSet.span(1, 2) | IntervalSet.span(5, 9), 60),
        (IntervalSet(), 0),
    ],
)
def test_the_total_of_a_run(partitions: IntervalSet | None, total: int) -> None:
    assert SOME.total(partitions) == total


def test_an_input_without_rows_has_the_version_0() -> None:
    assert Versions.of("day", []).total(None) == 0
    assert Versions.of("day", []).total(IntervalSet.span(0, 5)) == 0


def test_several_measures_of_one_partition_add_up() -> None:
    assert Versions.of("day", [(1, 10), (1, 5)]).total(IntervalSet.span(1, 2)) == 15


def test_sums_stay_below_the_modulus() -> None:
    most = MODULUS - 1
    assert Versions.of("day", [(0, most), (1, 2)]).total(None) == 1
    assert Versions.of("day", [(0, most), (1, most), (2, 2)]).total(IntervalSet.span(1, 3)) == 1


def test_the_whole_is_the_sum_of_its_runs() -> None:
    halves = SOME.total(IntervalSet.span(-3, 2)) + SOME.total(IntervalSet.span(2, 6))
    assert halves % MODULUS == SOME.total(None)


def test_where_two_versions_differ() -> None:
    now = Versions.of("day", [(1, 10), (2, 10), (2, 11), (7, 1)])
    assert list(SOME.differing(now, None).ordinals()) == [-3, 2, 5, 7]
    assert list(SOME.differing(now, IntervalSet.span(0, 6)).ordinals()) == [2, 5]
    assert not SOME.differing(Versions.of("day", [(1, 4), (1, 6), (2, 20), (5, 50), (-3, 7), (9, 0)]), None)


def test_a_mixed_version_is_told_by_its_partition_and_its_value() -> None:
    assert 0 <= mixed(3, "17") < MODULUS
    assert mixed(3, "17") == mixed(3, "17")
    assert len({mixed(3, "17"), mixed(4, "17"), mixed(3, "18"), mixed(31, "7")}) == 4


def test_a_count_that_moves_between_partitions_does_not_cancel_out() -> None:
    def counted(**by_day: str) -> int:
        return Versions.of("day", ((int(day[1]), mixed(int(day[1]), n)) for day, n in by_day.items())).total(None)

    assert counted(d1="2", d2="3") != counted(d1="3", d2="2")


@given(
    pairs=st.lists(st.tuples(st.integers(-5, 5), st.integers(-9, 9)), max_size=12),
    runs=st.lists(st.tuples(st.integers(-7, 7), st.integers(1, 5)), max_size=3),
)
def test_the_pairs_of_some_partitions_are_those_of_all_that_lie_there(
    pairs: list[tuple[int, int]], runs: list[tuple[int, int]]
) -> None:
    among = IntervalSet.merge(Interval(start, start + length) for start, length in runs)
    summed: dict[int, int] = {}
    for ordinal, version in pairs:
        summed[ordinal] = summed.get(ordinal, 0) + version
    found = Versions.of("day", pairs).pairs(among)
    assert sorted(found) == sorted((o, v % MODULUS) for o, v in summed.items() if v and o in among)

"""What a key on the command line means: for each model its partitions, or an error that says what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.facts import model, view
from swathe.api.keys import KeyRange, one_partition, requested_partitions
from swathe.errors import SelectionError
from swathe.partition.granularity import Granularity
from swathe.partition.grid import Dimension, Grid, Scheme, all_partitions
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.rectangle import rectangles
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import Value, ValueKind
from swathe.plan.spec import ModelSpec

DAYS = TimeScheme(Granularity.DAY, column="day")
HUNDREDS = RangeScheme("id", 100)
WHOLE = WholeScheme()


def values(column: str, *listed: Value, kind: ValueKind = ValueKind.TEXT, **more: bool) -> Dimension:
    return Dimension(column, kind, listed, **more)


def spec(name: str, line: Line, *dimensions: Dimension, length: int = 4, null_line: bool = False) -> ModelSpec:
    """A model with this many partitions along its line, the first of them 1970-01-01 or 0."""
    columns = () if isinstance(line, WholeScheme) else (line.column,)
    scheme: Scheme = line
    if dimensions or null_line:
        scheme = Grid.of(line, (*columns, *(entry.column for entry in dimensions)), dimensions, null_line=null_line)
    due = all_partitions(scheme, IntervalSet.span(0, 1 if isinstance(line, WholeScheme) else length))
    return replace(model(name, "0", scheme=scheme), due=due)


ORIGIN = values("origin", "EWR", "JFK")
FLIGHTS = spec("flights", DAYS, ORIGIN)
DAILY = spec("daily", DAYS)
IDS = spec("ids", HUNDREDS, null_line=True)
BY_ORIGIN = spec("by_origin", WHOLE, values("origin", "EWR", rest=True, null=True))
TABLE = spec("whole", WHOLE)
PLACES = spec("places", WHOLE, values("place", "O'Hare", "a/b", "São Paulo", "x=y", "", " lead", "100%", "all", "%2F"))


def asked(keys: KeyRange, *specs: ModelSpec) -> dict[str, str]:
    """The due partitions of each model that has any, as their keys."""
    found = requested_partitions(keys, specs)
    assert found is not None
    told = {entry.name: [entry.scheme.key(n) for n in (found[entry.name] & entry.due).ordinals()] for entry in specs}
    return {name: " ".join(listed) for name, listed in told.items() if listed}


def named(*keys: str, specs: Iterable[ModelSpec] = (FLIGHTS, DAILY, IDS, BY_ORIGIN, TABLE)) -> dict[str, str]:
    return asked(KeyRange(keys=keys), *specs)


def refused(keys: KeyRange, *specs: ModelSpec) -> tuple[str, str | None]:
    with pytest.raises(SelectionError) as caught:
        requested_partitions(keys, specs)
    return caught.value.message, caught.value.hint


def test_a_time_is_a_partition_of_each_slice_and_tables_without_a_line_are_meant_as_a_whole() -> None:
    assert named("1970-01-02") == {
        "flights": "day=1970-01-02/origin=EWR day=1970-01-02/origin=JFK",
        "daily": "1970-01-02",
        "by_origin": "EWR __else__ __null__",
        "whole": "all",
    }


def test_a_value_is_all_that_it_has() -> None:
    assert named("JFK", specs=(FLIGHTS, DAILY)) == {
        "flights": " ".join(f"day=1970-01-0{day}/origin=JFK" for day in (1, 2, 3, 4))
    }


def test_a_column_means_only_tables_that_are_cut_by_it() -> None:
    assert named("origin=EWR") == {
        "flights": " ".join(f"day=1970-01-0{day}/origin=EWR" for day in (1, 2, 3, 4)),
        "by_origin": "EWR",
    }
    assert named("ORIGIN=EWR/day=1970-01-03") == {"flights": "day=1970-01-03/origin=EWR"}
    assert named("day=1970-01-03", specs=(DAILY, view("v"))) == {"daily": "1970-01-03"}


def test_a_number_is_the_range_that_holds_it() -> None:
    assert named("250", specs=(IDS,)) == {"ids": "200"}
    assert named("id=250", specs=(IDS, TABLE)) == {"ids": "200"}


def test_null_and_the_rest() -> None:
    assert named("__null__") == {"ids": "__null__", "by_origin": "__null__", "whole": "all"}
    assert named("id=__null__") == {"ids": "__null__"}
    assert named("origin=__else__") == {"by_origin": "__else__"}


def test_keys_add_up() -> None:
    assert named("EWR", "__null__", specs=(BY_ORIGIN,)) == {"by_origin": "EWR __null__"}
    assert named("all", "origin=EWR", specs=(BY_ORIGIN, DAILY))["daily"].count("1970") == 4


def test_values_narrow_a_range_and_times_add_to_it() -> None:
    days = KeyRange("1970-01-02", "1970-01-03")
    assert asked(replace(days, keys=("origin=EWR",)), FLIGHTS, DAILY, BY_ORIGIN, TABLE) == {
        "flights": "day=1970-01-02/origin=EWR day=1970-01-03/origin=EWR",
        "by_origin": "EWR",
    }
    assert asked(replace(days, keys=("EWR",)), FLIGHTS, DAILY) == {
        "flights": "day=1970-01-02/origin=EWR day=1970-01-03/origin=EWR"
    }
    assert asked(replace(days, keys=("1970-01-01",)), DAILY) == {"daily": "1970-01-01 1970-01-02 1970-01-03"}
    both = asked(replace(days, keys=("origin=EWR", "day=1970-01-01/origin=JFK")), FLIGHTS)["flights"]
    assert both == "day=1970-01-02/origin=EWR day=1970-01-03/origin=EWR day=1970-01-01/origin=JFK"


def test_a_range_has_no_partition_for_null_in_it() -> None:
    assert asked(KeyRange("150", "299"), IDS) == {"ids": "100 200"}
    assert asked(KeyRange(last="100"), IDS) == {"ids": "0 100"}
    assert asked(KeyRange("100", before="300"), IDS) == {"ids": "100 200"}


def test_ends_of_one_kind_mean_no_line_of_the_other() -> None:
    assert asked(KeyRange("0", "150"), IDS, DAILY) == {"ids": "0 100"}
    assert asked(KeyRange("1970-01-03"), IDS, DAILY) == {"daily": "1970-01-03 1970-01-04"}


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("a/b", "a%2Fb"), ("a%2Fb", "a%2Fb"), ("place=a/b", "a%2Fb"), ("x=y", "x%3Dy"), ("place=x=y", "x%3Dy"),
        ("O'Hare", "O'Hare"), ("São Paulo", "São Paulo"), ("place=", "__empty__"), ("__empty__", "__empty__"),
        (" lead", "%20lead"), ("%20lead", "%20lead"), ("100%", "100%25"), ("100%25", "100%25"),
        ("place=all", "%61ll"), ("%61ll", "%61ll"), ("%2F", "%252F"), ("%252F", "%252F"),
    ],
)  # fmt: skip
def test_values_may_be_written_as_keys_spell_them_or_plainly(key: str, found: str) -> None:
    assert named(key, specs=(PLACES,)) == {"places": found}


TEXTS = st.text(min_size=0, max_size=6) | st.sampled_from(["__null__", "__else__", "a/origin=EWR", "day=1970-01-01"])


@given(listed=st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=4, unique=True))
def test_every_key_selects_exactly_its_partition(listed: list[str]) -> None:
    try:
        for text in listed:
            text.encode()
    except UnicodeEncodeError:
        return
    for line in (DAYS, WHOLE):
        both = spec("m", line, values("place", *listed, rest=True, null=True), length=2)
        for ordinal in both.due.ordinals():
            key = both.scheme.key(ordinal)
            found = requested_partitions(KeyRange(keys=(key,)), [both, DAILY])
            assert found is not None
            assert list((found[both.name] & both.due).ordinals()) == [ordinal]
            assert [part.first for part in rectangles(found[both.name] & both.due)] == [ordinal]
            assert one_partition(key, both).first == ordinal


@pytest.mark.parametrize(
    ("key", "specs", "message", "hint"),
    [
        ("orgin=EWR", [FLIGHTS], "no selected model is cut by `orgin`", "did you mean `origin`?"),
        ("day=1970-01-01/orgin=EWR", [FLIGHTS], "no selected model is cut by `orgin`", "did you mean `origin`?"),
        ("origin=EWR", [DAILY], "no selected model is cut by `origin`", "they are cut by `day`"),
        ("origin=EWR", [TABLE], "no selected model is cut by `origin`", "a table in one piece has one partition, `all`"),
        ("origin=EWRR", [FLIGHTS], "`origin` has no partition `EWRR`", "did you mean `EWR`?"),
        ("origin=x", [FLIGHTS], "`origin` has no partition `x`", "its partitions are `EWR`, `JFK`"),
        ("origin=LGA", [BY_ORIGIN], "`origin` has no partition `LGA`",
         "values that are not listed are one partition, `origin=__else__`"),
        ("origin=__null__", [FLIGHTS], "`origin` has no partition `__null__`",
         "`nulls: own` in `partition_by` makes a partition for NULL"),
        ("EWRR", [FLIGHTS, DAILY], "`EWRR` is not a partition key", "did you mean `EWR`?"),
        ("x", [DAILY], "`x` is not a partition key",
         "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013"),
        ("id=x", [IDS], "`x` is not a whole number", "a key is a number"),
        ("origin=EWR/origin=JFK", [FLIGHTS], "`origin=EWR/origin=JFK` names a column twice",
         "give `--partition` once for each: they add up"),
        ("id=0/origin=EWR", [IDS, FLIGHTS], "no selected model is cut by `id` and `origin` together",
         "give `--partition` once for each: they add up"),
    ],
)  # fmt: skip
def test_a_key_that_means_nothing(key: str, specs: list[ModelSpec], message: str, hint: str) -> None:
    assert refused(KeyRange(keys=(key,)), *specs) == (f"{message} (given with `--partition`)", hint)


def test_a_key_that_may_mean_two_things() -> None:
    routes = spec("routes", WHOLE, ORIGIN, values("dest", "EWR", "SFO"))
    assert named("SFO", specs=(routes,)) == {"routes": "origin=EWR/dest=SFO origin=JFK/dest=SFO"}
    assert refused(KeyRange(keys=("EWR",)), routes) == (
        "`EWR` may be a partition of `dest` or of `origin` in `routes` (given with `--partition`)",
        "write `dest=EWR` or `origin=EWR`",
    )


@pytest.mark.parametrize("key", ["EWR", "origin=EWR"])
def test_a_range_is_not_one_of_values(key: str) -> None:
    message, hint = refused(KeyRange(first=key), FLIGHTS)
    assert message == f"`{key}` is not a partition key (given with `--from`)"
    assert hint == "`--from` takes a time or a number; name values with `--partition`: the two together narrow"


def test_a_range_that_goes_backwards() -> None:
    assert refused(KeyRange("300", "200"), IDS) == ("`--to 200` is before `--from 300`", "swap the two")
    assert refused(KeyRange("300", before="300"), IDS)[0] == "`--event-time-end 300` is before `--from 300`"


def test_one_partition_to_look_at() -> None:
    assert one_partition("origin=EWR", FLIGHTS).lines == Interval(0, 4)
    with pytest.raises(SelectionError, match="`X` is no partition of `by_origin`"):
        one_partition("X", BY_ORIGIN)
    with pytest.raises(SelectionError, match="covers partitions of `x` that are apart"):
        one_partition("origin=EWR", spec("x", DAYS, ORIGIN, null_line=True))

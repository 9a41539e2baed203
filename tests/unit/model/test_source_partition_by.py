"""`partition_by` of a source, which says how it is watched: nothing is listed, and nothing ends it."""

from typing import Any

import pytest

from swathe.errors import Location, ModelError
from swathe.model.definition import PartitionBy, RangeColumn, TimeColumn, ValuesColumn
from swathe.model.partition_config import parse_source_partition_by
from swathe.partition.granularity import Granularity

AT = Location("models/sources.yml", 7, 9)
DAY = {"column": "d", "granularity": "day"}
ORIGIN = {"column": "origin", "values": "all"}


def parse(raw: Any, event_time: str | None = None) -> PartitionBy:
    return parse_source_partition_by(raw, AT, event_time=event_time)


def refuse(raw: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        parse(raw)
    assert caught.value.at == AT
    return caught.value


def test_a_column_of_time() -> None:
    assert parse(DAY).columns == (TimeColumn("d", Granularity.DAY),)
    assert parse({"granularity": "day"}, event_time="d") == parse(DAY)


def test_all_values_of_a_column_are_watched() -> None:
    assert parse(ORIGIN).columns == (ValuesColumn("origin"),)
    assert parse([ORIGIN, DAY]).names == ("origin", "d")
    assert parse(ORIGIN, event_time="d") == parse(ORIGIN)


def test_a_range_has_no_stop_and_may_have_a_start() -> None:
    assert parse({"column": "n", "range": {"step": 10}}).columns == (RangeColumn("n", 0, 10),)
    assert parse({"column": "n", "range": {"start": -3, "step": 10}}).columns == (RangeColumn("n", -3, 10),)
    dbt = {"field": "n", "data_type": "int64", "range": {"interval": 10}}
    assert parse(dbt) == parse({"column": "n", "range": {"step": 10}})


ALL = "write `values: all`: each value that is found in a source is watched"
NO_STOP = "leave it out: a source is watched as far as it goes"


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ({"column": "origin"}, "`partition_by` does not say how `origin` is cut",
         "add one of `granularity`, `range`, `values: all`"),
        ({"column": "origin", "values": ["EWR"]}, "`values` of `origin` can't be listed in a source", ALL),
        ({"column": "origin", "values": "any"}, "`values` of `origin` can't be listed in a source", ALL),
        ({"column": "origin", "query": "select 1"}, "`query` has no meaning in a source's `partition_by`", ALL),
        ({**ORIGIN, "else": True}, "`else` has no meaning in a source's `partition_by`", ALL),
        ({**ORIGIN, "nulls": "own"}, "`nulls` has no meaning in a source's `partition_by`",
         "leave it out: rows with NULL are always watched"),
        ({**DAY, "nulls": "error"}, "`nulls` has no meaning in a source's `partition_by`",
         "leave it out: rows with NULL are always watched"),
        ({"column": "n", "range": {"start": 0}}, "`range` of `n` has no `step`",
         "add how many numbers make a partition, as in 10000"),
        ({"column": "n", "range": {"start": 0, "stop": 100, "step": 10}},
         "`stop` of `range` has no meaning in a source", NO_STOP),
        ({"column": "n", "range": {"end": "select 1", "interval": 10}},
         "`end` of `range` has no meaning in a source", NO_STOP),
        ([DAY, {"column": "n", "range": {"step": 10}}], "only one column can be of time or of a range",
         "cut `n` by `values: all`"),
        ([ORIGIN, {"column": "Origin", "values": "all"}], "`partition_by` names `Origin` twice",
         "keep one of the two: upper and lower case are the same"),
    ],
)  # fmt: skip
def test_what_a_source_does_not_take(raw: Any, message: str, hint: str) -> None:
    error = refuse(raw)
    assert error.message == message
    assert error.hint == hint

"""`partition_by` of a model: which columns cut it, and how each is cut."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.errors import Location, ModelError
from swathe.model.definition import PartitionBy, RangeColumn, TimeColumn, ValuesColumn
from swathe.model.partition_config import parse_partition_by
from swathe.partition.granularity import Granularity
from swathe.partition.units import Weekday
from swathe.partition.values import ValueKind

AT = Location("models/m.sql", 2, 5)
DAY = {"column": "d", "granularity": "day"}
ORIGIN = {"column": "origin", "values": ["EWR", "JFK"]}
BLOCK = {"column": "block", "range": {"start": 0, "stop": 5000, "step": 1000}}
KEYS = "`column`, `granularity`, `values`, `query`, `range`, `every`, `week_start`, `timezone`, `else`, `nulls`"
DATA_TYPES = "`date`, `datetime`, `timestamp`, `int64`, `int`, `integer`"
QUERY = "select distinct origin\nfrom flights"


def parse(raw: Any, **said: Any) -> PartitionBy:
    return parse_partition_by(raw, AT, **said)


def refuse(raw: Any, **said: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        parse(raw, **said)
    assert caught.value.at == AT
    return caught.value


def values(*listed: Any, **more: Any) -> dict[str, Any]:
    return {"column": "c", "values": list(listed), **more}


def numbers(**written: Any) -> dict[str, Any]:
    return {"column": "n", "range": written}


def test_a_column_of_time() -> None:
    assert parse(DAY) == PartitionBy((TimeColumn("d", Granularity.DAY),))
    assert parse({**DAY, "every": 2, "timezone": "Europe/Berlin"}).columns == (
        TimeColumn("d", Granularity.DAY, "Europe/Berlin", every=2),
    )
    assert parse({"column": "d", "granularity": "week", "week_start": "sunday"}).columns == (
        TimeColumn("d", Granularity.WEEK, week_start=Weekday.SUNDAY),
    )


def test_a_column_of_listed_values() -> None:
    assert parse(ORIGIN) == PartitionBy((ValuesColumn("origin", ("EWR", "JFK")),))
    assert parse({**ORIGIN, "else": True}).columns == (ValuesColumn("origin", ("EWR", "JFK"), rest=True),)
    assert parse({**ORIGIN, "else": False}) == parse(ORIGIN)


def test_a_column_of_values_that_a_query_finds() -> None:
    assert parse({"column": "origin", "query": QUERY, "else": True}).columns == (
        ValuesColumn("origin", query=QUERY, rest=True),
    )


def test_a_column_of_ranges() -> None:
    assert parse(BLOCK) == PartitionBy((RangeColumn("block", 0, 1000, 5000),))
    assert parse(numbers(start=-7, stop=3, step=5)).columns == (RangeColumn("n", -7, 5, 3),)


def test_the_stop_of_a_range_may_be_found_by_a_query() -> None:
    assert parse(numbers(start=0, stop="select max(n) from t", step=10)).columns == (
        RangeColumn("n", 0, 10, None, "select max(n) from t"),
    )


@pytest.mark.parametrize("data_type", ["int64", "INT64", "int", "integer", None])
def test_dbt_bigquery_names_of_a_range(data_type: str | None) -> None:
    raw = {"field": "n", "data_type": data_type, "range": {"start": 0, "end": 100, "interval": 10}}
    assert parse(raw).columns == (RangeColumn("n", 0, 10, 100),)


@pytest.mark.parametrize("data_type", ["date", "datetime", "TIMESTAMP", None])
def test_dbt_bigquery_names_of_a_column_of_time(data_type: str | None) -> None:
    assert parse({"field": "d", "data_type": data_type, "granularity": "day"}) == parse(DAY)


@pytest.mark.parametrize("column", [DAY, ORIGIN, BLOCK, {"column": "origin", "query": QUERY}])
def test_rows_without_a_value_are_an_error_or_a_partition(column: dict[str, Any]) -> None:
    assert [part.own_null for part in parse({**column, "nulls": "own"}).columns] == [True]
    assert parse({**column, "nulls": "error"}) == parse({**column, "nulls": None}) == parse(column)
    error = refuse({**column, "nulls": "onw"})
    assert error.message == "`nulls` can't be `onw`"
    assert error.hint == "did you mean `own`?"
    assert refuse({**column, "nulls": True}).message == "`nulls` must be text, not a boolean"


def test_several_columns_keep_their_order() -> None:
    by = parse([ORIGIN, DAY, {"column": "carrier", "query": QUERY}])
    assert by.names == ("origin", "d", "carrier")
    assert by.time == by.line == TimeColumn("d", Granularity.DAY)
    assert parse((DAY, ORIGIN)) == parse([DAY, ORIGIN])
    assert parse([BLOCK]) == parse(BLOCK)


def test_none_is_not_given() -> None:
    every_key = ["granularity", "every", "week_start", "timezone", "query", "else", "range", "nulls", "field"]
    assert parse({**dict.fromkeys(every_key), **ORIGIN}) == parse(ORIGIN)


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ("d", "`partition_by` must be a mapping, not text",
         'write it as {"column": "order_date", "granularity": "day"}'),
        (["d"], "each column of `partition_by` must be a mapping, not text",
         'write it as {"column": "order_date", "granularity": "day"}'),
        ([DAY, None], "each column of `partition_by` must be a mapping, not nothing",
         'write it as {"column": "order_date", "granularity": "day"}'),
        ([], "`partition_by` is an empty list", 'write it as {"column": "order_date", "granularity": "day"}'),
        ({"granularity": "day"}, "`partition_by` names no `column`",
         'write it as {"column": "order_date", "granularity": "day"}'),
        ({"column": " ", "granularity": "day"}, "`column` is empty", "leave it out, or give it a value"),
        ({"column": "d\0", "granularity": "day"}, "`column` holds a character that can't be printed",
         "line breaks and control characters are not allowed"),
        ({"column": "a", "field": "b", "granularity": "day"}, "`column` and `field` of `partition_by` differ",
         "leave `field` out"),
        ({"column": "d"}, "`partition_by` does not say how `d` is cut",
         "add one of `granularity`, `values`, `query`, `range`"),
        ([DAY, {"column": "c", "else": True}], "`partition_by` does not say how `c` is cut",
         "add one of `granularity`, `values`, `query`, `range`"),
        ({**DAY, "granuality": "day"}, "`partition_by` has no key `granuality`", "did you mean `granularity`?"),
        ({**DAY, "time_zone": "UTC"}, "`partition_by` has no key `time_zone`", "did you mean `timezone`?"),
        ({**ORIGIN, "value": ["LGA"]}, "`partition_by` has no key `value`", "did you mean `values`?"),
        ({**ORIGIN, "null": "own"}, "`partition_by` has no key `null`", "did you mean `nulls`?"),
        ({**ORIGIN, 7: 7}, "`partition_by` has no key `7`",
         f"it takes {KEYS}"),
        ({**ORIGIN, "query": QUERY}, "`values` and `query` of `origin` exclude each other",
         "keep one: a column is cut in one way"),
        ({**BLOCK, "granularity": "day", "values": [1]},
         "`granularity` and `values` and `range` of `block` exclude each other",
         "keep one: a column is cut in one way"),
        ([DAY, ORIGIN, {"column": "D", "values": [1]}], "`partition_by` names `D` twice",
         "keep one of the two: upper and lower case are the same"),
        ([DAY, ORIGIN, BLOCK], "only one column can be of time or of a range", "cut `block` by `values` or `query`"),
        ([BLOCK, numbers(start=0, stop=1, step=1)], "only one column can be of time or of a range",
         "cut `n` by `values` or `query`"),
    ],
)  # fmt: skip
def test_columns_that_are_not_as_they_must_be(raw: Any, message: str, hint: str) -> None:
    error = refuse(raw)
    assert error.message == message
    assert error.hint == hint


@pytest.mark.parametrize(
    ("column", "key", "value", "way", "owners"),
    [
        (ORIGIN, "every", 2, "values", "`granularity`"),
        (ORIGIN, "timezone", "UTC", "values", "`granularity`"),
        (ORIGIN, "data_type", "int64", "values", "`granularity` or `range`"),
        ({"column": "origin", "query": QUERY}, "week_start", "sunday", "query", "`granularity`"),
        (BLOCK, "timezone", "UTC", "range", "`granularity`"),
        (BLOCK, "else", True, "range", "`values` or `query`"),
        (DAY, "else", False, "granularity", "`values` or `query`"),
    ],
)
def test_keys_of_another_way(column: dict[str, Any], key: str, value: Any, way: str, owners: str) -> None:
    error = refuse({**column, key: value})
    assert error.message == f"`{key}` has no meaning for `{column['column']}`, which is cut by `{way}`"
    assert error.hint == f"leave it out: it goes with {owners}"


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ({**DAY, "granularity": "dya"}, "`granularity` can't be `dya`", "did you mean `day`?"),
        ({**DAY, "timezone": "Europe/Berln"}, "`Europe/Berln` is not a time zone", "did you mean `Europe/Berlin`?"),
        ({**DAY, "timezone": "../etc/passwd"}, "`../etc/passwd` is not a time zone",
         "name one, such as `Europe/Berlin`"),
        ({**DAY, "timezone": "localtime"}, "`localtime` is not a time zone", "name one, such as `Europe/Berlin`"),
        ({**DAY, "every": 0}, "`every` must be at least 1, not 0", "leave it out for the default"),
        ({**DAY, "every": 400}, "`every` must be at most 366 for a day, not 400",
         "cut by year or another coarser `granularity`"),
        ({**DAY, "granularity": "week", "every": 2}, "`every` has no meaning for the granularity `week`",
         "leave it out: it counts hours or days; for 14 days say granularity `day` and every 14"),
        ({**DAY, "week_start": "sunday"}, "`week_start` has no meaning for the granularity `day`",
         "leave it out: it says which day a week begins with"),
        ({**DAY, "data_type": "int64"}, "`d` of type `int64` is not cut by `granularity`",
         "cut it by `range`, or mend `data_type`"),
        ({**DAY, "data_type": "string"}, "a column of type `string` is cut neither by `granularity` nor by `range`",
         f"`data_type` is one of {DATA_TYPES}; for other types leave it out, and give `values`"),
        ({**DAY, "data_type": 3}, "`data_type` must be text, not a number", "put it in quotes"),
    ],
)  # fmt: skip
def test_a_bad_column_of_time(raw: Any, message: str, hint: str) -> None:
    error = refuse(raw)
    assert error.message == message
    assert error.hint == hint


def test_a_folder_of_zones_is_no_zone() -> None:
    assert refuse({**DAY, "timezone": "Europe"}).message == "`Europe` is not a time zone"


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        (["a", "", "A", " a", "São Paulo", "all"], ValueKind.TEXT),
        ([1, 0, -3, 10**38 - 1], ValueKind.INTEGER),
        ([True, False], ValueKind.BOOLEAN),
        ([date(2024, 1, 31), date(2023, 1, 31)], ValueKind.DATE),
    ],
)
def test_values_are_of_one_type(listed: list[Any], kind: ValueKind) -> None:
    assert parse(values(*listed)).columns == (ValuesColumn("c", tuple(listed), kind=kind),)
    assert parse({"column": "c", "values": tuple(listed)}) == parse(values(*listed))


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ({"column": "c", "values": "all"}, "`values` of `c` must be a list, not text",
         'write ["EWR", "JFK"], or say with `query` how to find them'),
        ({"column": "c", "values": {"a": 1}}, "`values` of `c` must be a list, not a mapping",
         'write ["EWR", "JFK"], or say with `query` how to find them'),
        (values(), "`values` of `c` is empty", 'write ["EWR", "JFK"], or say with `query` how to find them'),
        (values("a", "b", "a"), "`values` of `c` lists `a` twice", "keep one of the two"),
        (values("", ""), "`values` of `c` lists `__empty__` twice", "keep one of the two"),
        (values("\n", "\n"), "`values` of `c` lists `%0A` twice", "keep one of the two"),
        (values("5%", "5%"), "`values` of `c` lists `5%` twice", "keep one of the two"),
        (values(7, 7), "`values` of `c` lists `7` twice", "keep one of the two"),
        (values(True, True), "`values` of `c` lists `true` twice", "keep one of the two"),
        (values(date(2024, 1, 1), date(2024, 1, 1)), "`values` of `c` lists `2024-01-01` twice",
         "keep one of the two"),
        (values("a", None), "`values` of `c` can't hold NULL",
         "leave it out, and say `nulls: own`: rows with NULL are then a partition of their own"),
        (values(1, 1.5), "`values` of `c` can't hold the decimal number `1.5`",
         "decimal numbers are seldom equal: list whole numbers or text"),
        (values(datetime(2024, 1, 1, 5)), "`values` of `c` can't hold the time `2024-01-01 05:00:00`",
         "list dates, or cut the column by `granularity`"),
        (values(["a"]), "`values` of `c` can't hold a list",
         "a value is text, a whole number, a boolean or a date"),
        (values("a\0"), "`values` of `c` holds a text that no database stores",
         "take out NUL characters and lone surrogates"),
        (values("\ud800"), "`values` of `c` holds a text that no database stores",
         "take out NUL characters and lone surrogates"),
        (values(-(10**38)), "`values` of `c` holds a number of more than 38 digits",
         "no column of whole numbers holds it"),
        (values(1, True), "`values` of `c` holds a whole number and a boolean", "make them all of the column's type"),
        (values(0, False), "`values` of `c` holds a whole number and a boolean", "make them all of the column's type"),
        (values("DE", False), "`values` of `c` holds text and a boolean",
         "put texts in quotes: without them YAML takes `no`, `on` and the like for booleans"),
        (values("DE", 7), "`values` of `c` holds text and a whole number",
         "put all in quotes if they are meant as text"),
        (values(date(2024, 1, 1), "2024-01-02"), "`values` of `c` holds a date and text",
         "put all in quotes if they are meant as text"),
        (values("a", **{"else": "yes"}), "`else` of `c` must be a boolean, not text",
         "say `true` for one more partition of all other values"),
        (values("a", **{"else": 1}), "`else` of `c` must be a boolean, not a number",
         "say `true` for one more partition of all other values"),
        ({"column": "c", "query": 3}, "`query` of `c` must be text, not a number",
         "write one SELECT of one column, in quotes"),
        ({"column": "c", "query": " \n"}, "`query` of `c` is empty", "write one SELECT of one column"),
        ({"column": "c", "query": "select 1\0"}, "`query` of `c` holds a character that no database reads",
         "take out NUL characters and lone surrogates"),
    ],
)  # fmt: skip
def test_a_bad_column_of_values(raw: Any, message: str, hint: str) -> None:
    error = refuse(raw)
    assert error.message == message
    assert error.hint == hint


EXAMPLE = 'write it as {"start": 0, "stop": 1000000, "step": 10000}'
DIGITS = "write it with digits only, and without quotes"


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ({"column": "n", "range": [0, 100, 10]}, "`range` of `n` must be a mapping, not a list", EXAMPLE),
        (numbers(stop=100, step=10), "`range` of `n` has no `start`",
         "add the first number of the first partition, as in 0"),
        (numbers(start=0, step=10), "`range` of `n` has no `stop`",
         "give the number before which the last partition ends, or a query that finds it"),
        (numbers(start=0, stop=100, step=None), "`range` of `n` has no `step`",
         "add how many numbers make a partition, as in 10000"),
        (numbers(start=0, stop=100, intervl=10), "`range` has no key `intervl`", "did you mean `interval`?"),
        (numbers(start=0, stop=100, end=100, step=10), "`stop` and `end` of `range` mean the same",
         "leave `end` out"),
        (numbers(start=0, stop=100, interval=10, step=10), "`interval` and `step` of `range` mean the same",
         "leave `interval` out"),
        (numbers(start="0", stop=100, step=10), "`start` of `range` must be a whole number, not text", DIGITS),
        (numbers(start=True, stop=100, step=10), "`start` of `range` must be a whole number, not a boolean", DIGITS),
        (numbers(start=0, stop=1e6, step=10),
         "`stop` of `range` must be a whole number or a query, not a decimal number", DIGITS),
        (numbers(start=0, stop="100", step=10), "`stop` of `range` must be a whole number or a query, not text",
         DIGITS),
        (numbers(start=0, end=True, interval=10), "`end` of `range` must be a whole number or a query, not a boolean",
         DIGITS),
        (numbers(start=0, stop=" ", step=10), "`stop` of `range` is empty", "write one SELECT of one column"),
        (numbers(start=0, stop=100, step=10.0), "`step` of `range` must be a whole number, not a decimal number",
         DIGITS),
        (numbers(start=0, stop=100, step=0), "`step` of `range` must be at least 1, not 0",
         "it says how many numbers make a partition"),
        (numbers(start=0, end=100, interval=-10), "`interval` of `range` must be at least 1, not -10",
         "it says how many numbers make a partition"),
        (numbers(start=10, stop=10, step=10), "`stop` `10` of `range` is not after `start` `10`",
         "it is exclusive: the first number that is in no partition"),
        (numbers(start=5, stop=28, step=10), "`stop` `28` of `range` does not end a step of 10 from `start` `5`",
         "`25` and `35` do"),
        (numbers(start=0, end=7, interval=10), "`end` `7` of `range` does not end a step of 10 from `start` `0`",
         "the nearest that does is `10`"),
        (numbers(start=-(10**38), stop=0, step=10), "`start` of `range` has more than 38 digits",
         "no column of whole numbers holds it"),
        (numbers(start=0, stop=2**62, step=1), f"`stop` `{2**62}` of `range` is too many steps of 1 away from 0",
         "take a larger step"),
        (numbers(start=-(2**62), stop=0, step=1),
         f"`start` `-{2**62}` of `range` is too many steps of 1 away from 0", "take a larger step"),
        (numbers(start=-(2**63) + 1, stop=1, step=2),
         f"`start` `-{2**63 - 1}` of `range` is too many steps of 2 away from 0", "take a larger step"),
        ({**BLOCK, "data_type": "date"}, "`block` of type `date` is not cut by `range`",
         "cut it by `granularity`, or mend `data_type`"),
    ],
)  # fmt: skip
def test_a_bad_column_of_ranges(raw: Any, message: str, hint: str) -> None:
    error = refuse(raw)
    assert error.message == message
    assert error.hint == hint


@given(st.integers(-50, 50), st.integers(1, 200), st.integers(1, 20))
def test_a_range_is_of_whole_steps_or_the_hint_names_the_nearest_stops(start: int, length: int, step: int) -> None:
    stop = start + length
    if length % step == 0:
        assert parse(numbers(start=start, stop=stop, step=step)).line == RangeColumn("n", start, step, stop)
        return
    hint = refuse(numbers(start=start, stop=stop, step=step)).hint or ""
    near = [int(text) for text in hint.split("`")[1::2]]
    assert stop < max(near) < stop + step
    assert min(near) == max(near) - step if len(near) == 2 else length < step
    assert all(parse(numbers(start=start, stop=other, step=step)) for other in near)


def test_event_time_is_the_column_of_time() -> None:
    assert parse({"granularity": "day"}, event_time="d") == parse(DAY)
    assert parse([ORIGIN, {"granularity": "day"}], event_time="d") == parse([ORIGIN, DAY])
    error = refuse([ORIGIN, DAY], event_time="e")
    assert error.message == "`partition_by` is on `d` but `event_time` is `e`"
    assert error.hint == "name the same column in both, or leave one out"


def test_event_time_does_not_name_other_columns() -> None:
    raw = {"values": ["a"]}
    assert refuse(raw, event_time="d").message == "`partition_by` names no `column`"


@pytest.mark.parametrize("raw", [ORIGIN, BLOCK, [ORIGIN, BLOCK]])
def test_event_time_needs_a_column_of_time(raw: Any) -> None:
    error = refuse(raw, event_time="d")
    assert error.message == "`event_time` is `d`, but `partition_by` has no column of time"
    assert error.hint == "cut `d` by `granularity`, or leave `event_time` out"


def test_the_granularity_may_be_said_elsewhere() -> None:
    said = {"event_time": "d", "granularity": Granularity.DAY}
    assert parse(DAY, **said) == parse({"column": "d"}, **said) == parse({}, **said) == parse(DAY)
    assert parse([ORIGIN, {"column": "d"}], **said) == parse([ORIGIN, {}], **said) == parse([ORIGIN, DAY])
    assert refuse({"column": "e"}, **said).message == "`partition_by` is on `e` but `event_time` is `d`"
    assert refuse([DAY, {"column": "e"}], **said).message == "`partition_by` does not say how `e` is cut"
    error = refuse([ORIGIN, {**DAY, "granularity": "month"}], **said)
    assert error.message == "`partition_by` is cut by month but `batch_size` says day"
    assert error.hint == "say the same in both, or leave `batch_size` out"

"""What a model's config may say. Errors point at the key they are about."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.errors import Location, ModelError
from swathe.model.config import KNOWN_KEYS, parse_config
from swathe.model.definition import (
    Materialized,
    ModelConfig,
    OnLogicChange,
    OnSchemaChange,
    OnVolatile,
    PartitionBy,
    TimeColumn,
)
from swathe.partition.granularity import Granularity

DAY = {"column": "d", "granularity": "day"}
ORIGIN = {"column": "origin", "values": ["EWR", "JFK"]}
BLOCK = {"column": "block", "range": {"start": 0, "stop": 5000, "step": 1000}}
JANUARY = datetime(2024, 1, 1)


def where(key: str) -> Location:
    return Location(key)


def parse(**raw: Any) -> ModelConfig:
    return parse_config(raw, where)


def attempt(raw: dict[str, Any]) -> ModelConfig | ModelError:
    try:
        return parse_config(raw, where)
    except ModelError as error:
        return error


def refuse(**raw: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        parse(**raw)
    return caught.value


def test_no_config_is_a_table() -> None:
    assert parse() == ModelConfig(Materialized.TABLE)


def test_partition_by_makes_a_partitioned_model() -> None:
    config = parse(partition_by=DAY, begin="2024-01-01")
    assert config.materialized is Materialized.PARTITIONED
    assert config.partition_by == PartitionBy((TimeColumn("d", Granularity.DAY, "UTC"),))
    assert config.begin == JANUARY
    assert config.lookback == 0
    assert config.batch_size is None


def test_every_key() -> None:
    config = parse(
        materialized="partitioned",
        partition_by={**DAY, "timezone": "Europe/Berlin"},
        begin="2024-01-01",
        end="2025",
        lookback=3,
        batch_size=30,
        on_logic_change="keep",
        on_schema_change="sync",
        volatile="refuse",
        frozen_before="2024-02",
        schema="marts",
        alias="daily",
        tags=["a", "b", "a"],
        description="Flights a day.",
        meta={"owner": "x"},
    )
    assert config == ModelConfig(
        Materialized.PARTITIONED,
        PartitionBy((TimeColumn("d", Granularity.DAY, "Europe/Berlin"),)),
        begin=JANUARY,
        end=datetime(2025, 1, 1),
        lookback=3,
        batch_size=30,
        on_logic_change=OnLogicChange.KEEP,
        on_schema_change=OnSchemaChange.SYNC,
        volatile=OnVolatile.REFUSE,
        frozen_before=datetime(2024, 2, 1),
        schema="marts",
        alias="daily",
        tags=("a", "b"),
        description="Flights a day.",
        meta={"owner": "x"},
    )


def test_none_is_not_given() -> None:
    assert parse(**dict.fromkeys(KNOWN_KEYS)) == parse()


@pytest.mark.parametrize("materialized", ["table", "view"])
def test_tables_and_views(materialized: str) -> None:
    assert parse(materialized=materialized).materialized == materialized


def test_one_tag_may_be_plain_text() -> None:
    assert parse(tags="nightly").tags == ("nightly",)


def test_an_unknown_key_names_the_nearest() -> None:
    error = refuse(partiton_by=DAY)
    assert error.message == "unknown config key `partiton_by`"
    assert error.at == Location("partiton_by")
    assert error.hint == "did you mean `partition_by`?"


@pytest.mark.parametrize("key", ["retention", "cold_after"])
def test_keys_to_come_are_refused(key: str) -> None:
    assert refuse(**{key: "x"}).message == f"config key `{key}` is not supported yet"


@pytest.mark.parametrize(
    "begin",
    ["2024", "2024-01", "2024-Q1", "2024-01-01", "2024-01-01T00", "2024-01-01 00:00:00", "2024-01-01T00:00:00Z",
     2024, date(2024, 1, 1), JANUARY, JANUARY.replace(tzinfo=UTC)],
)  # fmt: skip
def test_a_bound_is_the_start_of_what_it_names(begin: Any) -> None:
    assert parse(partition_by=DAY, begin=begin).begin == JANUARY


@pytest.mark.parametrize(
    ("granularity", "begin", "nearest"),
    [
        ("month", "2024-01-10", "2024-01"),
        ("month", "2024-01-20", "2024-02"),
        ("week", "2024-01-02", "2024-01-01"),
        ("quarter", "2024-03", "2024-Q2"),
        ("year", date(2024, 3, 1), "2024"),
        ("day", datetime(2024, 1, 1, 13), "2024-01-02"),
        ("hour", datetime(2024, 1, 1, 13, 5), "2024-01-01T13"),
        ("year", "9999-12", "9999"),
    ],
)
def test_a_bound_starts_a_partition(granularity: str, begin: Any, nearest: str) -> None:
    error = refuse(partition_by={"column": "d", "granularity": granularity}, begin=begin)
    assert error.message == f"`begin` `{begin}` does not start a {granularity}"
    assert error.at == Location("begin")
    assert error.hint == f"the nearest that does is `{nearest}`"


@given(st.sampled_from(Granularity), st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_the_nearest_bound_of_the_hint_is_accepted(granularity: Granularity, moment: datetime) -> None:
    by = {"column": "d", "granularity": str(granularity)}
    result = attempt({"partition_by": by, "begin": moment})
    if isinstance(result, ModelConfig):
        assert result.begin == moment == granularity.floor(moment)
    else:
        assert result.hint is not None
        nearest = parse(partition_by=by, begin=result.hint.split("`")[1]).begin
        assert nearest is not None
        others = [granularity.floor(moment), granularity.ceil(moment)]
        assert abs(nearest - moment) == min(abs(other - moment) for other in others)


@pytest.mark.parametrize("begin", ["yesterday", "2024-13", "2024-02-30", "2024-W60", "0000", True, [], 1.5])
def test_a_bound_that_is_no_time(begin: Any) -> None:
    assert refuse(partition_by=DAY, begin=begin).at == Location("begin")


@pytest.mark.parametrize("begin", ["2024-01-01T00:00:00Z", JANUARY.replace(tzinfo=UTC)])
def test_a_bound_is_on_the_columns_own_clock(begin: Any) -> None:
    error = refuse(partition_by={**DAY, "timezone": "Europe/Berlin"}, begin=begin)
    assert error.message == "`begin` has a time zone of its own"


def test_begin_is_required() -> None:
    error = refuse(partition_by=DAY)
    assert error.message == "a partitioned model needs `begin`"
    assert error.at == Location("partition_by")


@pytest.mark.parametrize("by", [ORIGIN, BLOCK, [ORIGIN, BLOCK]])
def test_begin_is_for_columns_of_time(by: Any) -> None:
    assert parse(partition_by=by).begin is None
    assert parse(partition_by=[ORIGIN, DAY], begin="2024").begin == JANUARY
    assert refuse(partition_by=[ORIGIN, DAY]).message == "a partitioned model needs `begin`"


@pytest.mark.parametrize("key", ["begin", "end", "frozen_before"])
@pytest.mark.parametrize(
    ("by", "hint"),
    [
        (ORIGIN, "remove it, or add a column with `granularity` to `partition_by`"),
        ([ORIGIN, BLOCK], "remove it: `start` and `stop` of `range` bound `block`"),
    ],
)
def test_moments_without_a_column_of_time(by: Any, hint: str, key: str) -> None:
    error = refuse(partition_by=by, **{key: "2024"})
    assert error.message == f"`{key}` has no meaning without a time column"
    assert error.at == Location(key)
    assert error.hint == ("remove it" if key == "frozen_before" and by != ORIGIN else hint)


@pytest.mark.parametrize("key", ["end_offset", "lookback"])
def test_numbers_of_partitions_along_a_column_of_time_or_of_a_range(key: str) -> None:
    assert getattr(parse(partition_by=[DAY, ORIGIN], begin="2024", **{key: 2}), key) == 2
    assert getattr(parse(partition_by=BLOCK, **{key: 2}), key) == 2
    error = refuse(partition_by=ORIGIN, **{key: 2})
    assert error.message == f"`{key}` has no meaning without a column of time or of a range"
    assert error.at == Location(key)
    assert error.hint == "remove it, or add a column with `granularity` to `partition_by`"


def test_batches_and_logic_of_columns_of_values() -> None:
    config = parse(partition_by=ORIGIN, batch_size=5, on_logic_change="keep")
    assert config.batch_size == 5
    assert config.on_logic_change is OnLogicChange.KEEP


@pytest.mark.parametrize("end", ["2024-01-01", "2023"])
def test_begin_is_before_end(end: str) -> None:
    error = refuse(partition_by=DAY, begin="2024-01-01", end=end)
    assert error.message == f"`end` `{end}` is not after `begin` `2024-01-01`"
    assert error.at == Location("end")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("lookback", -1, "`lookback` must be at least 0, not -1"),
        ("lookback", "3", "`lookback` must be a whole number, not text"),
        ("lookback", True, "`lookback` must be a whole number, not a boolean"),
        ("lookback", 1.0, "`lookback` must be a whole number, not a decimal number"),
        ("batch_size", 0, "`batch_size` must be at least 1, not 0"),
        ("on_logic_change", "rebuld", "`on_logic_change` can't be `rebuld`"),
        ("on_schema_change", "ignore", "`on_schema_change` can't be `ignore`"),
        ("volatile", "warm", "`volatile` can't be `warm`"),
        ("materialized", "incremantal", "`materialized` can't be `incremantal`"),
        ("schema", "", "`schema` is empty"),
        ("alias", 3, "`alias` must be text, not a number"),
        ("tags", {"a": 1}, "`tags` must be text or a list of texts, not a mapping"),
        ("tags", ["a", 1], "`tags` must be text, not a number"),
        ("description", ["x"], "`description` must be text, not a list"),
        ("meta", "x", "`meta` must be a mapping, not text"),
    ],
)
def test_a_value_of_the_wrong_kind(key: str, value: Any, message: str) -> None:
    error = refuse(**{"partition_by": DAY, "begin": "2024", key: value})
    assert error.message == message
    assert error.at == Location(key)


@pytest.mark.parametrize("materialized", ["table", "view"])
@pytest.mark.parametrize(
    ("key", "value"),
    [("partition_by", DAY), ("begin", "2024"), ("end", "2024"), ("lookback", 0), ("batch_size", 1),
     ("frozen_before", "2024"), ("incremental_strategy", "microbatch")],
)  # fmt: skip
def test_partition_keys_mean_nothing_elsewhere(materialized: str, key: str, value: Any) -> None:
    error = refuse(materialized=materialized, **{key: value})
    assert error.message == f"`{key}` has no meaning for a `{materialized}` model"
    assert error.at == Location(key)


def test_a_bound_without_partition_by() -> None:
    error = refuse(begin="2024-01-01")
    assert error.message == "`begin` has no meaning for a `table` model"
    assert error.hint == "remove it, or add `partition_by`"


def test_a_view_stores_nothing() -> None:
    assert refuse(materialized="view", on_logic_change="keep").hint == "a view stores no rows"
    assert parse(materialized="table", on_logic_change="keep").on_logic_change is OnLogicChange.KEEP


def test_partitioned_without_a_column() -> None:
    error = refuse(materialized="partitioned", begin="2024")
    assert error.message == "a partitioned model needs `partition_by`"
    assert error.at == Location("materialized")


def test_dbt_microbatch() -> None:
    config = parse(
        materialized="incremental",
        incremental_strategy="microbatch",
        event_time="d",
        batch_size="day",
        begin="2024-01-01",
        on_schema_change="append_new_columns",
    )
    assert config == parse(partition_by=DAY, begin="2024-01-01")


def test_dbt_event_time_agrees_with_partition_by() -> None:
    bigquery = {"field": "d", "data_type": "date", "granularity": "day"}
    config = parse(event_time="d", batch_size="day", partition_by=bigquery, begin="2024")
    assert config.partition_by == PartitionBy((TimeColumn("d", Granularity.DAY),))
    assert config.batch_size is None
    assert "`partition_by` is on `d` but" in refuse(event_time="e", partition_by=DAY, begin="2024").message
    error = refuse(event_time="d", batch_size="month", partition_by=DAY, begin="2024")
    assert error.message == "`partition_by` is cut by day but `batch_size` says month"


def test_event_time_alone_does_not_say_how_to_cut() -> None:
    error = refuse(event_time="d", begin="2024")
    assert error.at == Location("event_time")
    assert parse(materialized="view", event_time="d") == parse(materialized="view")


def test_batch_size_counts_partitions_unless_event_time_is_used() -> None:
    error = refuse(partition_by=DAY, begin="2024", batch_size="day")
    assert error.message == "`batch_size` is a number of partitions, not `day`"
    assert error.at == Location("batch_size")


@pytest.mark.parametrize("strategy", ["merge", "append", "insert_overwrite"])
def test_other_dbt_strategies_are_refused(strategy: str) -> None:
    error = refuse(materialized="incremental", incremental_strategy=strategy)
    assert error.message == f"`incremental_strategy` `{strategy}` is not known to swathe"
    assert error.hint is not None
    assert "`partitioned`" in error.hint


def test_incremental_needs_its_strategy() -> None:
    assert refuse(materialized="incremental").at == Location("materialized")


def test_dbt_keys_without_meaning_say_what_to_use() -> None:
    error = refuse(concurrent_batches=True)
    assert error.message == "dbt's config key `concurrent_batches` has no meaning in swathe"
    assert error.hint == "remove it: `--parallel` says how many batches run at once"


words = st.text(alphabet="aday-2014 \0", max_size=10)
scalars = st.none() | st.booleans() | st.integers(-5, 3000) | st.floats() | words | st.dates()
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(words, scalars, max_size=2)
column_keys = st.sampled_from(
    ["column", "field", "data_type", "granularity", "every", "values", "query", "range", "else", "nulls", "nonsense"]
)
ranges = st.dictionaries(st.sampled_from(["start", "stop", "step", "end", "interval"]), scalars)
columns = st.fixed_dictionaries({"column": st.sampled_from("aAb")}) | st.just({})
parts = st.builds(dict.__or__, columns, st.dictionaries(column_keys, values | ranges, max_size=2))
keys = st.sampled_from([*KNOWN_KEYS, "unique_key", "nonsense"])


@given(st.dictionaries(keys, values | parts | st.lists(parts, max_size=2), max_size=5), st.booleans())
def test_anything_is_either_a_config_or_an_error_at_a_key_that_was_given(
    raw: dict[str, Any], partitioned: bool
) -> None:
    raw = {"partition_by": DAY, "begin": "2024", **raw} if partitioned else raw
    result = attempt(raw)
    if isinstance(result, ModelError):
        assert result.at is not None
        assert result.at.path in raw

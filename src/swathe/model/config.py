"""Checks a model's `config()`, with dbt's names where dbt has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.model.definition import (
    Materialized,
    ModelConfig,
    OnLogicChange,
    OnSchemaChange,
    OnVolatile,
    OverwriteWay,
    PartitionBy,
    RangeColumn,
    TimeColumn,
)
from swathe.model.moments import read_moment
from swathe.model.partition_config import parse_partition_by
from swathe.model.values import kind, list_names, read_choice, read_int, read_tags, read_text
from swathe.partition.granularity import Granularity

Where = Callable[[str], Location]

KNOWN_KEYS = (
    "materialized",
    "partition_by",
    "begin",
    "end",
    "end_offset",
    "lookback",
    "batch_size",
    "on_logic_change",
    "on_schema_change",
    "overwrite",
    "volatile",
    "frozen_before",
    "schema",
    "alias",
    "tags",
    "description",
    "meta",
    "event_time",
    "incremental_strategy",
    "audits",
)
_NOT_YET = ("retention", "cold_after")
_PARTITION_KEYS = (
    "partition_by",
    "incremental_strategy",
    "begin",
    "end",
    "end_offset",
    "lookback",
    "batch_size",
    "overwrite",
    "frozen_before",
)
_MOMENTS = ("begin", "end", "frozen_before")
_ALONG_A_LINE = ("end_offset", "lookback")
_STORED_KEYS = ("on_logic_change", "on_schema_change")
_MOST_OFFSET = 10_000
_DBT_ONLY = {
    "unique_key": "remove it: partitions are overwritten whole, so rows need no key",
    "concurrent_batches": "remove it: `--parallel` says how many batches run at once",
    "full_refresh": "remove it: `swathe backfill --full` rebuilds",
}
_INCREMENTAL_HINT = (
    "use `partitioned` with `partition_by` and `begin`: each partition is overwritten whole, "
    "so the query needs no `is_incremental()`"
)
_DBT_SCHEMA_CHANGE = {"append_new_columns": "append", "sync_all_columns": "sync"}


def parse_config(raw: Mapping[str, Any], where: Where) -> ModelConfig:
    """Check every key and value of a model's config, but `audits`. A key that is None counts as not given.

    `where` is only asked for keys of `raw`. Of dbt's names, `event_time` is the partition column, text in
    `batch_size` is the granularity, and `incremental` with the strategy `microbatch` is `partitioned`. On a
    model that says it is a table or a view `event_time` changes nothing, as windows are derived.

    Raises ModelError.
    """
    _check_keys(raw, where)
    given = {key: value for key, value in raw.items() if value is not None}
    materialized = _materialized(given, where)
    _check_placement(given, where, materialized)
    by = _partition_by(given, where) if materialized is Materialized.PARTITIONED else None
    moments = _bounds(given, where, by) if by else {}
    by_width = isinstance(given.get("batch_size"), str)
    return ModelConfig(
        materialized=materialized,
        partition_by=by,
        begin=moments.get("begin"),
        end=moments.get("end"),
        end_offset=_number(given, where, "end_offset", least=-_MOST_OFFSET, most=_MOST_OFFSET) or 0,
        lookback=_number(given, where, "lookback", least=0) or 0,
        batch_size=None if by_width else _number(given, where, "batch_size", least=1),
        on_logic_change=_on_logic_change(given, where),
        on_schema_change=_on_schema_change(given, where),
        overwrite=_overwrite(given, where),
        volatile=_volatile(given, where, materialized),
        frozen_before=moments.get("frozen_before"),
        schema=_text(given, where, "schema"),
        alias=_text(given, where, "alias"),
        tags=read_tags(given["tags"], "tags", where("tags")) if "tags" in given else (),
        description=_description(given, where),
        meta=_meta(given, where),
    )


def _check_keys(raw: Mapping[str, Any], where: Where) -> None:
    for key in raw:
        if key in KNOWN_KEYS:
            continue
        if key in _NOT_YET:
            raise ModelError(f"config key `{key}` is not supported yet", at=where(key), hint="remove it")
        if key in _DBT_ONLY:
            message = f"dbt's config key `{key}` has no meaning in swathe"
            raise ModelError(message, at=where(key), hint=_DBT_ONLY[key])
        hint = did_you_mean(key, KNOWN_KEYS, otherwise=f"known keys: {list_names(KNOWN_KEYS)}")
        raise ModelError(f"unknown config key `{key}`", at=where(key), hint=hint)


def _materialized(given: Mapping[str, Any], where: Where) -> Materialized:
    strategy = given.get("incremental_strategy")
    if strategy is not None and strategy != "microbatch":
        message = f"`incremental_strategy` `{strategy}` is not known to swathe"
        raise ModelError(message, at=where("incremental_strategy"), hint=_INCREMENTAL_HINT)
    if "materialized" not in given:
        cut = any(key in given for key in ("partition_by", "event_time", "incremental_strategy"))
        return Materialized.PARTITIONED if cut else Materialized.TABLE
    if given["materialized"] == "incremental":
        if strategy is None:
            message = "`materialized` can't be `incremental` without the strategy `microbatch`"
            raise ModelError(message, at=where("materialized"), hint=_INCREMENTAL_HINT)
        return Materialized.PARTITIONED
    return read_choice(given["materialized"], "materialized", where("materialized"), Materialized)


def _check_placement(given: Mapping[str, Any], where: Where, materialized: Materialized) -> None:
    """Refuse keys that would do nothing for this kind of model."""
    if materialized is Materialized.PARTITIONED:
        return
    idle = _PARTITION_KEYS + (_STORED_KEYS if materialized is Materialized.VIEW else ())
    for key in idle:
        if key in given:
            hint = "a view stores no rows" if key in _STORED_KEYS else "remove it, or add `partition_by`"
            raise ModelError(f"`{key}` has no meaning for a `{materialized}` model", at=where(key), hint=hint)


def _partition_by(given: Mapping[str, Any], where: Where) -> PartitionBy:
    event_time = _text(given, where, "event_time")
    granularity = _dbt_granularity(given, where)
    if "partition_by" in given:
        return parse_partition_by(
            given["partition_by"], where("partition_by"), event_time=event_time, granularity=granularity
        )
    if event_time is None:
        key = "materialized" if "materialized" in given else "incremental_strategy"
        hint = 'add partition_by = {"column": …, "granularity": "day"}'
        raise ModelError("a partitioned model needs `partition_by`", at=where(key), hint=hint)
    if granularity is None:
        hint = 'add batch_size = "day", or say materialized = "table"'
        message = "`event_time` without `batch_size` does not say how to cut the table"
        raise ModelError(message, at=where("event_time"), hint=hint)
    return PartitionBy((TimeColumn(event_time, granularity),))


def _dbt_granularity(given: Mapping[str, Any], where: Where) -> Granularity | None:
    """dbt's `batch_size` is a width of time; ours is a number of partitions."""
    value = given.get("batch_size")
    if not isinstance(value, str):
        return None
    if "event_time" not in given:
        message = f"`batch_size` is a number of partitions, not `{value}`"
        hint = "the width of a partition is the `granularity` of `partition_by`"
        raise ModelError(message, at=where("batch_size"), hint=hint)
    return read_choice(value, "batch_size", where("batch_size"), Granularity)


def _bounds(given: Mapping[str, Any], where: Where, by: PartitionBy) -> dict[str, datetime]:
    if by.time is None:
        for key in (*_MOMENTS, *(() if by.line else _ALONG_A_LINE)):
            if key in given:
                raise _no_line(key, where(key), by)
        return {}
    moments = {key: read_moment(given[key], key, where(key), by.time) for key in _MOMENTS if key in given}
    if "begin" not in moments:
        key = next(key for key in ("partition_by", "event_time") if key in given)
        hint = 'add the first partition to build, as in begin = "2024-01-01"'
        raise ModelError("a partitioned model needs `begin`", at=where(key), hint=hint)
    if "end" in moments and moments["end"] <= moments["begin"]:
        message = f"`end` `{given['end']}` is not after `begin` `{given['begin']}`"
        hint = "`end` is exclusive: the first partition not to build"
        raise ModelError(message, at=where("end"), hint=hint)
    return moments


def _no_line(key: str, at: Location, by: PartitionBy) -> ModelError:
    what = "a column of time or of a range" if key in _ALONG_A_LINE else "a time column"
    hint = "remove it, or add a column with `granularity` to `partition_by`"
    if isinstance(by.line, RangeColumn):
        hint = "remove it"
        if key != "frozen_before":
            hint = f"remove it: `start` and `stop` of `range` bound `{by.line.column}`"
    return ModelError(f"`{key}` has no meaning without {what}", at=at, hint=hint)


def _on_logic_change(given: Mapping[str, Any], where: Where) -> OnLogicChange:
    if "on_logic_change" not in given:
        return OnLogicChange.REBUILD
    return read_choice(given["on_logic_change"], "on_logic_change", where("on_logic_change"), OnLogicChange)


def _on_schema_change(given: Mapping[str, Any], where: Where) -> OnSchemaChange:
    if "on_schema_change" not in given:
        return OnSchemaChange.APPEND
    value = given["on_schema_change"]
    if isinstance(value, str):
        value = _DBT_SCHEMA_CHANGE.get(value, value)
    return read_choice(value, "on_schema_change", where("on_schema_change"), OnSchemaChange)


def _overwrite(given: Mapping[str, Any], where: Where) -> OverwriteWay:
    if "overwrite" not in given:
        return OverwriteWay.DELETE_INSERT
    return read_choice(given["overwrite"], "overwrite", where("overwrite"), OverwriteWay)


def _volatile(given: Mapping[str, Any], where: Where, materialized: Materialized) -> OnVolatile:
    if "volatile" not in given:
        return OnVolatile.WARN
    chosen = read_choice(given["volatile"], "volatile", where("volatile"), OnVolatile)
    if chosen is OnVolatile.PIN and materialized is Materialized.VIEW:
        hint = "leave it out, and call the clock in the model that reads the view"
        raise ModelError(
            "the clock of a view can't be pinned: it is asked in each read", at=where("volatile"), hint=hint
        )
    return chosen


def _text(given: Mapping[str, Any], where: Where, key: str) -> str | None:
    return read_text(given[key], key, where(key)) if key in given else None


def _number(given: Mapping[str, Any], where: Where, key: str, *, least: int, most: int | None = None) -> int | None:
    return read_int(given[key], key, where(key), least=least, most=most) if key in given else None


def _description(given: Mapping[str, Any], where: Where) -> str | None:
    value = given.get("description")
    if value is not None and not isinstance(value, str):
        hint = "put it in quotes"
        raise ModelError(f"`description` must be text, not {kind(value)}", at=where("description"), hint=hint)
    return value


def _meta(given: Mapping[str, Any], where: Where) -> dict[str, Any]:
    value = given.get("meta", {})
    if not isinstance(value, Mapping):
        hint = 'write meta = {"owner": "ada"}'
        raise ModelError(f"`meta` must be a mapping, not {kind(value)}", at=where("meta"), hint=hint)
    return dict(value)

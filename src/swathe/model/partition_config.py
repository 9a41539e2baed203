"""Reads `partition_by`: which columns cut a model or a source, and how each is cut."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from swathe.errors import Location, ModelError
from swathe.model.definition import PartitionBy, PartitionColumn, ValuesColumn
from swathe.model.partition_entry import Way, read_entries
from swathe.model.range_column import read_range_column, read_source_range
from swathe.model.time_column import read_time_column
from swathe.model.values import read_choice
from swathe.model.values_column import read_source_values, read_values_column
from swathe.partition.granularity import Granularity

_MODEL_WAYS = "add one of `granularity`, `values`, `query`, `range`"
_SOURCE_WAYS = "add one of `granularity`, `range`, `values: all`"


class _Nulls(StrEnum):
    """What rows without a value are."""

    ERROR = "error"
    OWN = "own"


def parse_partition_by(
    raw: Any, at: Location, *, event_time: str | None = None, granularity: Granularity | None = None
) -> PartitionBy:
    """Check a model's `partition_by`: a mapping, or a list of them for several columns.

    `event_time` and `granularity` were said elsewhere: they fill gaps of the column of time and must agree with it.
    dbt-bigquery's names are accepted for columns of time and of ranges. Raises ModelError.
    """
    columns = []
    for entry in read_entries(raw, at, event_time=event_time, granularity=granularity, ways=_MODEL_WAYS):
        nulls = entry.given.get("nulls")
        own_null = nulls is not None and read_choice(nulls, "nulls", at, _Nulls) is _Nulls.OWN
        column: PartitionColumn
        match entry.way:
            case Way.GRANULARITY:
                column = read_time_column(entry.column, entry.given, at, granularity=granularity, own_null=own_null)
            case Way.RANGE:
                column = read_range_column(entry.column, entry.given["range"], at, own_null=own_null)
            case Way.VALUES | Way.QUERY:
                column = read_values_column(entry.column, entry.given, at, own_null=own_null)
        columns.append(column)
    by = _together(columns, at, "`values` or `query`")
    if event_time and by.time is None:
        raise no_time_column(event_time, at)
    return by


def parse_source_partition_by(raw: Any, at: Location, *, event_time: str | None = None) -> PartitionBy:
    """Check a source's `partition_by`, in which nothing bounds a column: all that is found is watched.

    `event_time` fills the missing name of the column of time and must agree with it; that there is such a column is
    not checked. Raises ModelError.
    """
    columns = []
    for entry in read_entries(raw, at, event_time=event_time, granularity=None, ways=_SOURCE_WAYS):
        if "nulls" in entry.given:
            hint = "leave it out: rows with NULL are always watched"
            raise ModelError("`nulls` has no meaning in a source's `partition_by`", at=at, hint=hint)
        column: PartitionColumn
        match entry.way:
            case Way.GRANULARITY:
                column = read_time_column(entry.column, entry.given, at)
            case Way.RANGE:
                column = read_source_range(entry.column, entry.given["range"], at)
            case Way.VALUES | Way.QUERY:
                column = read_source_values(entry.column, entry.given, at)
        columns.append(column)
    return _together(columns, at, "`values: all`")


def no_time_column(event_time: str, at: Location) -> ModelError:
    message = f"`event_time` is `{event_time}`, but `partition_by` has no column of time"
    return ModelError(message, at=at, hint=f"cut `{event_time}` by `granularity`, or leave `event_time` out")


def _together(columns: list[PartitionColumn], at: Location, instead: str) -> PartitionBy:
    seen: set[str] = set()
    for column in columns:
        if column.column.lower() in seen:
            hint = "keep one of the two: upper and lower case are the same"
            raise ModelError(f"`partition_by` names `{column.column}` twice", at=at, hint=hint)
        seen.add(column.column.lower())
    lines = [column.column for column in columns if not isinstance(column, ValuesColumn)]
    if len(lines) > 1:
        hint = f"cut `{lines[1]}` by {instead}"
        raise ModelError("only one column can be of time or of a range", at=at, hint=hint)
    return PartitionBy(tuple(columns))

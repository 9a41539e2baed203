"""Partition columns held against what queries and sources give: are they there, and can a table be cut by them so?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from swathe.errors import Location, ModelError, ProjectError, did_you_mean
from swathe.model.definition import (
    Column,
    ModelConfig,
    ModelName,
    PartitionBy,
    PartitionColumn,
    RangeColumn,
    Source,
    TimeColumn,
    ValuesColumn,
)
from swathe.partition.granularity import Granularity
from swathe.partition.values import Value, ValueKind
from swathe.sql.literal import ColumnClock, column_clock, value_kind
from swathe.sql.logic import Logic
from swathe.sql.template import QueryTemplate

Where = Callable[[], Location]
"""Where `partition_by` stands, which takes a while to find and is asked for only to be said."""


def fit_column(part: PartitionColumn, model: ModelName, columns: Sequence[Column], where: Where) -> PartitionColumn:
    """A model's partition column, spelled as the query spells it and with what it holds. Raises ModelError."""
    found = _find(part, columns)
    if found is None:
        near = did_you_mean(part.column, [column.name for column in columns])
        raise ModelError(
            f"partition column `{part.column}` is not in the output of `{model}`",
            at=(at := where()),
            hint=near or f"add it to the select list, or change `partition_by` in {at}",
        )
    named = f"partition column `{found.name}` is {found.type}"
    match part:
        case TimeColumn():
            return _fit_time(part, found, named, where)
        case RangeColumn():
            if value_kind(found.type) is not ValueKind.INTEGER:
                hint = f"cast it in the query, e.g. `cast({found.name} as bigint) as {found.name}`"
                raise ModelError(f"{named}, and ranges are of whole numbers", at=where(), hint=hint)
            return replace(part, column=found.name)
        case ValuesColumn():
            return _fit_values(part, found, named, where)


def cut_source(source: Source, columns: Sequence[Column]) -> Source:
    """A source with what its partition columns hold. Raises ProjectError unless they are there and fit."""
    _refuse_like_names(source, columns)
    by = source.partition_by
    if by is None:
        return source
    return replace(source, partition_by=PartitionBy(tuple(_fit_source(source, part, columns) for part in by.columns)))


def _refuse_like_names(source: Source, columns: Sequence[Column]) -> None:
    """Columns are told apart by their names in any case, so two of a table may not differ in nothing else."""
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(column.name.lower(), column.name)
        if other != column.name:
            raise ProjectError(
                f"source `{source.name}` has two columns that differ in case only: `{other}` and `{column.name}`",
                at=source.at, hint="read a view of it in which one of them has another name",
            )  # fmt: skip


def check_use_of_partition(config: ModelConfig, templates: Sequence[QueryTemplate], where: Where) -> None:
    """Raises ModelError where a partition has not what the query asks of it."""
    by = config.partition_by
    keyless = [part for part in by.lists if part.rest or part.own_null] if by else []
    if keyless and any(template.uses_key for template in templates):
        raise ModelError(
            f"`partition.key` is used, but not every partition of `{keyless[0].column}` has a value", at=where(),
            hint='leave `"else"` and `"nulls"` out, or the use of `partition.key`',
        )  # fmt: skip
    if by is None or not any(template.uses_bounds for template in templates):
        return
    if by.line is None:
        raise ModelError(
            "`partition.start` and `partition.end` are used, but no partition column has an order", at=where(),
            hint="use `partition.key`, or cut the table by a column of time or of a range, too",
        )  # fmt: skip
    if by.line.own_null:
        raise ModelError(
            "`partition.start` and `partition.end` are used, but the partition for NULL has neither", at=where(),
            hint='leave `"nulls": "own"` out, or the use of `partition.*`',
        )  # fmt: skip


def refuse_whole_inputs(logic: Logic) -> None:
    """Raises ModelError where an input is read whole that was not asked for so."""
    for entry in logic.direct:
        if entry.filter_window is None and not entry.links and not entry.claimed:
            raise ModelError(
                f"every partition reads all of `{entry.name}`: {entry.reason}",
                at=entry.at,
                hint="`strict_pruning` is on: rewrite the query, or say so with `window='all'` or `lookback=`",
            )


def _fit_time(part: TimeColumn, found: Column, named: str, where: Where) -> TimeColumn:
    clock = column_clock(found.type)
    if clock is None:
        hint = f"cast it in the query, e.g. `cast({found.name} as date) as {found.name}`"
        raise ModelError(f"{named}, and a table is cut by DATE or TIMESTAMP", at=where(), hint=hint)
    if clock is ColumnClock.DATE and part.granularity is Granularity.HOUR:
        raise ModelError(f"{named}, and has no hours", at=where(), hint="use a TIMESTAMP column, or `granularity: day`")
    return replace(part, column=found.name, instants=clock is ColumnClock.INSTANT)


def _fit_values(part: ValuesColumn, found: Column, named: str, where: Where) -> ValuesColumn:
    kind = value_kind(found.type)
    if kind is None:
        hint = f"cast it in the query, e.g. `cast({found.name} as varchar) as {found.name}`"
        message = f"{named}, and values are text, whole numbers, booleans or dates"
        raise ModelError(message, at=where(), hint=hint)
    if part.query is None and kind is not part.kind:
        return replace(part, column=found.name, kind=kind, values=_dates(part, kind, named, where))
    return replace(part, column=found.name, kind=kind)


def _dates(part: ValuesColumn, kind: ValueKind, named: str, where: Where) -> tuple[Value, ...]:
    """A template has no dates, so they are written as text there."""
    message = f"{named}, but its `values` are of another type: {part.kind}"
    if kind is not ValueKind.DATE or part.kind is not ValueKind.TEXT:
        quotes = {ValueKind.TEXT: "put each in quotes", ValueKind.INTEGER: "write them without quotes"}
        raise ModelError(
            message, at=where(), hint=quotes.get(kind, f"cast `{part.column}` in the query to {part.kind}")
        )
    try:
        found = tuple(kind.read(str(value)) for value in part.values)
    except ValueError as error:
        raise ModelError(f"{named}, but in its `values` {error}", at=where(), hint='write "2013-01-31"') from None
    if len(set(found)) < len(found):
        raise ModelError(f"the `values` of `{part.column}` name a date twice", at=where(), hint="leave one out")
    return found


def _fit_source(source: Source, part: PartitionColumn, columns: Sequence[Column]) -> PartitionColumn:
    found = _find(part, columns)
    if found is None:
        raise ProjectError(
            f"source `{source.name}` has no column `{part.column}`",
            at=source.at,
            hint=did_you_mean(part.column, [column.name for column in columns]),
        )
    cut = f"source `{source.name}` is cut by `{part.column}`, which is {found.type}"
    match part:
        case TimeColumn():
            clock = column_clock(found.type)
            if clock is None:
                raise ProjectError(cut, at=source.at, hint="its time column must be a DATE or TIMESTAMP")
            return replace(part, instants=clock is ColumnClock.INSTANT)
        case RangeColumn():
            if value_kind(found.type) is not ValueKind.INTEGER:
                raise ProjectError(cut, at=source.at, hint="ranges are of whole numbers")
            return part
        case ValuesColumn():
            kind = value_kind(found.type)
            if kind is None:
                hint = "values are text, whole numbers, booleans or dates"
                raise ProjectError(cut, at=source.at, hint=hint)
            return replace(part, kind=kind)


def _find(part: PartitionColumn, columns: Sequence[Column]) -> Column | None:
    return next((column for column in columns if column.name.lower() == part.column.lower()), None)

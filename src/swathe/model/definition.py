"""What a model, a source and a reference are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.partition.granularity import Granularity
from swathe.partition.grid import Dimension, Grid, Scheme
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme, WholeScheme
from swathe.partition.units import Units, Weekday
from swathe.partition.values import Value, ValueKind

ModelName = NewType("ModelName", str)
"""A model's file name without `.sql`."""

InputName = NewType("InputName", str)
"""A model's name, or `<source>.<table>` for a source."""


class Materialized(StrEnum):
    """What stands in the warehouse for a model."""

    PARTITIONED = "partitioned"
    TABLE = "table"
    VIEW = "view"


class OnLogicChange(StrEnum):
    """What becomes of built partitions when the logic changes."""

    REBUILD = "rebuild"
    KEEP = "keep"


class OnSchemaChange(StrEnum):
    """What becomes of a table whose query has other columns than the table."""

    APPEND = "append"
    SYNC = "sync"
    FAIL = "fail"


class OverwriteWay(StrEnum):
    """How the rows of a partition are replaced: in their table, or by putting a part of the table in its place."""

    DELETE_INSERT = "delete_insert"
    SWAP = "swap"


class OnVolatile(StrEnum):
    """What to do about a query that gives other rows each time it runs. `PIN`: clocks stand still for a run."""

    WARN = "warn"
    ACCEPT = "accept"
    REFUSE = "refuse"
    PIN = "pin"


@frozen
class Column:
    """An output column with its type as the engine spells it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A table's schema and name, exactly as they stand in the warehouse."""

    schema: str
    name: str


@frozen
class TimeColumn:
    """A column cut by time. `timezone` is the zone of the wall clock that partitions are on.

    `instants` says that the column holds instants and not readings of that clock. It is known only when the column's
    type is, so it is False in a definition, and right in a project that was analysed.
    """

    column: str
    granularity: Granularity
    timezone: str = "UTC"
    every: int = 1
    week_start: Weekday = Weekday.MONDAY
    instants: bool = False
    own_null: bool = False

    @property
    def units(self) -> Units:
        return self.scheme.units

    @property
    def scheme(self) -> TimeScheme:
        return TimeScheme(self.granularity, self.timezone, self.column, self.every, self.week_start, self.instants)


@frozen
class RangeColumn:
    """A column of whole numbers, cut into ranges of `step` from `start` (inclusive) to `stop` (exclusive).

    `stop_query` finds the stop at the time of planning; `stop` is None until it has, and where it found none.
    """

    column: str
    start: int
    step: int
    stop: int | None = None
    stop_query: str | None = None
    own_null: bool = False

    @property
    def scheme(self) -> RangeScheme:
        return RangeScheme(self.column, self.step, self.start % self.step)


@frozen
class ValuesColumn:
    """A column cut by values: a list of them, or what `query` finds at the time of planning, none until it has.

    `rest`: all other values are a partition together. `kind` is known only when the column's type is.
    """

    column: str
    values: tuple[Value, ...] = ()
    query: str | None = None
    rest: bool = False
    own_null: bool = False
    kind: ValueKind = ValueKind.TEXT

    @property
    def dimension(self) -> Dimension:
        return Dimension(self.column, self.kind, self.values, self.rest, self.own_null)


LineColumn = TimeColumn | RangeColumn
PartitionColumn = TimeColumn | RangeColumn | ValuesColumn


@frozen
class PartitionBy:
    """The columns that cut a table, in the order in which keys name them. At most one is of time or numbers."""

    columns: tuple[PartitionColumn, ...]

    @property
    def line(self) -> LineColumn | None:
        """The column of time or numbers."""
        return next((column for column in self.columns if not isinstance(column, ValuesColumn)), None)

    @property
    def time(self) -> TimeColumn | None:
        """The column of time."""
        return self.line if isinstance(self.line, TimeColumn) else None

    @property
    def lists(self) -> tuple[ValuesColumn, ...]:
        """The columns of values."""
        return tuple(column for column in self.columns if isinstance(column, ValuesColumn))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.column for column in self.columns)

    @property
    def queries(self) -> dict[str, str]:
        """The text of each query that finds partitions, by column."""
        found = {}
        for column in self.columns:
            query = column.query if isinstance(column, ValuesColumn) else getattr(column, "stop_query", None)
            if query is not None:
                found[column.column] = query
        return found

    @property
    def scheme(self) -> Scheme:
        line = self.line
        if line is not None and len(self.columns) == 1 and not line.own_null:
            return line.scheme
        dimensions = [column.dimension for column in self.lists]
        null_line = line is not None and line.own_null
        return Grid.of(line.scheme if line else WholeScheme(), self.names, dimensions, null_line=null_line)


@frozen
class ModelConfig:
    """A model's `config()`, checked. Times are naive: the wall clock of the partitions.

    `end_offset` is how many partitions that have not ended are built as well; negative, how many that have are not.
    """

    materialized: Materialized
    partition_by: PartitionBy | None = None
    begin: datetime | None = None
    end: datetime | None = None
    end_offset: int = 0
    lookback: int = 0
    batch_size: int | None = None
    on_logic_change: OnLogicChange = OnLogicChange.REBUILD
    on_schema_change: OnSchemaChange = OnSchemaChange.APPEND
    overwrite: OverwriteWay = OverwriteWay.DELETE_INSERT
    volatile: OnVolatile = OnVolatile.WARN
    frozen_before: datetime | None = None
    schema: str | None = None
    alias: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def scheme(self) -> Scheme:
        if self.partition_by is not None:
            return self.partition_by.scheme
        return WholeScheme("view") if self.materialized is Materialized.VIEW else WholeScheme()


class WatchKind(StrEnum):
    """How a source's partitions are measured."""

    COUNT = "count(*)"
    CHECKSUM = "checksum"
    AGGREGATE = "aggregate"
    NONE = "none"


@frozen
class Watch:
    """How to tell whether a source's partition changed. `expression` is an SQL aggregate, for AGGREGATE only."""

    kind: WatchKind
    expression: str | None = None


@frozen
class Source:
    """A table or a set of files that swathe reads and never writes."""

    name: InputName
    relation: Relation
    watch: Watch
    at: Location
    location: str | None = None
    partition_by: PartitionBy | None = None
    description: str | None = None

    @property
    def scheme(self) -> Scheme:
        return self.partition_by.scheme if self.partition_by else WholeScheme()


@frozen
class InputRef:
    """One `ref()` or `source()` of a template, as it was called.

    `lookback` (partitions of the reader) and `whole` are the user's own claims about the window; without either the
    window is derived from the query.
    """

    name: InputName
    lookback: int | None = None
    whole: bool = False

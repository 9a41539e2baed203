"""What a model, a source and a reference are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from swathe.errors import Location
from swathe.partition.granularity import Granularity
from swathe.partition.scheme import Scheme, TimeScheme, WholeScheme
from swathe.partition.units import Units, Weekday

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


@dataclass(frozen=True, slots=True)
class Column:
    """An output column with its type as the engine spells it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A table's schema and name, exactly as they stand in the warehouse."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class PartitionBy:
    """The partition column and how it is cut. `timezone` is the zone of the wall clock that partitions are on.

    `instants` says that the column holds instants and not readings of that clock. It is known only when the column's
    type is, so it is False in a definition, and right in a project that was analysed.
    """

    column: str
    granularity: Granularity
    timezone: str = "UTC"
    every: int = 1
    week_start: Weekday = Weekday.MONDAY
    instants: bool = False

    @property
    def units(self) -> Units:
        return self.scheme.units

    @property
    def scheme(self) -> TimeScheme:
        return TimeScheme(self.granularity, self.timezone, self.column, self.every, self.week_start, self.instants)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Watch:
    """How to tell whether a source's partition changed. `expression` is an SQL aggregate, for AGGREGATE only."""

    kind: WatchKind
    expression: str | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class InputRef:
    """One `ref()` or `source()` of a template, as it was called.

    `lookback` (partitions of the reader) and `whole` are the user's own claims about the window; without either the
    window is derived from the query.
    """

    name: InputName
    lookback: int | None = None
    whole: bool = False

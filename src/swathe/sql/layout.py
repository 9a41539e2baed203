"""How a table is kept in leaves by an engine that does so: by which column, and how wide a leaf is.

A leaf is a partition, or several: a table keeps to hundreds of leaves for ever, since plans and locks cost by the leaf.
So along time a leaf is the finest of hour, day, month, quarter and year of which there are at most `MOST_LEAVES` from
the table's begin to its end, or to ten years from now. Ten years, so that a young table has the leaves of an old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

from swathe.frozen import frozen
from swathe.model.definition import (
    Column,
    ModelConfig,
    OverwriteWay,
    PartitionBy,
    RangeColumn,
    TimeColumn,
    ValuesColumn,
)
from swathe.partition.granularity import Granularity
from swathe.partition.grid import Dimension
from swathe.partition.units import Units
from swathe.sql.axis import Axis, NumberAxis, TimeAxis
from swathe.sql.literal import ColumnClock, column_clock, identifier
from swathe.sql.native import NativeTable, Way

MOST_LEAVES = 400
MOST_VALUES = 100
"""The longest list of values with a leaf for each."""
HASH_LEAVES = 16
_YEARS_AHEAD = 10
_ROOM_TO_GROW = 4
"""Ranges whose end a query finds grow."""

_COARSER = (Granularity.DAY, Granularity.MONTH, Granularity.QUARTER, Granularity.YEAR)
_DAYS = {Granularity.DAY: 1, Granularity.WEEK: 7, Granularity.MONTH: 30, Granularity.QUARTER: 91, Granularity.YEAR: 365}


@frozen
class RangeLayout:
    """Leaves along a line, and with `null` one for the rows in which its column is NULL."""

    column: str
    axis: Axis
    null: bool = False
    way: Way = Way.RANGE


@frozen
class ListLayout:
    """A leaf for each value of a list, one for NULL where that is a partition, and one for all others likewise."""

    dimension: Dimension
    way: Way = Way.LIST

    @property
    def column(self) -> str:
        return self.dimension.column


@frozen
class HashLayout:
    """A fixed number of leaves, for values that are not known beforehand."""

    column: str
    leaves: int = HASH_LEAVES
    way: Way = Way.HASH


Layout = RangeLayout | ListLayout | HashLayout


@frozen
class Layouts:
    """`made` is how a table is made; `others` are those that leaves can be added to as well, where a table was made
    under an earlier cut or by somebody else.
    """

    made: Layout
    others: tuple[Layout, ...] = ()

    def of(self, table: NativeTable) -> Layout | None:
        """How a table that is there is laid out, in terms of its present cut; None when it is in no way of ours."""
        known = (self.made, *self.others)
        return next((one for one in known if table.way is one.way and table.columns == (one.column,)), None)

    def clause(self, dialect: str) -> str:
        """What ends a CREATE TABLE."""
        return f"PARTITION BY {self.made.way} ({identifier(self.made.column, dialect)})"


def layouts_of(config: ModelConfig, columns: Sequence[Column], now: datetime) -> Layouts | None:
    """None for a table in one piece. `now` is an aware instant."""
    by = config.partition_by
    if by is None:
        return None
    lists = tuple(ListLayout(column.dimension) for column in by.lists)
    if by.line is not None:
        column_type = next((c.type for c in columns if c.name.lower() == by.line.column.lower()), "")
        if isinstance(by.line, TimeColumn):
            axis: Axis = _time_axis(by.line, config, column_type, now)
        else:
            axis = _number_axis(by.line, config, column_type)
        return Layouts(RangeLayout(by.line.column, axis, by.line.own_null), lists)
    first = by.lists[0]
    if _is_listed(first):
        return Layouts(ListLayout(first.dimension), lists)
    return Layouts(HashLayout(first.column), lists)


def why_no_swap(by: PartitionBy | None) -> str | None:
    """Why not every partition of such a cut can be a leaf; None when each can."""
    if by is None:
        return "a table in one piece has no partitions to swap"
    if len(by.columns) > 1:
        return "a table that is cut by several columns has no leaf for each partition"
    if isinstance(by.columns[0], ValuesColumn) and not _is_listed(by.columns[0]):
        return f"only values of a list of at most {MOST_VALUES} have a leaf each"
    return None


def _is_listed(column: ValuesColumn) -> bool:
    return column.query is None and len(column.values) <= MOST_VALUES


def _time_axis(line: TimeColumn, config: ModelConfig, column_type: str, now: datetime) -> TimeAxis:
    clock = column_clock(column_type) or ColumnClock.TIMESTAMP
    scheme = line.scheme
    if config.overwrite is OverwriteWay.SWAP:
        return TimeAxis(scheme, scheme.units, clock)
    local = now.astimezone(UTC).replace(tzinfo=None)
    begin = config.begin or local
    end = config.end or datetime(min(max(begin, local).year + _YEARS_AHEAD, 9999), 12, 31)
    options = (scheme.units, *(Units(each) for each in _COARSER if _DAYS[each] > _least_days(scheme.units)))
    fitting = (units for units in options if units.ordinal(end) - units.ordinal(begin) < MOST_LEAVES)
    return TimeAxis(scheme, next(fitting, options[-1]), clock)


def _least_days(units: Units) -> float:
    if units.granularity is Granularity.HOUR:
        return units.every / 24
    return _DAYS[units.granularity] * units.every


def _number_axis(line: RangeColumn, config: ModelConfig, column_type: str) -> NumberAxis:
    """The width is a round number of partitions: 1, 2, 5, 10, 20 …"""
    stop = line.start if line.stop is None else line.stop
    partitions = line.scheme.ordinal(stop) - line.scheme.ordinal(line.start)
    most = MOST_LEAVES // _ROOM_TO_GROW if line.stop_query else MOST_LEAVES
    if config.overwrite is OverwriteWay.SWAP:
        return NumberAxis(line.scheme, 1, column_type)
    return NumberAxis(line.scheme, next(width for width in _round_numbers() if partitions <= most * width), column_type)


def _round_numbers() -> Iterator[int]:
    return (digit * 10**zeros for zeros in count() for digit in (1, 2, 5))

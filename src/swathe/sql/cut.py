"""How a cut is said in SQL: which rows lie in a run of partitions, and which partition each row lies in.

The two agree by construction. Both take the zone's clock from Python's time zone data, as instants at which it is set
and offsets between them, so the database is never asked about a zone. Sessions run in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast

from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.interval import Interval
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.partition.zone import Piece, pieces
from swathe.sql.literal import ColumnClock, identifier, span_predicate, text_literal, time_literal

RECKONED = TimeSpan(datetime(1850, 1, 1), datetime(2150, 1, 1))
"""Before the first clock was set by a zone's rule, and further ahead than rules are known. A row outside may be counted
an hour off where its table is counted without knowing what it holds; none is ever written or deleted by this.
"""

_WIDTHS = {Granularity.HOUR: timedelta(hours=1), Granularity.DAY: timedelta(days=1)}


def partitions_predicate(scheme: TimeScheme, partitions: Interval, clock: ColumnClock, dialect: str) -> str:
    """The scheme's column lies in a run of partitions. A NULL does not.

    Where the partitions are several spans of instants, their hull is said as well, for the database to prune by.
    """
    return _in_any(scheme, scheme.ranges(partitions), clock, dialect)


def before_predicate(scheme: TimeScheme, ordinal: int, clock: ColumnClock, dialect: str) -> str:
    """The scheme's column lies in a partition before this one."""
    return _in_any(scheme, scheme.ranges_before(ordinal), clock, dialect)


def bucket_sql(scheme: TimeScheme, values: TimeSpan | None, column_type: str, dialect: str) -> str:
    """An expression that is the same for all rows of a partition and differs between partitions.

    `ordinal_of` tells which partition a result stands for. `values` must hold all values of the column, and is asked
    for only where `scheme.is_zoned`; None when that is not known.
    """
    if scheme.granularity is Granularity.DAY and scheme.every == 1 and column_type.upper() == "DATE":
        return identifier(scheme.column, dialect)
    local = _local_sql(scheme, values, column_type, dialect)
    if scheme.every > 1:
        seconds = int(_WIDTHS[scheme.granularity].total_seconds()) * scheme.every
        # Cut to whole hours or days first, so that the seconds are a whole number and the division is exact.
        return f"FLOOR(EXTRACT(EPOCH FROM {_truncated(scheme.granularity, local, dialect)}) / {seconds})"
    # DATE_TRUNC begins weeks on Monday.
    ahead = -scheme.week_start.days_after_monday % 7 if scheme.granularity is Granularity.WEEK else 0
    if ahead:
        moved = f"{local} + INTERVAL '{ahead} days'"
        return f"{_truncated(scheme.granularity, moved, dialect)} - INTERVAL '{ahead} days'"
    return _truncated(scheme.granularity, local, dialect)


def number_bucket_sql(scheme: RangeScheme, dialect: str) -> str:
    """The first number of the partition that a row lies in."""
    number = identifier(scheme.column, dialect)
    ahead = f"({number} - {scheme.offset})" if scheme.offset else number
    # The remainder of a number below zero is below zero.
    return f"{number} - ({ahead} % {scheme.step} + {scheme.step}) % {scheme.step}"


def values_sql(scheme: TimeScheme, relation: str, dialect: str) -> str:
    """The first and the last moment of a column of instants in a relation, NULL when there is none."""
    column = identifier(scheme.column, dialect)
    inside = span_predicate(scheme.column, ColumnClock.INSTANT, RECKONED, dialect)
    return f"SELECT CAST(MIN({column}) AS TIMESTAMP), CAST(MAX({column}) AS TIMESTAMP) FROM {relation} WHERE {inside}"


def ordinal_of(scheme: TimeScheme, bucket: object) -> int | None:
    """The partition that a value of `bucket_sql` stands for; None for a NULL and for no finite time."""
    if isinstance(bucket, datetime):
        return scheme.ordinal(bucket)
    if isinstance(bucket, date):
        return scheme.ordinal(datetime(bucket.year, bucket.month, bucket.day))
    if bucket is None:
        return None
    try:
        number = float(str(bucket))
    except ValueError:  # a time that Python has no name for, as text
        every = scheme.overlapping(TimeSpan(None, None))
        return every.start if "BC" in str(bucket) else every.last
    return int(number) if math.isfinite(number) else None


def ordinals_of(scheme: TimeScheme, buckets: Sequence[object]) -> list[int | None]:
    """The same of many."""
    if all(type(bucket) is datetime for bucket in buckets):
        return [*scheme.units.ordinals(cast("Sequence[datetime]", buckets))]
    return [ordinal_of(scheme, bucket) for bucket in buckets]


def _in_any(scheme: TimeScheme, ranges: Sequence[TimeSpan], clock: ColumnClock, dialect: str) -> str:
    if not ranges:
        return "FALSE"
    spans = [span_predicate(scheme.column, clock, span, dialect) for span in ranges]
    if len(spans) == 1:
        return spans[0]
    hull = span_predicate(scheme.column, clock, TimeSpan(ranges[0].start, ranges[-1].end), dialect)
    return f"{hull} AND ({' OR '.join(f'({span})' for span in spans)})"


def _truncated(granularity: Granularity, moment: str, dialect: str) -> str:
    if granularity is Granularity.DAY:  # takes both engines half as long
        return f"CAST({moment} AS DATE)"
    return f"DATE_TRUNC({text_literal(str(granularity), dialect)}, {moment})"


def _local_sql(scheme: TimeScheme, values: TimeSpan | None, column_type: str, dialect: str) -> str:
    """The scheme's column as a reading of the wall clock, without a zone."""
    column = identifier(scheme.column, dialect)
    moment = f"CAST({column} AS TIMESTAMP)"
    if column_type.upper() == "TIMESTAMP_NS":  # the cast rounds, to the next day at worst
        moment = f"({moment} - CASE WHEN {moment} > {column} THEN INTERVAL '1 microsecond' ELSE INTERVAL '0 days' END)"
    if not scheme.is_zoned:
        return moment
    span = values or RECKONED
    start, end = span.start or RECKONED.start, span.end or RECKONED.end
    assert start is not None and end is not None  # noqa: S101, PT018 - the reckoned span has two ends
    return f"({moment} + {_offset_sql(column, pieces(scheme.zone, start, end))})"


def _offset_sql(column: str, parts: Sequence[Piece]) -> str:
    """What the clock is ahead of UTC at an instant, found by bisection."""
    if len({part.offset for part in parts}) == 1:
        return f"INTERVAL '{int(parts[0].offset.total_seconds())} seconds'"
    middle = len(parts) // 2
    turn = parts[middle].instants.start
    assert turn is not None  # noqa: S101 - all pieces have two ends
    before, after = (_offset_sql(column, half) for half in (parts[:middle], parts[middle:]))
    return f"CASE WHEN {column} < {time_literal(turn, ColumnClock.INSTANT)} THEN {before} ELSE {after} END"

"""Identifiers and typed literals as SQL text.

Every name is quoted and every value a literal, so that neither can break out of its place.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache

from swathe.model.definition import Relation
from swathe.partition.granularity import TimeSpan
from swathe.partition.number_window import NumberSpan
from swathe.partition.numbers import Bounds
from swathe.partition.values import Value, ValueKind


class ColumnClock(Enum):
    """What a time column's values are."""

    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    INSTANT = "TIMESTAMPTZ"


_CLOCKS = {
    "DATE": ColumnClock.DATE,
    "TIMESTAMP": ColumnClock.TIMESTAMP,
    "DATETIME": ColumnClock.TIMESTAMP,
    "TIMESTAMP_S": ColumnClock.TIMESTAMP,
    "TIMESTAMP_MS": ColumnClock.TIMESTAMP,
    "TIMESTAMP_NS": ColumnClock.TIMESTAMP,
    "TIMESTAMP WITHOUT TIME ZONE": ColumnClock.TIMESTAMP,
    "TIMESTAMPTZ": ColumnClock.INSTANT,
    "TIMESTAMP WITH TIME ZONE": ColumnClock.INSTANT,
}


_PRECISION = re.compile(r"\(\d+\)")


def column_clock(column_type: str) -> ColumnClock | None:
    """The clock of a column of this type; None when the type is no date or timestamp.

    >>> column_clock("timestamp(3) with time zone")
    <ColumnClock.INSTANT: 'TIMESTAMPTZ'>
    """
    return _CLOCKS.get(_PRECISION.sub("", column_type.upper()))


_STANDARD = frozenset({"duckdb", "postgres"})
"""Dialects that quote as the standard says. That is done here: to load sqlglot takes longer than a short command."""


@lru_cache(maxsize=16_384)
def identifier(name: str, dialect: str) -> str:
    """A quoted identifier."""
    if dialect in _STANDARD:
        return '"' + name.replace('"', '""') + '"'
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def relation_sql(relation: Relation, dialect: str) -> str:
    """A quoted `schema.table`."""
    return f"{identifier(relation.schema, dialect)}.{identifier(relation.name, dialect)}"


def text_literal(value: str, dialect: str) -> str:
    """A quoted string."""
    if dialect in _STANDARD:
        return "'" + value.replace("'", "''") + "'"
    from sqlglot import exp

    return exp.Literal.string(value).sql(dialect=dialect)


def time_literal(moment: datetime, clock: ColumnClock) -> str:
    """A typed literal. For DATE the time of day must be midnight."""
    match clock:
        case ColumnClock.DATE:
            return f"DATE '{moment.date().isoformat()}'"
        case ColumnClock.TIMESTAMP:
            return f"TIMESTAMP '{_stamp(moment)}'"
        case ColumnClock.INSTANT:
            return f"TIMESTAMPTZ '{_stamp(moment)}+00:00'"


_VALUE_KINDS = {
    **dict.fromkeys(("VARCHAR", "TEXT", "STRING", "CHARACTER VARYING"), ValueKind.TEXT),
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
         "UHUGEINT"),
        ValueKind.INTEGER,
    ),
    "BOOLEAN": ValueKind.BOOLEAN,
    "DATE": ValueKind.DATE,
}  # fmt: skip


def value_kind(column_type: str) -> ValueKind | None:
    """What a column of this type holds, where a table can be cut by its values."""
    return _VALUE_KINDS.get(_PRECISION.sub("", column_type.upper()))


def value_literal(value: Value, kind: ValueKind, dialect: str) -> str:
    """A literal of this kind."""
    match kind:
        case ValueKind.TEXT:
            return text_literal(str(value), dialect)
        case ValueKind.DATE:
            return f"DATE {text_literal(kind.spell(value), dialect)}"
        case ValueKind.BOOLEAN:
            return "TRUE" if value else "FALSE"
        case ValueKind.INTEGER:
            return str(int(str(value)))


def number_predicate(column: str, span: Bounds | NumberSpan, dialect: str) -> str:
    """A column of whole numbers lies in the span, as SQL. `TRUE` when unbounded."""
    name = identifier(column, dialect)
    parts = []
    if span.start is not None:
        parts.append(f"{name} >= {span.start}")
    if span.end is not None:
        parts.append(f"{name} < {span.end}")
    return " AND ".join(parts) or "TRUE"


def span_predicate(column: str, clock: ColumnClock, span: TimeSpan, dialect: str) -> str:
    """`column` lies in the span, as SQL; a DATE column's bounds are rounded outwards to days. `TRUE` when unbounded."""
    name = identifier(column, dialect)
    if clock is ColumnClock.DATE:
        span = TimeSpan(span.start and _midnight(span.start), span.end and _next_midnight(span.end))
    parts = []
    if span.start is not None:
        parts.append(f"{name} >= {time_literal(span.start, clock)}")
    if span.end is not None:
        parts.append(f"{name} < {time_literal(span.end, clock)}")
    return " AND ".join(parts) or "TRUE"


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _next_midnight(moment: datetime) -> datetime | None:
    floor = _midnight(moment)
    if floor == moment:
        return moment
    return floor + timedelta(days=1) if moment.date() < date.max else None


def _stamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds" if moment.microsecond else "seconds")

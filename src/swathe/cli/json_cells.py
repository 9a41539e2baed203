"""Values of rows and instants as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any


def cell_json(value: Any) -> Any:
    """A value of a row. What JSON has no type for is text; what is no number is null.

    >>> cell_json(Decimal("1.50")), cell_json(date(2013, 1, 31)), cell_json(float("nan"))
    (1.5, '2013-01-31', None)
    """
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float | Decimal):
        return value if isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): cell_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cell_json(inner) for inner in value]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)


def instant(moment: datetime | None) -> str | None:
    """ISO with its offset; a naive time is UTC."""
    if moment is None:
        return None
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()

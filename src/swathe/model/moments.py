"""Reads the moments that bound a model along its column of time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from swathe.errors import Location, ModelError
from swathe.model.definition import TimeColumn
from swathe.model.values import read_text
from swathe.partition.granularity import parse_span
from swathe.partition.units import Units


def read_moment(value: Any, key: str, at: Location, by: TimeColumn) -> datetime:
    """The moment a bound stands for: the start of what its text covers. It must start a partition of `by`.

    Takes a time key of any granularity, a year as a number, a date or a datetime.
    """
    moment = _moment(value, key, at, by.timezone)
    units = by.units
    if not _starts_unit(moment, units):
        hint = f"the nearest that does is `{_nearest_key(moment, units)}`"
        what = f"partition of {units.name}" if units.every > 1 else units.name
        raise ModelError(f"`{key}` `{value}` does not start a {what}", at=at, hint=hint)
    return moment


def _moment(value: Any, key: str, at: Location, zone: str) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is not None and not (value.utcoffset() == timedelta() and zone == "UTC"):
            raise _own_zone(key, at, zone)
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    year = isinstance(value, int) and not isinstance(value, bool)
    text = read_text(str(value) if year else value, key, at)
    start = _start(text)
    if start is None:
        hint = "write it like `2024`, `2024-01`, `2024-01-31` or `2024-01-31T05`"
        raise ModelError(f"`{key}` `{text}` is not a date or a time", at=at, hint=hint)
    if text.rstrip().upper().endswith("Z") and zone != "UTC":
        raise _own_zone(key, at, zone)
    return start


def _start(text: str) -> datetime | None:
    try:
        return parse_span(text).start
    except (ValueError, OverflowError):
        return None


def _own_zone(key: str, at: Location, zone: str) -> ModelError:
    hint = f"write it without a zone: it is read on the partition column's own clock, `{zone}`"
    return ModelError(f"`{key}` has a time zone of its own", at=at, hint=hint)


def _starts_unit(moment: datetime, units: Units) -> bool:
    try:
        return units.floor(moment) == moment
    except (ValueError, OverflowError):
        return False


def _nearest_key(moment: datetime, units: Units) -> str:
    ordinal = units.ordinal(moment)
    try:
        before = moment - units.start(ordinal)
    except (ValueError, OverflowError):
        return units.key(ordinal + 1)
    try:
        after = units.start(ordinal + 1) - moment
    except (ValueError, OverflowError):
        return units.key(ordinal)
    return units.key(ordinal if before <= after else ordinal + 1)

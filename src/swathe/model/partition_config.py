"""Reads `partition_by` and the moments that bound a partitioned model. Used for models and for sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from swathe.errors import Location, ModelError, did_you_mean
from swathe.model.definition import PartitionBy
from swathe.model.values import kind, list_names, read_choice, read_int, read_text
from swathe.partition.granularity import Granularity, parse_span
from swathe.partition.units import Units, Weekday

_KEYS = ("column", "granularity", "every", "week_start", "timezone")
_NOT_YET = ("values", "range", "query")
_MOST = {Granularity.HOUR: 8784, Granularity.DAY: 366}
"""`every` ends where a coarser granularity is meant."""

_TIME_TYPES = ("date", "datetime", "timestamp")
_EXAMPLE = 'write it as {"column": "order_date", "granularity": "day"}'


def parse_partition_by(
    raw: Any, at: Location, *, event_time: str | None = None, granularity: Granularity | None = None
) -> PartitionBy:
    """Check one `partition_by`.

    `event_time` and `granularity` were said elsewhere: they fill gaps and must agree. dbt-bigquery's `field`
    and `data_type` are accepted for a time column. Raises ModelError.
    """
    raw = _single(raw, at)
    _check_keys(raw, at)
    column = _column(raw, at)
    if column and event_time and column != event_time:
        message = f"`partition_by` is on `{column}` but `event_time` is `{event_time}`"
        raise ModelError(message, at=at, hint="name the same column in both, or leave one out")
    column = column or event_time
    if column is None:
        raise ModelError("`partition_by` names no `column`", at=at, hint=_EXAMPLE)
    if raw.get("granularity") is not None:
        written = read_choice(raw["granularity"], "granularity", at, Granularity)
        if granularity and written is not granularity:
            message = f"`partition_by` is cut by {written} but `batch_size` says {granularity}"
            raise ModelError(message, at=at, hint="say the same in both, or leave `batch_size` out")
        granularity = written
    if granularity is None:
        hint = f'add "granularity", one of {list_names(Granularity)}'
        raise ModelError("`partition_by` has no `granularity`", at=at, hint=hint)
    zone = raw.get("timezone")
    return PartitionBy(
        column,
        granularity,
        "UTC" if zone is None else read_timezone(zone, at),
        _every(raw.get("every"), granularity, at),
        _week_start(raw.get("week_start"), granularity, at),
    )


def read_timezone(value: Any, at: Location) -> str:
    """A zone of the IANA database, by its exact name."""
    name = read_text(value, "timezone", at)
    # Some systems keep these beside the zones; what they mean differs between machines.
    if name in ("localtime", "posixrules"):
        raise ModelError(f"`{name}` is not a time zone", at=at, hint="name one, such as `Europe/Berlin`")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones(), otherwise="name one, such as `Europe/Berlin`")
        raise ModelError(f"`{name}` is not a time zone", at=at, hint=hint) from None
    return name


def read_moment(value: Any, key: str, at: Location, by: PartitionBy) -> datetime:
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


def _single(raw: Any, at: Location) -> Mapping[str, Any]:
    if isinstance(raw, list | tuple):
        if len(raw) > 1:
            message = "`partition_by` with several columns is not supported yet"
            raise ModelError(message, at=at, hint="partition by the time column alone")
        raw = raw[0] if raw else None
    if not isinstance(raw, Mapping):
        raise ModelError(f"`partition_by` must be a mapping, not {kind(raw)}", at=at, hint=_EXAMPLE)
    return raw


def _check_keys(raw: Mapping[str, Any], at: Location) -> None:
    for key in raw:
        if key in _NOT_YET:
            hint = "partition by a time column with `granularity`"
            raise ModelError(f"`{key}` in `partition_by` is not supported yet", at=at, hint=hint)
        if key not in (*_KEYS, "field", "data_type"):
            near = did_you_mean(str(key), _KEYS, otherwise=f"it takes {list_names(_KEYS)}")
            raise ModelError(f"`partition_by` has no key `{key}`", at=at, hint=near)


def _column(raw: Mapping[str, Any], at: Location) -> str | None:
    data_type = raw.get("data_type")
    if data_type is not None and str(data_type).lower() not in _TIME_TYPES:
        message = f"`partition_by` on a column of type `{data_type}` is not supported yet"
        raise ModelError(message, at=at, hint=f"partition by a column of type {list_names(_TIME_TYPES)}")
    names = {read_text(raw[key], key, at) for key in ("column", "field") if raw.get(key) is not None}
    if len(names) > 1:
        raise ModelError("`column` and `field` of `partition_by` differ", at=at, hint="leave `field` out")
    return names.pop() if names else None


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


def _every(value: Any, granularity: Granularity, at: Location) -> int:
    if value is None:
        return 1
    every = read_int(value, "every", at, least=1)
    most = _MOST.get(granularity, 1)
    if every <= most:
        return every
    if granularity in _MOST:
        coarser = "day" if granularity is Granularity.HOUR else "year"
        hint = f"cut by {coarser} or another coarser `granularity`"
        raise ModelError(f"`every` must be at most {most} for a {granularity}, not {every}", at=at, hint=hint)
    hint = "leave it out: it counts hours or days" + (
        "; for 14 days say granularity `day` and every 14" if granularity is Granularity.WEEK else ""
    )
    raise ModelError(f"`every` has no meaning for the granularity `{granularity}`", at=at, hint=hint)


def _week_start(value: Any, granularity: Granularity, at: Location) -> Weekday:
    if value is None:
        return Weekday.MONDAY
    if granularity is not Granularity.WEEK:
        message = f"`week_start` has no meaning for the granularity `{granularity}`"
        raise ModelError(message, at=at, hint="leave it out: it says which day a week begins with")
    return read_choice(value, "week_start", at, Weekday)


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

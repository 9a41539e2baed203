"""Reads a column that is cut by time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from swathe.errors import Location, ModelError, did_you_mean
from swathe.model.definition import TimeColumn
from swathe.model.values import list_names, read_choice, read_int, read_text
from swathe.partition.granularity import Granularity
from swathe.partition.units import Weekday

_MOST = {Granularity.HOUR: 8784, Granularity.DAY: 366}
"""`every` ends where a coarser granularity is meant."""


def read_time_column(
    column: str,
    given: Mapping[str, Any],
    at: Location,
    *,
    granularity: Granularity | None = None,
    own_null: bool = False,
) -> TimeColumn:
    """Check `granularity`, `every`, `week_start` and `timezone`.

    `granularity` was said elsewhere: it fills the gap and must agree. Raises ModelError.
    """
    if "granularity" in given:
        written = read_choice(given["granularity"], "granularity", at, Granularity)
        if granularity and written is not granularity:
            message = f"`partition_by` is cut by {written} but `batch_size` says {granularity}"
            raise ModelError(message, at=at, hint="say the same in both, or leave `batch_size` out")
        granularity = written
    if granularity is None:
        hint = f'add "granularity", one of {list_names(Granularity)}'
        raise ModelError("`partition_by` has no `granularity`", at=at, hint=hint)
    return TimeColumn(
        column,
        granularity,
        read_timezone(given["timezone"], at) if "timezone" in given else "UTC",
        _every(given["every"], granularity, at) if "every" in given else 1,
        _week_start(given["week_start"], granularity, at) if "week_start" in given else Weekday.MONDAY,
        own_null=own_null,
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


def _every(value: Any, granularity: Granularity, at: Location) -> int:
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
    if granularity is not Granularity.WEEK:
        message = f"`week_start` has no meaning for the granularity `{granularity}`"
        raise ModelError(message, at=at, hint="leave it out: it says which day a week begins with")
    return read_choice(value, "week_start", at, Weekday)

"""Takes `partition_by` apart: for each column its name, its way of being cut, and the keys that go with that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.frozen import frozen
from swathe.model.values import kind, list_names, read_text
from swathe.partition.granularity import Granularity


class Way(StrEnum):
    """How a column is cut: the key that says so."""

    GRANULARITY = "granularity"
    VALUES = "values"
    QUERY = "query"
    RANGE = "range"


_GOES_WITH = {
    "every": (Way.GRANULARITY,),
    "week_start": (Way.GRANULARITY,),
    "timezone": (Way.GRANULARITY,),
    "else": (Way.VALUES, Way.QUERY),
    "data_type": (Way.GRANULARITY, Way.RANGE),
}
_KEYS = ("column", *Way, "every", "week_start", "timezone", "else", "nulls")
_DBT_KEYS = ("field", "data_type")
_DATA_TYPES = {
    "date": Way.GRANULARITY,
    "datetime": Way.GRANULARITY,
    "timestamp": Way.GRANULARITY,
    "int64": Way.RANGE,
    "int": Way.RANGE,
    "integer": Way.RANGE,
}
_EXAMPLE = 'write it as {"column": "order_date", "granularity": "day"}'


@frozen
class Entry:
    """One column's part of `partition_by`, without keys that are None."""

    column: str
    way: Way
    given: Mapping[str, Any]


def read_entries(
    raw: Any, at: Location, *, event_time: str | None, granularity: Granularity | None, ways: str
) -> list[Entry]:
    """Each column in order. `ways` is the hint for a column that is not said how to cut.

    A column without a name of its own has `event_time`, if it is cut by time; and without a way of its own it is cut
    by time, if `granularity` was said elsewhere and it may be the one that is meant. Raises ModelError.
    """
    if not isinstance(raw, list | tuple):
        _check_mapping(raw, "`partition_by`", at)
    elif not raw:
        raise ModelError("`partition_by` is an empty list", at=at, hint=_EXAMPLE)
    parts = list(raw) if isinstance(raw, list | tuple) else [raw]
    found = []
    for part in parts:
        _check_mapping(part, "each column of `partition_by`", at)
        _check_known(part, at)
        given = {key: value for key, value in part.items() if value is not None}
        name = _name(given, at)
        way = _way(given, name or event_time, at)
        if way is None and granularity and (len(parts) == 1 or name in (None, event_time)):
            way = Way.GRANULARITY
        if way in (Way.GRANULARITY, None):
            name = name or event_time
        if name is None:
            raise ModelError("`partition_by` names no `column`", at=at, hint=_EXAMPLE)
        if way is None:
            raise ModelError(f"`partition_by` does not say how `{name}` is cut", at=at, hint=ways)
        if way is Way.GRANULARITY and event_time and name != event_time:
            message = f"`partition_by` is on `{name}` but `event_time` is `{event_time}`"
            raise ModelError(message, at=at, hint="name the same column in both, or leave one out")
        _check_belonging(given, name, way, at)
        found.append(Entry(name, way, given))
    return found


def _check_mapping(part: Any, what: str, at: Location) -> None:
    if not isinstance(part, Mapping):
        raise ModelError(f"{what} must be a mapping, not {kind(part)}", at=at, hint=_EXAMPLE)


def _check_known(part: Mapping[str, Any], at: Location) -> None:
    for key in part:
        if key not in _KEYS and key not in _DBT_KEYS:
            near = did_you_mean(str(key), _KEYS, otherwise=f"it takes {list_names(_KEYS)}")
            raise ModelError(f"`partition_by` has no key `{key}`", at=at, hint=near)


def _name(given: Mapping[str, Any], at: Location) -> str | None:
    names = {read_text(given[key], key, at) for key in ("column", "field") if key in given}
    if len(names) > 1:
        raise ModelError("`column` and `field` of `partition_by` differ", at=at, hint="leave `field` out")
    return names.pop() if names else None


def _way(given: Mapping[str, Any], column: str | None, at: Location) -> Way | None:
    ways = [way for way in Way if way in given]
    if len(ways) > 1:
        of = f" of `{column}`" if column else ""
        message = f"{' and '.join(f'`{way}`' for way in ways)}{of} exclude each other"
        raise ModelError(message, at=at, hint="keep one: a column is cut in one way")
    return ways[0] if ways else None


def _check_belonging(given: Mapping[str, Any], column: str, way: Way, at: Location) -> None:
    for key in given:
        goes_with = _GOES_WITH.get(key)
        if goes_with and way not in goes_with:
            message = f"`{key}` has no meaning for `{column}`, which is cut by `{way}`"
            owners = " or ".join(f"`{each}`" for each in goes_with)
            raise ModelError(message, at=at, hint=f"leave it out: it goes with {owners}")
    if "data_type" not in given:
        return
    data_type = read_text(given["data_type"], "data_type", at)
    meant = _DATA_TYPES.get(data_type.lower())
    if meant is None:
        message = f"a column of type `{data_type}` is cut neither by `granularity` nor by `range`"
        hint = f"`data_type` is one of {list_names(_DATA_TYPES)}; for other types leave it out, and give `values`"
        raise ModelError(message, at=at, hint=hint)
    if meant is not way:
        message = f"`{column}` of type `{data_type}` is not cut by `{way}`"
        raise ModelError(message, at=at, hint=f"cut it by `{meant}`, or mend `data_type`")

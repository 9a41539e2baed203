"""Reads a column of whole numbers that is cut into ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.model.definition import RangeColumn
from swathe.model.values import kind, list_names, read_query, too_long
from swathe.partition.grid import NULL_LINE

_KEYS = ("start", "stop", "step")
_DBT_KEYS = {"end": "stop", "interval": "step"}
_EXAMPLE = 'write it as {"start": 0, "stop": 1000000, "step": 10000}'
_MISSING = {
    "start": "add the first number of the first partition, as in 0",
    "stop": "give the number before which the last partition ends, or a query that finds it",
    "step": "add how many numbers make a partition, as in 10000",
}


def read_range_column(column: str, raw: Any, at: Location, *, own_null: bool = False) -> RangeColumn:
    """Check `start`, `stop` and `step`, or dbt-bigquery's `start`, `end` and `interval`. Raises ModelError.

    Text as the stop is a query that finds it.
    """
    given = _Range(column, raw, at)
    for key in _KEYS:
        given.need(key)
    start, step = given.whole("start"), given.step()
    given.check_reach("start", start, step)
    stop = given.values["stop"]
    if isinstance(stop, str) and not _is_number(stop):
        query = read_query(stop, f"{given.name('stop')} of `range`", at)
        return RangeColumn(column, start, step, stop_query=query, own_null=own_null)
    stop = given.whole("stop")
    _check_stop(given, start, stop, step)
    return RangeColumn(column, start, step, stop, own_null=own_null)


def read_source_range(column: str, raw: Any, at: Location) -> RangeColumn:
    """The same for a source: `start` is 0 unless it is given, and there is no stop. Raises ModelError."""
    given = _Range(column, raw, at)
    given.need("step")
    if "stop" in given.values:
        message = f"{given.name('stop')} of `range` has no meaning in a source"
        raise ModelError(message, at=at, hint="leave it out: a source is watched as far as it goes")
    start, step = given.whole("start") if "start" in given.values else 0, given.step()
    given.check_reach("start", start, step)
    return RangeColumn(column, start, step)


class _Range:
    """What `range` says: `values` by our names, and what each is called in it."""

    def __init__(self, column: str, raw: Any, at: Location) -> None:
        if not isinstance(raw, Mapping):
            raise ModelError(f"`range` of `{column}` must be a mapping, not {kind(raw)}", at=at, hint=_EXAMPLE)
        self.column = column
        self.at = at
        self.values: dict[str, Any] = {}
        self._written: dict[str, str] = {}
        for key, value in raw.items():
            name = _DBT_KEYS.get(key, key)
            if name not in _KEYS:
                near = did_you_mean(str(key), (*_KEYS, *_DBT_KEYS), otherwise=f"it takes {list_names(_KEYS)}")
                raise ModelError(f"`range` has no key `{key}`", at=at, hint=near)
            if value is None:
                continue
            if name in self.values:
                other = self._written[name]
                message = f"`{other}` and `{key}` of `range` mean the same"
                raise ModelError(message, at=at, hint=f"leave `{other if key == name else key}` out")
            self.values[name] = value
            self._written[name] = key

    def name(self, key: str) -> str:
        return f"`{self._written[key]}`"

    def need(self, key: str) -> None:
        if key not in self.values:
            raise ModelError(f"`range` of `{self.column}` has no `{key}`", at=self.at, hint=_MISSING[key])

    def whole(self, key: str) -> int:
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int):
            what = "a whole number or a query" if key == "stop" else "a whole number"
            hint = "write it with digits only, and without quotes"
            raise ModelError(f"{self.name(key)} of `range` must be {what}, not {kind(value)}", at=self.at, hint=hint)
        if too_long(value):
            hint = "no column of whole numbers holds it"
            raise ModelError(f"{self.name(key)} of `range` has more than 38 digits", at=self.at, hint=hint)
        return value

    def step(self) -> int:
        step = self.whole("step")
        if step < 1:
            message = f"{self.name('step')} of `range` must be at least 1, not {step}"
            raise ModelError(message, at=self.at, hint="it says how many numbers make a partition")
        return step

    def check_reach(self, key: str, number: int, step: int) -> None:
        """Partitions are counted from the one that holds 0, and the partition of NULL has a number, too."""
        if not NULL_LINE < number // step < -NULL_LINE:
            message = f"{self.name(key)} `{number}` of `range` is too many steps of {step} away from 0"
            raise ModelError(message, at=self.at, hint="take a larger step")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_stop(given: _Range, start: int, stop: int, step: int) -> None:
    if stop <= start:
        message = f"{given.name('stop')} `{stop}` of `range` is not after `start` `{start}`"
        raise ModelError(message, at=given.at, hint="it is exclusive: the first number that is in no partition")
    beyond = (stop - start) % step
    if beyond:
        below, above = stop - beyond, stop - beyond + step
        near = f"the nearest that does is `{above}`" if below == start else f"`{below}` and `{above}` do"
        message = f"{given.name('stop')} `{stop}` of `range` does not end a step of {step} from `start` `{start}`"
        raise ModelError(message, at=given.at, hint=near)
    given.check_reach("stop", stop, step)

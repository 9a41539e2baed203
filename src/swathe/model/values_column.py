"""Reads a column that is cut by values: a list of them, or a query that finds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from swathe.errors import Location, ModelError
from swathe.model.definition import ValuesColumn
from swathe.model.values import kind, read_query, storable, too_long
from swathe.partition.values import Value, ValueKind

_EXAMPLE = 'write ["EWR", "JFK"], or say with `query` how to find them'
_NAMES = {
    ValueKind.TEXT: "text",
    ValueKind.INTEGER: "a whole number",
    ValueKind.BOOLEAN: "a boolean",
    ValueKind.DATE: "a date",
}


def read_values_column(column: str, given: Mapping[str, Any], at: Location, *, own_null: bool = False) -> ValuesColumn:
    """Check `values` or `query`, and `else`. Raises ModelError.

    A list is of one type, which decides `kind`. Whether the column has that type is not known here.
    """
    rest = _rest(column, given["else"], at) if "else" in given else False
    if "query" in given:
        query = read_query(given["query"], f"`query` of `{column}`", at)
        return ValuesColumn(column, query=query, rest=rest, own_null=own_null)
    values = given["values"]
    if not isinstance(values, list | tuple):
        raise ModelError(f"`values` of `{column}` must be a list, not {kind(values)}", at=at, hint=_EXAMPLE)
    if not values:
        raise ModelError(f"`values` of `{column}` is empty", at=at, hint=_EXAMPLE)
    of_kind = _common_kind(column, [_kind(column, value, at) for value in values], at)
    _check_duplicates(column, values, of_kind, at)
    return ValuesColumn(column, tuple(values), rest=rest, own_null=own_null, kind=of_kind)


def read_source_values(column: str, given: Mapping[str, Any], at: Location) -> ValuesColumn:
    """The same for a source, which is written `values: all`: each value that is found is watched."""
    hint = "write `values: all`: each value that is found in a source is watched"
    for key in ("query", "else"):
        if key in given:
            raise ModelError(f"`{key}` has no meaning in a source's `partition_by`", at=at, hint=hint)
    if given["values"] != "all":
        raise ModelError(f"`values` of `{column}` can't be listed in a source", at=at, hint=hint)
    return ValuesColumn(column)


def _rest(column: str, value: Any, at: Location) -> bool:
    if not isinstance(value, bool):
        hint = "say `true` for one more partition of all other values"
        raise ModelError(f"`else` of `{column}` must be a boolean, not {kind(value)}", at=at, hint=hint)
    return value


def _kind(column: str, value: Any, at: Location) -> ValueKind:
    match value:
        case bool():
            return ValueKind.BOOLEAN
        case int() if too_long(value):
            hint = "no column of whole numbers holds it"
            raise ModelError(f"`values` of `{column}` holds a number of more than 38 digits", at=at, hint=hint)
        case int():
            return ValueKind.INTEGER
        case str() if not storable(value):
            hint = "take out NUL characters and lone surrogates"
            raise ModelError(f"`values` of `{column}` holds a text that no database stores", at=at, hint=hint)
        case str():
            return ValueKind.TEXT
        case date() if not isinstance(value, datetime):
            return ValueKind.DATE
    raise _not_a_value(column, value, at)


def _not_a_value(column: str, value: Any, at: Location) -> ModelError:
    what, hint = kind(value), "a value is text, a whole number, a boolean or a date"
    match value:
        case None:
            what = "NULL"
            hint = "leave it out, and say `nulls: own`: rows with NULL are then a partition of their own"
        case float():
            what = f"the decimal number `{value}`"
            hint = "decimal numbers are seldom equal: list whole numbers or text"
        case datetime():
            what = f"the time `{value}`"
            hint = "list dates, or cut the column by `granularity`"
    return ModelError(f"`values` of `{column}` can't hold {what}", at=at, hint=hint)


def _common_kind(column: str, kinds: list[ValueKind], at: Location) -> ValueKind:
    other = next((each for each in kinds if each is not kinds[0]), None)
    if other is None:
        return kinds[0]
    hint = "make them all of the column's type"
    if {kinds[0], other} == {ValueKind.TEXT, ValueKind.BOOLEAN}:
        hint = "put texts in quotes: without them YAML takes `no`, `on` and the like for booleans"
    elif ValueKind.TEXT in (kinds[0], other):
        hint = "put all in quotes if they are meant as text"
    message = f"`values` of `{column}` holds {_NAMES[kinds[0]]} and {_NAMES[other]}"
    raise ModelError(message, at=at, hint=hint)


def _check_duplicates(column: str, values: list[Value] | tuple[Value, ...], of_kind: ValueKind, at: Location) -> None:
    seen = set()
    for value in values:
        if value in seen:
            plain = isinstance(value, str) and value and value.isprintable()
            shown = value if plain else of_kind.spell(value)
            raise ModelError(f"`values` of `{column}` lists `{shown}` twice", at=at, hint="keep one of the two")
        seen.add(value)

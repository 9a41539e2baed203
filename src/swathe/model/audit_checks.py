"""Reads what each kind of audit takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.frozen import frozen
from swathe.model.audit import (
    AcceptedValues,
    BadRows,
    Check,
    Holds,
    NotNull,
    Relationships,
    RowCount,
    Scalar,
    Unique,
    Within,
)
from swathe.model.definition import InputName
from swathe.model.values import kind, list_names, read_choice, read_int, read_query, read_text, storable

_COLUMN = ("column", "column_name", "columns")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "not_null": _COLUMN,
    "unique": (*_COLUMN, "within"),
    "accepted_values": (*_COLUMN[:2], "values", "quote", "is_in"),
    "row_count": ("min", "max"),
    "relationships": (*_COLUMN[:2], "to", "field"),
    "expression_is_true": ("expression", "column_name"),
    "sql": ("query",),
    "unique_combination_of_columns": ("combination_of_columns", "columns", "within"),
    "unique_values": (*_COLUMN, "within"),
    "number_of_rows": ("threshold",),
    "forall": ("criteria",),
}
"""What each takes. Those after `sql` are what others call them."""

SHORTHANDS = {
    "not_null": "columns",
    "unique": "columns",
    "unique_values": "columns",
    "unique_combination_of_columns": "columns",
    "expression_is_true": "expression",
    "forall": "criteria",
    "sql": "query",
}
"""What a value means that stands right behind the name."""

_CALL = re.compile(r"\s*(?:\{\{)?\s*(ref|source)\s*\((?P<names>[^()]*)\)\s*(?:\}\})?\s*")
_QUOTED = re.compile(r"\s*(?:'([^']+)'|\"([^\"]+)\")\s*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LONGEST = 60


@frozen
class Arguments:
    """What was written for one audit, each with the way to it. `column` is the one that it is written under."""

    kind: str
    given: Mapping[str, tuple[Any, tuple[str | int, ...]]]
    place: Callable[[tuple[str | int, ...]], Location]
    at: Location
    column: str | None

    def where(self, key: str) -> Location:
        return self.place(self.given[key][1]) if key in self.given else self.at

    def value(self, *keys: str) -> Any:
        """What was given under the first of some names that was; None when nothing was."""
        return next((self.given[key][0] for key in keys if key in self.given), None)

    def place_of(self, *keys: str) -> Location:
        return next((self.where(key) for key in keys if key in self.given), self.at)

    def needed(self, key: str, example: str) -> Any:
        if (value := self.value(key)) is None:
            raise ModelError(f"`{self.kind}` has no `{key}`", at=self.at, hint=f"add `{key}: {example}`")
        return value

    def columns(self, *keys: str) -> tuple[str, ...]:
        """The columns that are named, each once, else the one that it is written under."""
        value, at = self.value(*keys), self.place_of(*keys)
        if value is None:
            if self.column is None:
                hint = "write it under a column, or add `columns: [a, b]`"
                raise ModelError(f"`{self.kind}` names no column", at=self.at, hint=hint)
            return (self.column,)
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not listed:
            hint = "write `columns: [a, b]`"
            raise ModelError(f"`columns` must be a name or a list of names, not {kind(value)}", at=at, hint=hint)
        return tuple(dict.fromkeys(read_text(name, "columns", at) for name in listed))

    def one_column(self) -> str:
        columns = self.columns("column", "column_name")
        return columns[0]


def read_checks(given: Arguments) -> list[tuple[str, Check]]:
    """The checks of one entry with the names that tell them apart. Raises ModelError."""
    known = ARGUMENTS[given.kind]
    for key in given.given:
        if key not in known:
            what = f"`{given.kind}` takes no `{key}`" if key else f"`{given.kind}` takes no value by itself"
            hint = did_you_mean(key, known, otherwise=f"it takes {list_names(known)}")
            raise ModelError(what, at=given.where(key), hint=hint)
    return _READERS[given.kind](given)


def own_check(given: Arguments) -> Check:
    """A file of the project's own."""
    for key in given.given:
        hint = "write a macro that gives the query, and an audit `sql` that calls it"
        raise ModelError(f"the audit `{given.kind}` is a file, and takes no arguments", at=given.where(key), hint=hint)
    return BadRows(file=given.kind)


def _not_null(given: Arguments) -> list[tuple[str, Check]]:
    return [(f"not_null({column})", NotNull((column,))) for column in given.columns(*_COLUMN)]


def _unique(given: Arguments) -> list[tuple[str, Check]]:
    columns = given.columns(*_COLUMN, "combination_of_columns")
    return [(f"unique({', '.join(columns)})", Unique(columns, _within(given)))]


def _unique_values(given: Arguments) -> list[tuple[str, Check]]:
    return [(f"unique({column})", Unique((column,), _within(given))) for column in given.columns(*_COLUMN)]


def _within(given: Arguments) -> Within:
    value = given.value("within")
    return Within.PARTITION if value is None else read_choice(value, "within", given.where("within"), Within)


def _accepted_values(given: Arguments) -> list[tuple[str, Check]]:
    column = given.one_column()
    at = given.place_of("values", "is_in")
    listed = given.value("values", "is_in")
    if not isinstance(listed, list | tuple) or not listed:
        found = "empty" if isinstance(listed, list | tuple) else f"not a list but {kind(listed)}"
        raise ModelError(f"the values of `accepted_values` are {found}", at=at, hint="write `values: [a, b]`")
    quote = given.value("quote")
    values = tuple(_scalar(value, quote, at) for value in listed)
    return [(f"accepted_values({column})", AcceptedValues(column, values))]


def _scalar(value: Any, quote: object, at: Location) -> Scalar:
    if value is None:
        hint = "leave it out: NULL is always accepted; `not_null` refuses it"
        raise ModelError("NULL is no value of `accepted_values`", at=at, hint=hint)
    if isinstance(value, float) and not isfinite(value):
        raise ModelError(f"`{value}` is no value of `accepted_values`", at=at, hint="use `expression_is_true`")
    if not isinstance(value, str | bool | int | float | date):
        raise ModelError(f"a value of `accepted_values` is {kind(value)}", at=at, hint="write texts, numbers or dates")
    if isinstance(value, str) and not storable(value):
        hint = "take out NUL characters and lone surrogates"
        raise ModelError("a value of `accepted_values` holds a character that no database reads", at=at, hint=hint)
    if quote is True:
        return str(value)
    if quote is False and isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            hint = "leave `quote` out: values are what they are written as"
            raise ModelError(f"`{value}` is no number, and `quote` is false", at=at, hint=hint)
        return float(value) if "." in value else int(value)
    return value


def _row_count(given: Arguments) -> list[tuple[str, Check]]:
    least, most = (
        read_int(value, key, given.where(key), least=0) if (value := given.value(key)) is not None else None
        for key in ("min", "max")
    )
    if least is None and most is None:
        raise ModelError("`row_count` has neither `min` nor `max`", at=given.at, hint="add `min: 1`")
    if least is not None and most is not None and least > most:
        raise ModelError(f"`min` {least} is more than `max` {most}", at=given.where("min"), hint="swap them")
    return [("row_count", RowCount(least, most))]


def _number_of_rows(given: Arguments) -> list[tuple[str, Check]]:
    threshold = read_int(given.needed("threshold", "10"), "threshold", given.where("threshold"), least=0)
    return [("row_count", RowCount(threshold + 1))]


def _relationships(given: Arguments) -> list[tuple[str, Check]]:
    column = given.one_column()
    to = _reference(given.needed("to", "ref('customers')"), given.where("to"))
    field = read_text(given.needed("field", "id"), "field", given.where("field"))
    return [(f"relationships({column})", Relationships(column, to, field))]


def _reference(value: Any, at: Location) -> InputName:
    text = read_text(value, "to", at)
    if call := _CALL.fullmatch(text):
        names = [part[1] or part[2] for part in map(_QUOTED.fullmatch, call["names"].split(",")) if part]
        if len(names) == call["names"].count(",") + 1 == (1 if call[1] == "ref" else 2):
            return InputName(".".join(names))
    elif re.fullmatch(r"[\w-]+(\.[\w-]+)?", text):
        return InputName(text)
    hint = "write \"ref('customers')\" or \"source('raw', 'customers')\", in quotes"
    raise ModelError(f"`to` names no table: `{_short(text)}`", at=at, hint=hint)


def _expression(given: Arguments) -> list[tuple[str, Check]]:
    text = read_query(given.needed("expression", "amount >= 0"), "`expression`", given.where("expression")).strip()
    if re.match(r"(=|<|>|!=|is\b|in\b|not\b|between\b|like\b)", text, re.IGNORECASE) and given.column:
        quoted = given.column.replace('"', '""')  # dbt's way for what is written under a column
        text = f'"{quoted}" {text}'
    return [(f"expression_is_true({_short(text)})", Holds(text))]


def _forall(given: Arguments) -> list[tuple[str, Check]]:
    criteria, at = given.needed("criteria", "[amount >= 0]"), given.where("criteria")
    listed = criteria if isinstance(criteria, list | tuple) else [criteria]
    texts = [read_query(text, "`criteria`", at) for text in listed]
    return [(f"expression_is_true({_short(text)})", Holds(text)) for text in texts]


def _sql(given: Arguments) -> list[tuple[str, Check]]:
    text = read_query(given.needed("query", "select * from {{ this }} where …"), "`sql`", given.where("query"))
    return [("sql", BadRows(text))]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


_READERS: Mapping[str, Callable[[Arguments], list[tuple[str, Check]]]] = {
    "not_null": _not_null,
    "unique": _unique,
    "accepted_values": _accepted_values,
    "row_count": _row_count,
    "relationships": _relationships,
    "expression_is_true": _expression,
    "sql": _sql,
    "unique_combination_of_columns": _unique,
    "unique_values": _unique_values,
    "number_of_rows": _number_of_rows,
    "forall": _forall,
}

"""What is wrong with a partition key that is none, and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from swathe.api.key_parts import AmbiguousKeyError, Key, KeyPart, key_columns, named
from swathe.errors import SelectionError, did_you_mean
from swathe.partition.grid import Dimension, Grid, line_scheme
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.partition.values import NULL_KEY, REST_KEY, read_text, spell_text
from swathe.plan.spec import ModelSpec

_TIMES = "2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013"
_MOST_VALUES = 6
_MOST_COMPARED = 5000
_RESERVED = {
    NULL_KEY: "`nulls: own` in `partition_by` makes a partition for NULL",
    REST_KEY: "`else: true` in `partition_by` makes a partition for all other values",
}
_COLUMN = re.compile(r"(?:^|/)([^/=]+)=")


def ambiguous_key(key: Key, error: AmbiguousKeyError, spec: ModelSpec) -> SelectionError:
    columns = " or of ".join(f"`{column}`" for column in error.columns)
    forms = " or ".join(f"`{spell_text(column)}={key.text}`" for column in error.columns)
    return SelectionError(
        f"`{key.text}` may be a partition of {columns} in `{spec.name}` (given with `--partition`)",
        hint=f"write {forms}",
    )


def unknown_key(key: Key, specs: Sequence[ModelSpec]) -> SelectionError:
    """What is wrong with a key that is none of any of these models."""
    option = "(given with `--partition`)"
    columns = sorted({name for spec in specs for name in key_columns(spec.scheme)})
    if unknown := strangers(key, specs):
        hint = "a table in one piece has one partition, `all`"
        if columns:
            hint = f"they are cut by {_some(columns)}"
        return SelectionError(
            f"no selected model is cut by `{unknown[0]}` {option}", hint=did_you_mean(unknown[0], columns) or hint
        )
    named_columns = [part.column.lower() for part in key.parts]
    if len(set(named_columns)) < len(named_columns):
        hint = "give `--partition` once for each: they add up"
        return SelectionError(f"`{key.text}` names a column twice {option}", hint=hint)
    for part in key.parts:
        cut = [spec for spec in specs if part.column.lower() in {name.lower() for name in key_columns(spec.scheme)}]
        why = [problem for spec in cut if (problem := _problem(spec, part)) is not None]
        if cut and len(why) == len(cut):
            return SelectionError(f"{why[0]} {option}", hint=_hint(part, cut))
    if key.parts:
        together = " and ".join(f"`{part.column}`" for part in key.parts)
        hint = "give `--partition` once for each: they add up"
        return SelectionError(f"no selected model is cut by {together} together {option}", hint=hint)
    hint = _RESERVED.get(key.text) or near_value(key, specs) or key_forms(specs, values=True)
    return SelectionError(f"`{key.text}` is not a partition key {option}", hint=hint)


def strangers(key: Key, specs: Sequence[ModelSpec]) -> list[str]:
    """What a key says as if it were columns, and is none of any model."""
    columns = {name.lower() for spec in specs for name in key_columns(spec.scheme)}
    names = [read_text(found[1].strip()) for found in _COLUMN.finditer(key.text)]
    return [name for name in names if name.isidentifier() and name.lower() not in columns]


def _problem(spec: ModelSpec, part: KeyPart) -> str | None:
    try:
        named(spec.scheme, Key(part.text, (part,)))
    except (ValueError, OverflowError) as error:
        return str(error)
    return None


def _hint(part: KeyPart, specs: Sequence[ModelSpec]) -> str:
    """What a column's partitions are."""
    if part.text in _RESERVED:
        return _RESERVED[part.text]
    dimensions = list(_dimensions(specs, part.column))
    if not dimensions:
        return key_forms(specs, values=False)
    values = _spelled(dimensions)
    if hint := did_you_mean(part.text, values[:_MOST_COMPARED]):
        return hint
    if any(dimension.rest for dimension in dimensions):
        return f"values that are not listed are one partition, `{spell_text(part.column)}={REST_KEY}`"
    return f"its partitions are {_some(values)}" if values else "none of its partitions is known yet"


def near_value(key: Key, specs: Sequence[ModelSpec]) -> str | None:
    """A hint that names a value most like the one that was given."""
    given: list[tuple[str | None, str]] = [(part.column, part.text) for part in key.parts]
    for column, text in given or [(None, key.text)]:
        values = _spelled(_dimensions(specs, column))
        if text not in values and (hint := did_you_mean(text, values[:_MOST_COMPARED])):
            return hint
    return None


def _dimensions(specs: Sequence[ModelSpec], column: str | None) -> Iterator[Dimension]:
    for spec in specs:
        for dimension in spec.scheme.dimensions if isinstance(spec.scheme, Grid) else ():
            if column is None or dimension.column.lower() == column.lower():
                yield dimension


def _spelled(dimensions: Iterable[Dimension]) -> list[str]:
    return list(dict.fromkeys(entry.spell(at) for entry in dimensions for at in entry.coordinates))


def _some(names: Sequence[str]) -> str:
    """The first few of many names."""
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_VALUES])
    return f"{shown} and {len(names) - _MOST_VALUES:,} more" if len(names) > _MOST_VALUES else shown


def key_forms(specs: Sequence[ModelSpec], *, values: bool) -> str:
    """What keys of these models look like."""
    lines = [line_scheme(spec.scheme) for spec in specs]
    forms = []
    if any(isinstance(line, RangeScheme) for line in lines):
        forms.append("a number")
    if values and (dimension := next(_dimensions(specs, None), None)):
        forms.append(f"a value, or `{spell_text(dimension.column)}=VALUE`")
    if forms and not any(isinstance(line, TimeScheme) for line in lines):
        return "a key is " + ", or ".join(forms)
    return f"keys look like {_TIMES}" + "".join(f"; a key may be {form}, too" for form in forms)

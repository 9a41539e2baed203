"""How slices are said in SQL: which rows lie in some of them, and which one each row lies in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from swathe.partition.grid import Dimension, Slice
from swathe.partition.values import NULL, REST, Coordinate, Listed, Value, ValueKind
from swathe.sql.literal import identifier, value_literal


def coordinates_predicate(dimension: Dimension, coordinates: Collection[Coordinate], column: str, dialect: str) -> str:
    """A column holds one of these coordinates of a dimension. `TRUE` when they leave nothing out."""
    name = identifier(column, dialect)
    listed = [at.value for at in coordinates if isinstance(at, Listed)]
    parts = []
    if REST in coordinates:
        others = [value for value in dimension.values if Listed(value) not in coordinates]
        parts.append(_is_none_of(dimension, name, others, dialect))
    elif listed:
        parts.append(_is_one_of(dimension, name, listed, dialect))
    if NULL in coordinates:
        if parts and parts[0].endswith("IS NOT NULL"):
            return "TRUE"
        parts.append(f"{name} IS NULL")
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def slices_predicate(dimensions: Sequence[Dimension], slices: Iterable[Slice], dialect: str) -> str:
    """A row lies in one of these slices. `TRUE` when there are no dimensions."""
    return _any_of(list(dimensions), list(dict.fromkeys(slices)), dialect)


def bucket_columns(dimension: Dimension, dialect: str) -> tuple[str, str]:
    """Two expressions, the same for all rows at a coordinate: `coordinate_of` tells which one."""
    name = identifier(dimension.column, dialect)
    if not dimension.rest:
        return name, "FALSE"
    inside = _is_one_of(dimension, name, dimension.values, dialect) if dimension.values else "FALSE"
    return f"CASE WHEN {inside} THEN {name} END", f"{name} IS NOT NULL"


def coordinate_of(value: Value | None, other: object) -> Coordinate:
    """What a row of `bucket_columns` stands for."""
    if value is not None:
        return Listed(value)
    return REST if other else NULL


def outside_predicate(dimension: Dimension, dialect: str) -> str | None:
    """A column holds a value that has no partition; None where each value has one. A NULL is no value.

    Under a collation that takes two texts for one, the other predicates here would find the second in the first's
    partition. So texts are compared byte by byte, and the second has none.
    """
    name = identifier(dimension.column, dialect)
    if dimension.kind is not ValueKind.TEXT or not dimension.values:
        return None if dimension.rest else _is_none_of(dimension, name, dimension.values, dialect)
    exactly = _is_none_of(dimension, f'{name} COLLATE "C"', dimension.values, dialect)
    return f"{_is_one_of(dimension, name, dimension.values, dialect)} AND {exactly}" if dimension.rest else exactly


def _any_of(dimensions: list[Dimension], slices: list[Slice], dialect: str) -> str:
    """Factored: values that go with the same coordinates of the other columns are said together."""
    if not dimensions:
        return "TRUE"
    head, *tail = dimensions
    with_rest: dict[frozenset[Slice], list[Coordinate]] = {}
    after: dict[Coordinate, list[Slice]] = {}
    for part in slices:
        after.setdefault(part[0], []).append(part[1:])
    for coordinate, others in after.items():
        with_rest.setdefault(frozenset(others), []).append(coordinate)
    options = []
    for tails, coordinates in with_rest.items():
        mine = coordinates_predicate(head, coordinates, head.column, dialect)
        ordered = [part for part in dict.fromkeys(p[1:] for p in slices) if part in tails]
        theirs = _any_of(tail, ordered, dialect)
        options.append(" AND ".join(part for part in (mine, theirs) if part != "TRUE") or "TRUE")
    if "TRUE" in options:
        return "TRUE"
    return options[0] if len(options) == 1 else f"({' OR '.join(f'({option})' for option in options)})"


def _is_one_of(dimension: Dimension, name: str, values: Sequence[Value], dialect: str) -> str:
    literals = [value_literal(value, dimension.kind, dialect) for value in values]
    return f"{name} = {literals[0]}" if len(literals) == 1 else f"{name} IN ({', '.join(literals)})"


def _is_none_of(dimension: Dimension, name: str, values: Sequence[Value], dialect: str) -> str:
    literals = [value_literal(value, dimension.kind, dialect) for value in values]
    if not literals:
        return f"{name} IS NOT NULL"
    return f"{name} <> {literals[0]}" if len(literals) == 1 else f"{name} NOT IN ({', '.join(literals)})"

"""Names in one spelling: case, quotes, and a name for what has none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from swathe.sql.canonical.dump import dump

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGICAL = "swathe:"
"""Schemas that begin so hold logical tables, whose names are ours and exact."""


def fold_names(tree: exp.Query, dialect: str) -> exp.Query:
    """Identifiers as the engine compares them.

    Case is kept where it counts: fields of structs show in their values, keys of JSON values, files and logical
    tables have exact names.
    """
    for identifier in _exact_fields(tree):
        identifier.meta["case_sensitive"] = True
    for identifier in tree.find_all(exp.Identifier):
        if _is_exact(identifier):
            identifier.meta["case_sensitive"] = True
    if Dialect.get_or_raise(dialect).NORMALIZE_FUNCTIONS:
        for function in tree.find_all(exp.Anonymous):
            if isinstance(function.this, str):
                function.set("this", function.this.lower())
    return normalize_identifiers(tree, dialect=dialect, store_original_column_identifiers=True)


def _is_exact(identifier: exp.Identifier) -> bool:
    match identifier.parent:
        case exp.Table() as table:
            return table.db.startswith(LOGICAL) or (not table.db and _is_file(table.name))
        case exp.ColumnDef() as field:
            return isinstance(field.parent, exp.DataType)
        case parent:
            return isinstance(parent, exp.PropertyEQ | exp.Dot)


def _exact_fields(tree: exp.Query) -> Iterator[exp.Expr]:
    """What follows a column's name after a dot."""
    tables = list(tree.find_all(exp.Table))
    schemas = {table.db.lower() for table in tables}
    sources = {alias.name.lower() for alias in tree.find_all(exp.TableAlias)} | {t.name.lower() for t in tables}
    for column in tree.find_all(exp.Column):
        parts = column.parts
        if len(parts) > 1:
            first = parts[0].name.lower()
            qualifiers = 1 if first in sources else 2 if first in schemas else 0
            yield from parts[qualifiers + 1 :]


def _is_file(table: str) -> bool:
    return any(mark in table for mark in "./:\\")


def name_outputs(tree: exp.Query) -> exp.Query:
    """Give every nameless output column a name that stands for its text, which is what engines name it by.

    No query can refer to such a name, so a reference to the engine's own (`"count_star()"`) stays unresolved
    and keeps the query out of the full form. In EXISTS, IN and scalar subqueries names can't be seen.
    """
    # Outer queries first: the name of a scalar subquery is its text as the user wrote it.
    for select in list(tree.find_all(exp.Select)):
        seen = _names_are_seen(select)
        for position, projection in enumerate(select.expressions):
            if _is_nameless(projection):
                text = hashlib.sha256(dump(projection).encode()).hexdigest()[:12] if seen else str(position)
                alias = exp.Alias(alias=exp.to_identifier(f"?{text}", quoted=True))
                projection.replace(alias)
                alias.set("this", projection)
    return tree


def _names_are_seen(query: exp.Expr) -> bool:
    while isinstance(query.parent, exp.SetOperation | exp.Subquery):
        query = query.parent
    return query.parent is None or isinstance(query.parent, exp.CTE | exp.From | exp.Join)


def _is_nameless(projection: exp.Expr) -> bool:
    if isinstance(projection, exp.Subquery):
        return not projection.alias
    return not isinstance(projection, exp.Alias | exp.Aliases | exp.Column | exp.Star)

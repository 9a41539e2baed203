"""Binding every column to its source, stars spelt out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify_columns import qualify_columns, quote_identifiers, validate_qualify_columns
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.schema import MappingSchema

from swathe.sql.canonical.guards import NotUnderstood
from swathe.sql.canonical.sources import separate_sources
from swathe.sql.canonical.spelling import LOGICAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from swathe.model.definition import Column

# A schema no warehouse has: `t` and `main.t` may be two tables when the search path says so.
_UNQUALIFIED = "swathe:unqualified"
_WRITTEN = "swathe_written"


def qualify(tree: exp.Query, schema: Mapping[tuple[str, str], Sequence[Column]], dialect: str) -> exp.Query:
    """Sources with a schema and an alias, columns with their source, projections with a name.

    The COALESCE that stands for a USING column becomes a function of its own, since engines take one side's
    value where they can and that may differ from what COALESCE gives. Raises sqlglot's errors, or
    NotUnderstood, on a column without a source or with two.
    """
    for node in tree.find_all(exp.Coalesce):
        node.meta[_WRITTEN] = True
    default = exp.to_identifier(_UNQUALIFIED, quoted=True)
    tree = separate_sources(qualify_tables(tree, db=default, dialect=dialect))
    tree = qualify_columns(tree, _known_tables(tree, schema, dialect))
    validate_qualify_columns(quote_identifiers(tree, dialect=dialect))
    if any(join.args.get("using") or join.method == "NATURAL" for join in tree.find_all(exp.Join)):
        raise NotUnderstood("a join by names of unknown columns")
    if tree.find(exp.TableColumn):
        raise NotUnderstood("a whole row")
    for node in list(tree.find_all(exp.Coalesce)):
        if not node.meta.get(_WRITTEN):
            node.replace(exp.Anonymous(this="swathe_using", expressions=[node.this, *node.expressions]))
    return tree


def _known_tables(tree: exp.Query, schema: Mapping[tuple[str, str], Sequence[Column]], dialect: str) -> MappingSchema:
    """The tables of the query for sqlglot. Names only: a type spelt another way must not count.

    The schema says nothing about other databases, where a table may have the same name.
    """
    if any(table.catalog for table in tree.find_all(exp.Table)):
        raise NotUnderstood("a table of another database")
    used = {(table.db, table.name) for table in tree.find_all(exp.Table)}
    known: dict[str, object] = {}
    for (db, name), columns in schema.items():
        key = (db, name) if db.startswith(LOGICAL) else (_folded(db, dialect), _folded(name, dialect))
        if key in used and columns:
            tables = cast("dict[str, object]", known.setdefault(key[0], {}))
            tables[key[1]] = {_folded(column.name, dialect): "unknown" for column in columns}
    return MappingSchema(known, dialect=dialect, normalize=False)


@lru_cache(maxsize=4096)
def _folded(name: str, dialect: str) -> str:
    return normalize_identifiers(exp.to_identifier(name, quoted=True), dialect=dialect).name

"""How the server keeps a table in leaves, read from its catalogue. No table is touched: no lock is taken on any."""

from __future__ import annotations

import re

from swathe.engine.adapter import Session
from swathe.model.definition import Relation
from swathe.sql.native import Leaf, NativeTable, Way

_TABLE = (
    "SELECT p.partstrat, CAST(ARRAY(SELECT a.attname FROM UNNEST(CAST(p.partattrs AS smallint[])) "
    "WITH ORDINALITY AS k(number, place) LEFT JOIN pg_catalog.pg_attribute AS a "
    "ON a.attrelid = c.oid AND a.attnum = k.number ORDER BY k.place) AS text[]) "
    "FROM pg_catalog.pg_partitioned_table AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?"
)
# No table is named to `pg_get_expr`: of one that was dropped since this query began it would say nothing.
_LEAVES = (
    "SELECT m.nspname, l.relname, pg_get_expr(l.relpartbound, 0) "
    "FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class AS l ON l.oid = i.inhrelid "
    "JOIN pg_catalog.pg_namespace AS m ON m.oid = l.relnamespace "
    "WHERE n.nspname = ? AND c.relname = ? AND l.relispartition ORDER BY l.oid"
)
_NAMES = (
    "SELECT c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE n.nspname = ? UNION "
    "SELECT t.typname FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace "
    "WHERE n.nspname = ?"
)
_WAYS = {"r": Way.RANGE, "l": Way.LIST, "h": Way.HASH}
_RANGE = re.compile(r"FOR VALUES FROM \((?P<start>.*)\) TO \((?P<end>.*)\)", re.DOTALL)
_LIST = re.compile(r"FOR VALUES IN \((?P<values>.*)\)", re.DOTALL)
_VALUE = re.compile(r"'(?:[^']|'')*'|[^\s,]+")
_NO_BOUND = ("MINVALUE", "MAXVALUE")


def native_table(session: Session, relation: Relation) -> NativeTable | None:
    """See `Engine.native_table`."""
    place = [relation.schema, relation.name]
    found = session.query(_TABLE, place)
    if not found:
        return None
    ((strategy, columns),) = found
    named = tuple(columns) if None not in columns else ()
    leaves = tuple(leaf(Relation(schema, name), words) for schema, name, words in session.query(_LEAVES, place))
    return NativeTable(_WAYS[strategy], named, leaves)


def names_in(session: Session, schema: str) -> frozenset[str]:
    """Of tables, views, indexes, sequences and types."""
    return frozenset(name for (name,) in session.query(_NAMES, [schema, schema]))


def leaf(relation: Relation, words: str) -> Leaf:
    """From the words of `pg_get_expr`.

    >>> found = leaf(Relation("s", "t__1"), "FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)")
    >>> found.start, found.end
    ('2024-01-01', None)
    """
    if words == "DEFAULT":
        return Leaf(relation, words, is_default=True)
    if (found := _RANGE.fullmatch(words)) is not None:
        return Leaf(relation, words, start=_first(found["start"]), end=_first(found["end"]))
    if (found := _LIST.fullmatch(words)) is not None:
        return Leaf(relation, words, values=tuple(map(_text, _VALUE.findall(found["values"]))))
    return Leaf(relation, words)


def _first(listed: str) -> str | None:
    """The first of some bounds; None where there is no bound."""
    return _text(_VALUE.findall(listed)[0])


def _text(value: str) -> str | None:
    if value in _NO_BOUND or value == "NULL":
        return None
    return value[1:-1].replace("''", "'") if value.startswith("'") else value

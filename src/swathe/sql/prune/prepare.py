"""From a parsed query to a tree in which every name is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from swathe.model.definition import Column
from swathe.sql.prune.block import SCAN, UNSURE_CONDITION, UNSURE_JOIN, Scan
from swathe.sql.prune.kinds import MERGED, column_type
from swathe.sql.prune.requirement import Schema
from swathe.sql.prune.transfer import conjuncts

_ALL_SHARE = "swathe_all_share"
_DATABASE = "swathe_scans"
_NAMES_IN_TEXT = frozenset({"query", "query_table"})
_CASE_COUNTS = frozenset({"postgres"})
"""Dialects whose tables keep the case of a name, and in which a name without quotes is one in small letters."""
_FAILURES = (SqlglotError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)


def scans_of(query: exp.Expr, schema: Schema) -> dict[int, Scan]:
    """The scans of a query by their numbers."""
    return {
        number: Scan(number, schema.get((table.db, table.name)))
        for table in query.find_all(exp.Table)
        if isinstance(number := table.meta.get(SCAN), int)
    }


def names_tables_in_text(query: exp.Expr) -> bool:
    """Whether a function reads tables, or WITH queries, by a name that only the database sees."""
    return any(function.name.lower() in _NAMES_IN_TEXT for function in query.find_all(exp.Anonymous))


def prepare(query: exp.Expr, scans: Mapping[int, Scan], dialect: str) -> exp.Expr | None:
    """A resolved, typed copy; None when sqlglot cannot resolve it.

    Scanned tables get names of their own, so that no other table is taken for one of them. A query is asked about
    several times in a row, and resolving it takes most of the time: so all get one copy, and must leave it as it is.
    """
    columns = tuple((number, tuple(scan.columns or ())) for number, scan in sorted(scans.items()))
    return _prepared(_Same(query), columns, dialect)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A tree as itself: two that look alike are told apart."""

    tree: exp.Expr

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.tree is self.tree

    def __hash__(self) -> int:
        return id(self.tree)


@lru_cache(maxsize=4)
def _prepared(query: _Same, columns: tuple[tuple[int, tuple[Column, ...]], ...], dialect: str) -> exp.Expr | None:
    tree = query.tree.copy()
    for table in list(tree.find_all(exp.Table)):
        if isinstance(number := table.meta.get(SCAN), int):
            _rename(table, number)
    for select in tree.find_all(exp.Select):
        _mark_unsure(select)
    known = {_name(number): _types(listed, dialect) for number, listed in columns if listed}
    try:
        resolver = _schema(known, dialect)
        tree = qualify(tree, dialect=dialect, schema=resolver, validate_qualify_columns=False, quote_identifiers=True)
        for select in tree.find_all(exp.Select):
            _merge_left_of_using(select)
        tree = annotate_types(tree, schema=resolver, dialect=dialect)
    except _FAILURES:
        return None
    for select in list(tree.find_all(exp.Select)):
        _merge_using(select)
    return tree


def _schema(tables: Mapping[str, Mapping[str, str]], dialect: str) -> MappingSchema:
    """The columns of scans. Where the case of a name counts, `Day` and `day` are two."""
    fold = dialect not in _CASE_COUNTS
    return MappingSchema({_DATABASE: tables} if tables else {}, dialect=dialect, normalize=fold)


def _name(number: int) -> str:
    return f"scan_{number}"


def _rename(table: exp.Table, number: int) -> None:
    if not table.args.get("alias"):
        identifier = table.this.copy()
        table.set("alias", exp.TableAlias(this=identifier))
    table.set("this", exp.to_identifier(_name(number)))
    table.set("db", exp.to_identifier(_DATABASE))
    table.set("catalog", None)


def _types(columns: Iterable[Column], dialect: str) -> dict[str, str]:
    return {
        column.name: column.type if column_type(column.type, dialect) is not None else "UNKNOWN" for column in columns
    }


def _mark_unsure(select: exp.Select) -> None:
    """Mark the joins that sqlglot's flat list of joins misstates.

    USING takes its left column from the first table that has it, which is the wrong one after a join that pads its left
    side with NULL, and after a comma, which binds looser than JOIN. So a RIGHT JOIN after a comma has less on its left.
    """
    padded = comma = False
    shared: set[str] | None = None
    for join in select.args.get("joins") or ():
        if join.method.upper() == "ASOF" and join.args.get("using"):
            # The last column of an ASOF JOIN's USING is compared by >=.
            join.meta[UNSURE_CONDITION] = join.meta[UNSURE_JOIN] = True
        using = {column.name.lower() for column in join.args.get("using") or ()}
        if (padded or comma) and (using or join.method.upper() == "NATURAL"):
            join.meta[UNSURE_CONDITION] = True
            if using and shared is not None and using <= shared and not comma:
                join.meta[_ALL_SHARE] = True
        shared = using if shared is None else shared & using
        if comma and join.side.upper() == "RIGHT":
            join.meta[UNSURE_JOIN] = True
        padded = padded or join.side.upper() in ("RIGHT", "FULL")
        comma = comma or not any(join.args.get(key) for key in ("on", "using", "side", "kind", "method"))


def _merge_left_of_using(select: exp.Select) -> None:
    """Say what USING compares where all joins before it share its columns: the first that is not NULL of them all."""
    from_, joins = select.args.get("from_"), select.args.get("joins") or ()
    for index, join in enumerate(joins):
        if not join.meta.get(_ALL_SHARE) or from_ is None:
            continue
        before = [from_.this.alias_or_name, *(earlier.this.alias_or_name for earlier in joins[:index])]
        columns = {
            column.name: column
            for column in join.args["on"].find_all(exp.Column)
            if column.table == join.this.alias_or_name
        }
        for_each = []
        for name, column in columns.items():
            first, *rest = [exp.column(name, table=table, quoted=True) for table in before]
            for_each.append(exp.EQ(this=exp.Coalesce(this=first, expressions=rest), expression=column.copy()))
        join.set("on", exp.and_(*for_each))
        join.meta.pop(UNSURE_CONDITION)


def _merge_using(select: exp.Select) -> None:
    """Put one column for each `coalesce(a.k, b.k)` that ON makes equal to it.

    sqlglot writes the shared column of USING so. Behind a LEFT or INNER join on `a.k = b.k`, `b.k` is NULL or equal to
    `a.k`, so the value is that of `a.k`; behind a RIGHT join it is that of `b.k`. Equal is not always the same, so the
    column's meta keeps what was merged.
    """
    merged = [node for node in select.find_all(exp.Coalesce) if node.find_ancestor(exp.Select) is select]
    for node in merged:
        column = _merged(node, select)
        if column is not None:
            column = column.copy()
            column.meta[MERGED] = node.copy()
            node.replace(column)


def _merged(node: exp.Coalesce, select: exp.Select) -> exp.Column | None:
    first, *rest = (node.this, *node.expressions)
    if not isinstance(first, exp.Column) or node.args.get("is_null"):
        return None
    value = first
    for column in rest:
        join = next((join for join in select.args.get("joins") or () if _joins(join, column)), None)
        if join is None or join.meta.get(UNSURE_CONDITION) or not _equates(join, value, column):
            return None
        match join.side.upper(), join.kind.upper():
            case (("" | "LEFT"), ("" | "INNER" | "OUTER")):
                pass
            case "RIGHT", ("" | "OUTER"):
                value = column
            case _:
                return None
    return value


def _joins(join: exp.Join, column: exp.Expr) -> bool:
    return isinstance(column, exp.Column) and bool(column.table) and join.this.alias_or_name == column.table


def _equates(join: exp.Join, one: exp.Expr, other: exp.Expr) -> bool:
    return any(
        isinstance(condition, exp.EQ) and {condition.this, condition.expression} == {one, other}
        for condition in conjuncts(join.args.get("on"))
    )

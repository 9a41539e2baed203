"""Names that mean nothing, made the same: case, quotes, aliases of sources, names of CTEs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from swathe.sql.canonical.dump import dump
from swathe.sql.canonical.guards import NotUnderstood, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGICAL = "swathe:"
"""Schemas that begin so hold logical tables, whose names are ours and exact."""

_Names = dict[str, str]
_Frames = tuple[_Names, ...]


class _Siblings(dict[str, str]):
    """The sources to the left of a derived table, which some engines let its body see."""


def fold_names(tree: exp.Query, dialect: str) -> exp.Query:
    """Identifiers as the engine compares them.

    Case is kept where it shows: struct fields are seen in their values, files and logical tables have exact
    names.
    """
    for node in tree.find_all(exp.Identifier):
        match node.parent:
            case exp.Table() as table:
                exact = table.db.startswith(LOGICAL) or (not table.db and _is_file(table.name))
            case exp.PropertyEQ():
                exact = True
            case exp.ColumnDef() as field:
                exact = isinstance(field.parent, exp.DataType)
            case _:
                exact = False
        if exact:
            node.meta["case_sensitive"] = True
    if Dialect.get_or_raise(dialect).NORMALIZE_FUNCTIONS:
        for function in tree.find_all(exp.Anonymous):
            if isinstance(function.this, str):
                function.set("this", function.this.lower())
    return normalize_identifiers(tree, dialect=dialect, store_original_column_identifiers=True)


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


def rename_sources(tree: exp.Query) -> exp.Query:
    """Number the sources' aliases and the CTEs in the order they stand, each with a number of its own.

    Needs a qualified tree. Raises NotUnderstood when a column's source can't be told by lexical scoping.
    """
    _Renamer().query(tree, (), {})
    return tree


class _Renamer:
    """Walks a query as an engine resolves it: CTEs, then FROM from left to right, then the clauses."""

    def __init__(self) -> None:
        self._count = 0

    def query(self, node: exp.Expr, frames: _Frames, ctes: _Names) -> None:
        with_ = node.args.get("with_")
        if with_ is not None:
            ctes = dict(ctes)
            for cte in with_.expressions:
                self.query(cte.this, frames, ctes)
                old = cte.alias
                ctes[old] = self._rename(cte, "w")
        match node:
            case exp.Select():
                self._select(node, frames, ctes)
            case exp.SetOperation():
                self.query(node.this, frames, ctes)
                self.query(node.expression, frames, ctes)
                outputs = set(node.named_selects)
                for _, clause in _clauses(node, but={"with_", "this", "expression"}):
                    self._columns(clause, frames, ctes, outputs)
            case exp.Subquery():
                self.query(node.this, frames, ctes)
                for _, clause in _clauses(node, but={"with_", "this", "alias"}):
                    self._columns(clause, frames, ctes, set(node.this.named_selects))
            case _:
                raise NotUnderstood(type(node).__name__)

    def _select(self, select: exp.Select, frames: _Frames, ctes: _Names) -> None:
        frame: _Names = {}
        inner = (*frames, frame)
        for source in sources_of(select):
            self._source(source, frame, frames, ctes)
        outputs = set(select.named_selects)
        for join in select.args.get("joins") or []:
            for _, clause in _clauses(join, but={"this"}):
                self._columns(clause, inner, ctes, set())
        for key, clause in _clauses(select, but={"with_", "from_", "joins", "laterals"}):
            self._columns(clause, inner, ctes, outputs if key in {"order", "distinct"} else set())

    def _source(self, source: exp.Expr, frame: _Names, frames: _Frames, ctes: _Names) -> None:
        old = source.alias_or_name
        if not source.alias or old in frame:
            raise NotUnderstood("a source without an alias of its own")
        around = (*frames, _Siblings(frame))
        match source:
            case exp.Subquery():
                self.query(source.this, around, ctes)
            case exp.Table() if isinstance(source.this, exp.Identifier):
                if not source.db:
                    if source.name not in ctes:
                        raise NotUnderstood("a table without a schema")
                    source.this.set("this", ctes[source.name])
            case exp.Table() | exp.Values():
                for child in source.iter_expressions():
                    if not isinstance(child, exp.TableAlias):
                        self._columns(child, around, ctes, set())
            case _:
                raise NotUnderstood(type(source).__name__)
        frame[old] = self._rename(source, "t")

    def _columns(self, root: exp.Expr, frames: _Frames, ctes: _Names, outputs: set[str]) -> None:
        for node in _within_query(root):
            if isinstance(node, exp.Select | exp.SetOperation | exp.Subquery):
                self.query(node, frames, ctes)
            elif isinstance(node, exp.Column):
                if node.args.get("db"):
                    raise NotUnderstood(f"column `{node.sql()}` in parts")
                if table := node.args.get("table"):
                    table.set("this", _resolve(table.name, frames))
                elif node.name not in outputs:
                    raise NotUnderstood(f"column `{node.name}` without a source")

    def _rename(self, holder: exp.Expr, prefix: str) -> str:
        name = f"{prefix}{self._count}"
        self._count += 1
        holder.args["alias"].set("this", exp.to_identifier(name, quoted=True))
        return name


def _resolve(name: str, frames: _Frames) -> str:
    found = [frame for frame in reversed(frames) if name in frame]
    # Whether a derived table means its sibling or the outer query's source is different between engines.
    if not found or (isinstance(found[0], _Siblings) and len(found) > 1):
        raise NotUnderstood(f"source `{name}` can't be told")
    return found[0][name]


def _clauses(node: exp.Expr, but: set[str]) -> Iterator[tuple[str, exp.Expr]]:
    """The parts of `node` by name, in an order that doesn't depend on how the tree was made."""
    for key in sorted(node.args.keys() - but):
        value = node.args[key]
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                yield key, part


def _within_query(root: exp.Expr) -> Iterator[exp.Expr]:
    """`root` and what is below it, down to the queries in it but not into them."""
    boundary = (exp.Select, exp.SetOperation, exp.Subquery)
    return root.walk(prune=lambda node: isinstance(node, boundary))

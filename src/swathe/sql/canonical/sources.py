"""Aliases of sources and names of CTEs: numbers in the place of what the user called them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sqlglot import exp

from swathe.sql.canonical.guards import NotUnderstood, sources_of
from swathe.sql.canonical.spelling import LOGICAL

if TYPE_CHECKING:
    from collections.abc import Iterator

_Names = dict[str, str]
_Frames = tuple[_Names, ...]
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
_LEAVES = (exp.Identifier, exp.Literal)


class _Siblings(dict[str, str]):
    """The sources to the left of a derived table, which some engines let its body see."""


def rename_sources(tree: exp.Query) -> exp.Query:
    """Number the sources' aliases and the CTEs in the order they stand, each with a number of its own.

    Needs a qualified tree. Raises NotUnderstood when a column's source can't be told by lexical scoping.
    """
    _Renamer("", qualified=True).query(tree, (), {})
    return tree


def separate_sources(tree: exp.Query) -> exp.Query:
    """Give the sources aliases that are unique in the whole tree before columns are bound to them.

    sqlglot writes the outer source's alias on a column of a subquery, and where the subquery has a source of the
    same alias that would be the wrong one. Needs an alias on every source.
    """
    _Renamer(LOGICAL, qualified=False).query(tree, (), {})
    return tree


class _Renamer:
    """Walks a query as an engine resolves it: CTEs, then FROM from left to right, then the clauses."""

    def __init__(self, namespace: str, *, qualified: bool) -> None:
        self._count = 0
        self._namespace = namespace
        self._qualified = qualified

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
        # Breadth first: in which order queries are met says what their sources are called. By hand, and not into names
        # and literals, since a query's columns are all looked at five times on its way.
        pending = deque([root])
        while pending:
            node = pending.popleft()
            if isinstance(node, _QUERIES):
                self.query(node, frames, ctes)
                continue
            if isinstance(node, exp.Column):
                self._column(node, frames, outputs)
                if isinstance(node.this, exp.Identifier):
                    continue
            pending.extend(below for below in node.iter_expressions() if not isinstance(below, _LEAVES))

    def _column(self, column: exp.Column, frames: _Frames, outputs: set[str]) -> None:
        first, *more = column.parts
        if self._qualified:
            if len(more) > 1:
                raise NotUnderstood(f"column `{column.sql()}` in parts")
            if not more and column.name in outputs:
                return
        elif not more or not any(first.name in frame for frame in frames):
            return
        if not more:
            raise NotUnderstood(f"column `{column.name}` without a source")
        first.set("this", _resolve(first.name, frames))

    def _rename(self, holder: exp.Expr, prefix: str) -> str:
        name = f"{self._namespace}{prefix}{self._count}"
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

"""The smallest query and data that still show a fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from queries.check import Case, Finding, Verdict, check
from queries.databases import database_of

_CLAUSES = ("where", "having", "qualify", "order", "limit", "offset", "distinct", "group", "windows", "with_", "spec")

_AROUND = (exp.Func, exp.Paren, exp.Not, exp.Window, exp.Filter, exp.AtTimeZone)
Edit = Callable[..., object]


def shrunk(case: Case, verdict: Verdict, seconds: float = 60) -> Case:
    """A case with the same verdict from which no single part can be dropped, if time allows."""
    until = time.monotonic() + seconds
    progress = True
    while progress and time.monotonic() < until:
        progress = False
        for sql in _smaller(case.sql, case.dialect):
            smaller = replace(case, sql=sql)
            if check(smaller).verdict is verdict:
                case, progress = smaller, True
                break
            if time.monotonic() > until:
                break
    return _with_less_data(case, verdict, until + seconds / 2)


def told(case: Case) -> str:
    """The query and the rows of the tables that it reads."""
    rows = [
        f"{table}: {row}"
        for table, rows in case.world.tables.items()
        if f"s.{table}" in case.sql.lower()
        for row in rows
    ]
    return "\n".join((case.sql, *rows))


def _smaller(sql: str, dialect: str) -> list[str]:
    tree = parse_one(sql, dialect=dialect)
    found = set()
    count = sum(1 for _ in tree.walk())
    for index in range(count):
        for way in range(12):
            copy = tree.copy()
            node = next(node for place, node in enumerate(copy.walk()) if place == index)
            edited = _edited(copy, node, way)
            if edited is None:
                break
            if edited:
                try:
                    found.add(copy.sql(dialect))
                except (SqlglotError, ValueError, AttributeError):
                    continue
    before = tree.sql(dialect)
    return sorted((text for text in found if len(text) < len(before)), key=len)


def _edited(tree: exp.Expr, node: exp.Expr, way: int) -> bool | None:
    """Make the edit of this number, in place; False when there is nothing to do, None when there is no such edit."""
    edits = list(_edits(tree, node))
    if way >= len(edits):
        return None
    edits[way]()
    return True


def _edits(tree: exp.Expr, node: exp.Expr) -> Iterator[Edit]:
    yield from _clauses_dropped(node)
    if isinstance(node, exp.Select):
        yield from (join.pop for join in node.args.get("joins") or ())
    if isinstance(node, exp.With | exp.Group):
        yield from (item.pop for item in node.expressions)
    if node is not tree:
        yield from _replaced(node)


def _clauses_dropped(node: exp.Expr) -> Iterator[Edit]:
    for key in _CLAUSES:
        ordered = key == "order" and (
            isinstance(node, exp.Window) or any(node.args.get(k) for k in ("limit", "offset", "distinct"))
        )
        if node.args.get(key) and not ordered:  # without its order, what it gives is left to chance
            yield partial(node.set, key, None)


def _replaced(node: exp.Expr) -> Iterator[Edit]:
    """The node gives way to a part of it, or to something plain."""
    if isinstance(node, exp.Query):
        inner = [each for each in node.find_all(exp.Select, exp.SetOperation) if each not in (node, node.this)]
        target = node.this if isinstance(node, exp.Subquery) else node
        yield from (partial(target.replace, query.copy()) for query in inner[:3])
        yield partial(target.replace, parse_one("select d as p, d2 as q, x, k from s.f", dialect="duckdb"))
    elif isinstance(node, exp.Binary):
        yield partial(node.replace, node.this.copy())
        yield partial(node.replace, node.expression.copy())
    elif isinstance(node, exp.Alias) and not isinstance(node.this, exp.Literal | exp.Column):
        yield partial(node.set, "this", exp.Literal.number(1))
    elif isinstance(node, _AROUND) and isinstance(node.this, exp.Expr):
        yield partial(node.replace, node.this.copy())


def _with_less_data(case: Case, verdict: Verdict, until: float) -> Case:
    for table in case.world.tables:
        place = 0
        while place < len(case.world.tables[table]) and time.monotonic() < until:
            rows = case.world.tables[table]
            tables = {**case.world.tables, table: rows[:place] + rows[place + 1 :]}
            smaller = replace(case, world=replace(case.world, tables=tables))
            if alone(smaller).verdict is verdict:
                case = smaller
            else:
                place += 1
    return case


def alone(case: Case) -> Finding:
    """The check in a database of its own, for a case whose data was edited."""
    try:
        return check(case, "alone")
    finally:
        database_of(case.dialect).drop("alone")

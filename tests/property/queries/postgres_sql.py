"""The generated queries as PostgreSQL says them.

Queries are generated in the words of DuckDB, and mean what they mean in PostgreSQL: `/` of whole numbers gives a whole
number, NULL is greater than any value. What PostgreSQL has no words for is not translated but left out, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB

_RAW = "raw"


def raw(template: str, *arguments: str) -> str:
    """An expression that is written as it stands, with its arguments put in, whatever the translation would make."""
    quoted = template.replace("'", "''")
    return f"{_RAW}('{quoted}', {', '.join(arguments)})"


class UnsayableError(Exception):
    """PostgreSQL has no words for it."""


class Shared(DuckDB):
    """The words of DuckDB with the meanings of PostgreSQL."""

    NULL_ORDERING = "nulls_are_large"
    TYPED_DIVISION = True


def in_postgres(sql: str) -> str:
    """Raises UnsayableError."""
    text = re.sub(r"\border by all\b", "order by 1, 2, 3, 4", sql)
    tree = parse_one(text, read=Shared)
    for what, said in _UNSAYABLE.items():
        if said(tree):
            raise UnsayableError(what)
    _name_subqueries(tree)
    for number, select in enumerate(list(tree.find_all(exp.Select))):
        _spell_out_groups(select)
        _nest_qualify(select, number)
    for node in reversed(list(tree.find_all(exp.IntDiv, exp.DateFromParts, exp.Bracket, exp.Anonymous))):
        _respell(node)
    generator = Dialect.get_or_raise("postgres").generator(unsupported_level=ErrorLevel.IGNORE)
    found: str = generator.generate(tree)
    if generator.unsupported_messages:
        raise UnsayableError(generator.unsupported_messages[0])
    return found


_UNSAYABLE: Mapping[str, Callable[[exp.Expr], bool]] = {
    "ASOF JOIN": lambda tree: any(join.method in ("ASOF", "POSITIONAL") for join in tree.find_all(exp.Join)),
    "SEMI JOIN with USING": lambda tree: any(
        join.kind in ("SEMI", "ANTI") and not join.args.get("on") for join in tree.find_all(exp.Join)
    ),
    "a median over a window": lambda tree: any(
        isinstance(window.this, exp.Median | exp.PercentileCont) for window in tree.find_all(exp.Window)
    ),
    "DISTINCT over a window": lambda tree: any(window.this.find(exp.Distinct) for window in tree.find_all(exp.Window)),
    "IGNORE NULLS": lambda tree: tree.find(exp.IgnoreNulls) is not None,
    "PIVOT": lambda tree: tree.find(exp.Pivot) is not None,
    "a star with exceptions": lambda tree: any(
        star.args.get("except_") or star.args.get("replace") for star in tree.find_all(exp.Star)
    ),
}


def _name_subqueries(tree: exp.Expr) -> None:
    for number, query in enumerate(list(tree.find_all(exp.Subquery))):
        if isinstance(query.parent, exp.From | exp.Join) and isinstance(query.this, exp.Query) and not query.alias:
            query.set("alias", exp.TableAlias(this=exp.to_identifier(f"u{number}")))


def _respell(node: exp.Expr) -> None:
    match node:
        case exp.IntDiv():
            node.replace(exp.Div(this=node.this, expression=node.expression, typed=True))
        case exp.DateFromParts():
            given = [node.args[name] for name in ("year", "month", "day")]
            node.replace(exp.Anonymous(this="make_date", expressions=given))
        case exp.Bracket() if isinstance(node.this, exp.ArrayAgg | exp.List):
            node.set("this", exp.Paren(this=node.this))
        case exp.Anonymous() if node.name.lower() == _RAW:
            form, *arguments = node.expressions
            node.replace(exp.Var(this=form.name.format(*(each.sql("postgres") for each in arguments))))


def _nest_qualify(select: exp.Select, number: int) -> None:
    """What QUALIFY asks is a column of a subquery, by which it is filtered."""
    qualify = select.args.get("qualify")
    if qualify is None:
        return
    select.set("qualify", None)
    names = select.named_selects
    inner = select.copy()
    inner.select(exp.alias_(qualify.this, "kept"), copy=False)
    order = inner.args.get("order")
    inner.set("order", None)
    outer = exp.select(*(exp.column(name) for name in names)).from_(inner.subquery(f"v{number}"))
    outer.where(exp.column("kept"), copy=False)
    outer.set("order", order)
    outer.set("with_", inner.args.get("with_"))
    inner.set("with_", None)
    for key in list(select.args):
        select.set(key, outer.args.get(key))
    for key, value in outer.args.items():
        select.set(key, value)


def _spell_out_groups(select: exp.Select) -> None:
    group = select.args.get("group")
    if group is None or not group.args.get("all"):
        return
    plain = [
        exp.Literal.number(position)
        for position, column in enumerate(select.expressions, start=1)
        if all(found.parent_select is not select for found in column.find_all(exp.AggFunc, exp.Window))
    ]
    select.set("group", exp.Group(expressions=plain) if plain else None)

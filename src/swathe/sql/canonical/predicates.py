"""Expressions: one spelling for what is the same in three-valued logic, whatever the types.

Nothing here needs to know what a column is, so all of it holds for queries that could not be qualified.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from swathe.sql.canonical.dump import dump, order_key

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYMMETRIC = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_ORDERINGS = (exp.LT, exp.LTE, exp.GT, exp.GTE)
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.GTE: exp.LTE}
_CONDITION_HOLDERS = (exp.Where, exp.Having, exp.Qualify)
_REPEATABLE = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Interval,
    exp.Var,
    exp.TimestampTrunc,
    exp.DateTrunc,
)
_KEEPS_PARENTHESES = (exp.Dot, exp.SubqueryPredicate)
_NEEDS_PARENTHESES = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.AtTimeZone)
_OPERATORS = (*_NEEDS_PARENTHESES, exp.Interval, exp.Bracket)
_NOT_OPERATORS = (exp.Dot, exp.Kwarg, exp.PropertyEQ, exp.Paren, exp.Escape)
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_INT32 = 2**31


def strip_parentheses(tree: exp.Query) -> exp.Query:
    """The tree holds the grouping; brackets in it only say how it was typed."""
    for node in reversed(list(tree.find_all(exp.Paren))):
        if not isinstance(node.parent, _KEEPS_PARENTHESES):
            node.replace(node.this)
    return tree


def add_parentheses(tree: exp.Query) -> exp.Query:
    """Brackets round every operand that is itself an operation, so that the text groups as the tree does."""
    for node in list(tree.find_all(*_NEEDS_PARENTHESES)):
        parent = node.parent
        if isinstance(node, _NOT_OPERATORS) or not isinstance(parent, _OPERATORS):
            continue
        chained = isinstance(node, exp.Connector) and type(node) is type(parent)
        if not chained and not isinstance(parent, _NOT_OPERATORS):
            brackets = exp.Paren()
            node.replace(brackets)
            brackets.set("this", node)
    return tree


def plain_words(tree: exp.Query) -> exp.Query:
    """Leave out the words that say what holds anyway: INNER, OUTER, ASC."""
    for join in tree.find_all(exp.Join):
        conditional = join.args.get("on") or join.args.get("using")
        if (join.kind == "INNER" and conditional) or (join.kind == "OUTER" and join.side):
            join.set("kind", None)
    for ordered in tree.find_all(exp.Ordered):
        if ordered.args.get("desc") is False:
            ordered.set("desc", None)
    return tree


def expand_between(tree: exp.Query) -> exp.Query:
    """`x BETWEEN a AND b` as `a <= x AND x <= b`, when `x` can be written twice and the bounds have one type.

    With bounds of two types engines compare all three in the widest, which the two comparisons would not.
    """
    for node in _inner_first(tree, exp.Between):
        low, high = node.args["low"], node.args["high"]
        if node.args.get("symmetric") or not is_repeatable(node.this):
            continue
        kind = _kind(low)
        if kind is not None and kind == _kind(high):
            value = node.this
            node.replace(
                exp.And(
                    this=exp.LTE(this=low, expression=value.copy()),
                    expression=exp.LTE(this=value, expression=high),
                )
            )
    return tree


def is_repeatable(value: exp.Expr) -> bool:
    """Whether an expression has one value for a row, with a type that does not depend on where it stands."""
    return all(isinstance(node, _REPEATABLE) or _is_partition_value(node) for node in value.walk())


def _is_partition_value(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.startswith("swathe_partition_")


def _kind(bound: exp.Expr) -> object:
    """Something equal for bounds of equal type; None when the type can't be seen."""
    match bound:
        case exp.Literal(is_string=True):
            return "string"
        case exp.Literal() if number := _NUMBER.fullmatch(bound.name):
            whole, fraction = number.groups()
            return ("number", len(whole), len(fraction)) if fraction else "integer"
        case exp.Cast() if isinstance(bound.to, exp.DataType):
            return dump(bound.to)
        case exp.Anonymous() if _is_partition_value(bound) and not bound.name.endswith("key"):
            return "partition"
        case _:
            return None


def fold_constants(tree: exp.Query) -> exp.Query:
    """Whole-number arithmetic in comparisons.

    Only there, because elsewhere a literal and a computed number may have different types: in DuckDB a
    TINYINT plus `2` is a TINYINT, plus `(1 + 1)` an INTEGER.
    """
    for node in _inner_first(tree, exp.EQ, exp.NEQ, *_ORDERINGS, exp.Between):
        if node.find_ancestor(exp.Table):
            continue
        for operand in list(node.iter_expressions()):
            if isinstance(operand, exp.Binary) and (value := _whole_number(operand)) is not None:
                operand.replace(exp.Literal.number(value))
    return tree


def drop_truths(tree: exp.Query) -> exp.Query:
    """Conditions that always hold, such as `1 = 1`, go, and so does a WHERE that is left with nothing."""
    for node in _inner_first(tree, exp.EQ):
        if _is_condition(node) and _is_integer(node.this) and node.this == node.expression:
            node.replace(exp.true())
    for node in _inner_first(tree, exp.And):
        for kept, constant in ((node.this, node.expression), (node.expression, node.this)):
            if _is_true(constant) and (_is_condition(node) or isinstance(kept, exp.Predicate)):
                node.replace(kept)
                break
    for where in list(tree.find_all(exp.Where)):
        if _is_true(where.this) and isinstance(where.parent, exp.Select):
            where.pop()
    return tree


def _is_condition(node: exp.Expr) -> bool:
    """Whether `node` only decides which rows stay, so that all that counts is whether it is true."""
    while isinstance(node.parent, exp.And):
        node = node.parent
    return isinstance(node.parent, _CONDITION_HOLDERS) or (isinstance(node.parent, exp.Join) and node.arg_key == "on")


def _is_true(node: exp.Expr) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this)


def _is_integer(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdecimal()


def _whole_number(node: exp.Expr) -> int | None:
    """The value of a sum, difference or product of integer literals, if it stays within 0 and 32 bits."""
    if _is_integer(node):
        value = int(node.name)
    elif isinstance(node, exp.Add | exp.Sub | exp.Mul):
        left, right = _whole_number(node.this), _whole_number(node.expression)
        if left is None or right is None:
            return None
        value = {exp.Add: left + right, exp.Sub: left - right, exp.Mul: left * right}[type(node)]
    else:
        return None
    return value if 0 <= value < _INT32 else None


def sort_operands(tree: exp.Query) -> exp.Query:
    """AND, OR, IN lists, plain GROUP BY lists and comparisons with their operands in one order."""
    kinds = (exp.And, exp.Or, exp.In, exp.Group, *_SYMMETRIC, *_ORDERINGS)
    for node in _inner_first(tree, *kinds):
        match node:
            case exp.And() | exp.Or():
                if type(node.parent) is not type(node):
                    _sort_connector(node)
            case exp.In() | exp.Group():
                # With `a, b WITH ROLLUP` the order is part of the meaning.
                if not any(value for key, value in node.args.items() if key not in {"this", "expressions"}):
                    node.set("expressions", sorted(node.expressions, key=order_key))
            case _:
                _sort_comparison(node)
    return tree


def _sort_connector(node: exp.Expr) -> None:
    kind = type(node)
    operands: list[exp.Expr] = []
    pending: list[exp.Expr] = [node]
    while pending:
        operand = pending.pop()
        if type(operand) is kind:
            pending += [operand.args["expression"], operand.this]
        else:
            operands.append(operand)
    operands.sort(key=order_key)
    node.replace(reduce(lambda left, right: kind(this=left, expression=right), operands))


def _sort_comparison(node: exp.Expr) -> None:
    left, right = node.this, node.args["expression"]
    # `x = ANY (…)` has sides of two kinds, and `name = value` in a table function is no comparison.
    if isinstance(left, exp.SubqueryPredicate) or isinstance(right, exp.SubqueryPredicate):
        return
    if node.find_ancestor(exp.Table, exp.Query).__class__ is exp.Table:
        return
    if isinstance(node, _SYMMETRIC):
        if order_key(right) < order_key(left):
            node.set("this", right)
            node.set("expression", left)
    elif type(node) in _MIRRORED:
        node.replace(_MIRRORED[type(node)](this=right, expression=left))


def _inner_first(tree: exp.Query, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
    return reversed(list(tree.find_all(*kinds)))

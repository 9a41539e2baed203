"""Subqueries that a row's value must be a member of: `x in (select …)` and `x = any (select …)`.

Where the WHERE of a query can only be true if, among others, such a comparison is, it does not matter whether one that
is not true is false or NULL. So the subquery may leave out all rows but those that can equal an `x` that matters.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from swathe.sql.prune.block import Block, Env, output_names
from swathe.sql.prune.kinds import strip
from swathe.sql.prune.requirement import Rows
from swathe.sql.prune.transfer import Facts, image


def members(where: exp.Expr, block: Block, facts: Facts, env: Env) -> dict[int, Rows]:
    """What is asked of each such subquery, by the id of its node, where facts hold for the rows that matter."""
    found: dict[int, Rows] = {}
    for value, query in _memberships(where):
        sides = [strip(side) for side in (value.expressions if isinstance(value, exp.Tuple) else [value])]
        if len(output_names(query) or ()) != len(sides):
            continue
        windows = {
            position: window
            for position, side in enumerate(sides)
            if (window := image(side, facts, block.algebra)) is not None
            and block.algebra.equals(side, block.resolver.query_kind(query, position, env))
        }
        if windows:
            found[id(query)] = Rows(windows)
    return found


def _memberships(condition: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """The comparisons that no NOT stands around."""
    if isinstance(condition, exp.Where | exp.Paren):
        yield from _memberships(condition.this)
    elif isinstance(condition, exp.And | exp.Or):
        yield from _memberships(condition.this)
        yield from _memberships(condition.expression)
    elif isinstance(condition, exp.In) and isinstance(query := condition.args.get("query"), exp.Query):
        yield strip(condition.this), query
    elif isinstance(condition, exp.EQ) and isinstance(condition.expression, exp.Any):
        query = strip(condition.expression.this)
        if isinstance(query, exp.Query):
            yield strip(condition.this), query

"""The first and the last time that something was seen: `min(ts)` and `max(ts)` for each group.

A group whose `min(ts)` is asked for is decided by its rows up to the end of what is asked for: what comes later can't
be its first. So later rows may go, where nothing else is taken of a group than its keys and the same `min`. A group
that begins later loses all of its rows, or those after its first, and is not asked for either way. `arg_min` passes
over rows without a value, so a later one may decide it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from swathe.partition.window import Since, Until, Window
from swathe.sql.prune.block import Block, only
from swathe.sql.prune.kinds import PURE, strip


def extreme_of(expression: exp.Expr, block: Block) -> tuple[exp.Expr, Window] | None:
    """What a `min` or `max` is taken of, and how far from it rows matter; None when a group is more than that."""
    group = block.select.args.get("group")
    if not isinstance(expression, exp.Min | exp.Max) or not only(expression, "this"):
        return None
    if group is not None and not only(group, "expressions"):
        return None
    value = strip(expression.this)
    keys = [strip(key) for key in (group.expressions if group is not None else ())]
    parts = [*block.select.expressions, *_conditions(block.select)]
    if not block.algebra.widens(value) or not all(_is_told(part, expression, keys) for part in parts):
        return None
    return value, Window(((Until() if isinstance(expression, exp.Min) else Since(),),))


def _conditions(select: exp.Select) -> list[exp.Expr]:
    clauses = [select.args.get(key) for key in ("having", "qualify", "distinct", "order")]
    return [clause for clause in clauses if clause is not None]


def _is_told(part: exp.Expr, extreme: exp.Expr, keys: Sequence[exp.Expr]) -> bool:
    """Whether a part of the SELECT is made from keys of the group and the extreme alone."""
    part = strip(part)
    if part in keys or part == extreme:
        return True
    if isinstance(part, exp.Column | exp.SubqueryPredicate):
        return False
    followed = isinstance(part, (*PURE, exp.Having, exp.Order, exp.Ordered, exp.Distinct, exp.Tuple))
    return followed and all(_is_told(child, extreme, keys) for child in part.iter_expressions())

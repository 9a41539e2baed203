"""Columns of one subquery that are made from the same thing bound each other.

`select ordered_at, cast(ordered_at as date) as day` gives rows in which a window of `day` says where `ordered_at` lies,
and the other way round, whatever reads them. Only functions that are never NULL where what they are made from is not:
a demand on a column that may be NULL would lose rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from swathe.partition.window import Window
from swathe.sql.prune.block import Block, Derived, only
from swathe.sql.prune.kinds import strip
from swathe.sql.prune.transfer import Facts, facts_of, image

_MAY_BE_NULL = (exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif, exp.TryCast)


def siblings(block: Block, facts: Facts) -> Facts:
    """What is known of other columns of the sources that the facts speak of."""
    found: Facts = {}
    for expression, window in facts.items():
        located = block.locate(expression)
        if located is None or not isinstance(located[0].relation, Derived):
            continue
        for name, reached in _known_beside(block, located[0].relation, located[1], window):
            column = expression.copy()
            column.set("this", exp.to_identifier(name, quoted=True))
            if column not in facts:
                found.setdefault(column, reached)
    return found


def _known_beside(outer: Block, relation: Derived, position: int, window: Window) -> tuple[tuple[str, Window], ...]:
    """The same question comes again in each round of what follows from what."""
    known = outer.resolver.beside
    asked = (id(relation.query), position, window)
    if asked not in known:
        known[asked] = tuple(_beside(outer, relation, position, window))
    return known[asked]


def _beside(outer: Block, relation: Derived, position: int, window: Window) -> Iterator[tuple[str, Window]]:
    query, env = relation.query, relation.env
    while isinstance(query, exp.Subquery) and only(query, "this", "alias", "with_"):
        env, _ = outer.resolver.declare(query, env)
        query = query.this
    if not isinstance(query, exp.Select) or not _plain_group(query):
        return
    names = outer.resolver.names(query) or ()
    env, _ = outer.resolver.declare(query, env)
    block = outer.resolver.block(query, env)
    known = facts_of(block.algebra.chain(query.expressions[position]), window)
    known = siblings(block, known) | known
    for place, part in enumerate(query.expressions):
        if place != position and not part.find(*_MAY_BE_NULL) and names.count(names[place]) == 1:
            reached = image(strip(part), known, block.algebra)
            if reached is not None:
                yield names[place], reached


def _plain_group(select: exp.Select) -> bool:
    group = select.args.get("group")
    return group is None or (
        only(group, "expressions", "all")
        and not any(isinstance(key, exp.Rollup | exp.Cube | exp.GroupingSets) for key in group.expressions)
    )

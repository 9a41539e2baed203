"""Subqueries with more inside: set operations, joins, WITH, other subqueries, clauses that look at all rows."""

from __future__ import annotations

from collections.abc import Callable

from queries.draw import Draw, Source
from queries.expressions import condition

Tie = Callable[[Draw, Source, Source], str]


def rich(draw: Draw, outer: Source, tie: Tie) -> str:
    """A condition with a subquery that is more than a filtered table; `tie` makes conditions across queries."""
    a, b = draw.source(0), draw.source(0)
    word = draw.dice.choice(("exists", "not exists"))
    member = f"{outer.p.sql} {draw.dice.choice(('in', 'in', 'not in'))}"
    kind = draw.dice.choice(("left join", "join", "full join", "anti join"))
    return draw.pick(
        {
            "EXISTS of a set operation": lambda: (
                f"{word} (select {a.x} from {a.sql} where {tie(draw, outer, a)} {_set(draw)}"
                f" select {b.x} from {b.sql} where {tie(draw, outer, b)})"
            ),
            "IN a set operation": f"{member} (select {a.p.sql} from {a.sql} {_set(draw)} select {b.p.sql} from {b.sql})",
            "IN with LIMIT": f"{member} (select {a.p.sql} from {a.sql} order by 1 desc limit {draw.dice.randrange(1, 5)})",
            "IN with GROUP BY": f"{member} (select {draw.dice.choice(('min', 'max'))}({a.p.sql}) from {a.sql} group by {a.k})",
            "IN with QUALIFY": (
                f"{member} (select {a.p.sql} from {a.sql} qualify row_number() over (partition by"
                f" {draw.dice.choice((a.k, a.p.sql))} order by {', '.join(a.columns)}) = 1)"
            ),
            "IN with a WHERE of its own": f"{member} (select {a.p.sql} from {a.sql} where {condition(draw, a)})",
            "subquery in a subquery": lambda: (
                f"{word} (select 1 from {a.sql} where {tie(draw, outer, a)}"
                f" and {draw.dice.choice(('exists', 'not exists'))} (select 1 from {b.sql} where {tie(draw, a, b)}"
                f" and {tie(draw, outer, b)}))"
            ),
            "IN a subquery of a subquery": lambda: (
                f"{outer.x} in (select {a.x} from {a.sql} where {tie(draw, outer, a)}"
                f" and {a.x} in (select {b.x} from {b.sql} where {tie(draw, outer, b)}))"
            ),
            "WITH in a subquery": lambda: _with(draw, outer, a, tie),
            "correlated HAVING": lambda: (
                f"{word} (select 1 from {a.sql} where {tie(draw, outer, a)} group by {a.k} having count(*) > {outer.x} % 3)"
            ),
            "join in a subquery": lambda: (
                f"{word} (select 1 from {a.sql} {kind} {b.sql} on {tie(draw, a, b)} where {tie(draw, outer, a)})"
            ),
            "count of a join": lambda: (
                f"(select count(*) from {a.sql} left join {b.sql} on {tie(draw, a, b)} where {tie(draw, outer, a)})"
                f" {draw.dice.choice(('>', '=', '<'))} {draw.dice.randrange(3)}"
            ),
            "window in a subquery": lambda: (
                f"{outer.x} in (select count(*) over (order by {a.p.sql}) from {a.sql} where {tie(draw, outer, a)})"
            ),
        }
    )


def _set(draw: Draw) -> str:
    return draw.dice.choice(("union all", "union", "except", "intersect"))


def _with(draw: Draw, outer: Source, inner: Source, tie: Tie) -> str:
    name, alias = draw.name("w"), draw.name("c")
    listed = f"select {inner.p.sql} as p, {inner.q.sql} as q, {inner.x} as x, {inner.k} as k from {inner.sql}"
    read = Source(f"{name} as {alias}", alias, inner.p, inner.q, f"{alias}.x", f"{alias}.k")
    p, q = f"{alias}.p", f"{alias}.q"
    read = Source(read.sql, alias, type(inner.p)(p, inner.p.kind), type(inner.q)(q, inner.q.kind), read.x, read.k)
    where = f" where {tie(draw, outer, inner)}" if draw.chance("WITH in a subquery is correlated", 0.4) else ""
    return f"exists (with {name} as ({listed}{where}) select 1 from {read.sql} where {tie(draw, outer, read)})"

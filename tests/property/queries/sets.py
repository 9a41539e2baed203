"""Set operations and WITH queries."""

from __future__ import annotations

from queries.draw import Draw, E, Rel, production, united
from queries.expressions import changed
from queries.joins import on
from queries.selects import shown


@production("set operation", 3)
def united_rows(draw: Draw, depth: int) -> Rel:
    left, right = draw.query(depth), draw.query(draw.dice.randint(0, depth))
    how = draw.pick(
        {
            "UNION ALL": "union all",
            "UNION": "union",
            "EXCEPT": "except",
            "EXCEPT ALL": "except all",
            "INTERSECT": "intersect",
            "INTERSECT ALL": "intersect all",
            "UNION ALL BY NAME": "union all by name",
            "UNION BY NAME": "union by name",
        },
        **{"UNION ALL": 3},
    )
    name = draw.name("q")
    p, q = E("p", right.p), E("q", right.q)
    first = draw.pick(
        {
            "the same column": p,
            "a changed column": lambda: changed(draw, p),
            "another column": q,
            "a constant": E(draw.constant(left.p), left.p),
            "NULL": E("null", left.p),
        },
        **{"the same column": 8},
    )
    second = f"select {first.sql} as p, {q.sql} as q, x, k from ({right.sql}) as {name}"
    if "by name" in how and draw.dice.random() < 0.5:
        named = draw.dice.choice((f"{q.sql} as q, {first.sql} as p, x, k", f"k, x, {first.sql} as p, {q.sql} as q"))
        second = f"select {named} from ({right.sql}) as {name}"
    order = " order by all" if draw.chance("set operation ordered", 0.1) else ""
    limit = " limit 4" if order and draw.chance("set operation with LIMIT", 0.3) else ""
    text = f"select p, q, x, k from ({left.sql}) {how} {second}{order}{limit}"
    return Rel(text, united(left.p, first.kind), united(left.q, right.q))


@production("set operations chained", 0.6)
def chained(draw: Draw, depth: int) -> Rel:
    rels = [draw.query(depth), draw.rows(), draw.rows()]
    hows = [draw.dice.choice(("union all", "union", "except", "intersect", "except all")) for _ in range(2)]
    parts = [f"select p, q, x, k from ({rel.sql})" for rel in rels]
    text = f"{parts[0]} {hows[0]} {parts[1]} {hows[1]} {parts[2]}"
    if draw.chance("set operations in parentheses", 0.4):
        text = f"{parts[0]} {hows[0]} ({parts[1]} {hows[1]} {parts[2]})"
    return Rel(text, united(*(rel.p for rel in rels)), united(*(rel.q for rel in rels)))


@production("WITH", 2.5)
def with_(draw: Draw, depth: int) -> Rel:
    inner = draw.query(depth)
    name = draw.name("w")
    how = draw.pick(
        {"WITH plainly": "", "MATERIALIZED": "materialized ", "NOT MATERIALIZED": "not materialized "},
        **{"WITH plainly": 3},
    )
    draw.ctes.append((name, inner))
    body = _reader(draw, depth)
    second = ""
    if draw.chance("two WITH queries", 0.25):
        other = draw.name("w")
        second = f", {other} as ({body.sql})"
        draw.ctes.append((other, body))
        body = _reader(draw, max(depth - 1, 0))
        draw.ctes.pop()
    draw.ctes.pop()
    text = f"select p, q, x, k from ({body.sql})" if body.sql.startswith("with") else body.sql
    return Rel(f"with {name} as {how}({inner.sql}){second} {text}", body.p, body.q)


def _reader(draw: Draw, depth: int) -> Rel:
    """A query that reads the WITH query, mostly twice."""
    if draw.dice.random() < 0.4:
        return draw.query(max(depth, 1))
    name, rel = draw.ctes[-1]
    a, b = (draw.over(rel, f"{name} as {alias}", alias) for alias in (draw.name("c"), draw.name("c")))
    if draw.chance("WITH query read by one reader", 0.15):
        p = changed(draw, a.p)
        return Rel(f"select {shown(p, a.q, a.x, a.k)} from {a.sql}", p.kind, a.q.kind)
    draw.used.add("WITH query read twice")
    if draw.chance("WITH query united with itself", 0.25):
        first, second = changed(draw, a.p), changed(draw, b.p)
        text = f"select {shown(first, a.q, a.x, a.k)} from {a.sql} union all select {shown(second, b.q, b.x, b.k)} from {b.sql}"
        return Rel(text, united(first.kind, second.kind), a.q.kind)
    how = draw.dice.choice(("join", "left join", "left join", "right join", "semi join", "anti join"))
    shown_k = a.k if how in ("semi join", "anti join") else b.k
    x = (
        a.x
        if how in ("semi join", "anti join")
        else f"cast((coalesce({a.x}, 0) * 31 + coalesce({b.x}, 0)) % 9973 as integer)"
    )
    p = changed(draw, a.p)
    return Rel(f"select {shown(p, a.q, x, shown_k)} from {a.sql} {how} {b.sql} on {on(draw, a, b)}", p.kind, a.q.kind)

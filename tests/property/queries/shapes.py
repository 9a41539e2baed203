"""Shapes that stand for everyday models: pivots, deduplication, sessions, as-of balances, week to day."""

from __future__ import annotations

from queries.draw import Draw, E, Rel, production
from queries.expressions import changed, offset
from queries.joins import on
from queries.selects import where


@production("PIVOT", 0.4)
def pivot(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    made = draw.pick(
        {
            "PIVOT in FROM": f"(select p, q, x, k from ({rel.sql})) pivot (count(x) for k in ('a', 'b') group by p)",
            "PIVOT statement": f"(pivot (select p, x, k from ({rel.sql})) on k in ('a', 'b') using count(x) group by p)",
        }
    )
    return Rel(f'select p, p as q, cast("a" * 3 + "b" as integer) as x, \'a\' as k from {made}', rel.p, rel.p)


@production("first or last of a group", 1)
def extremes(draw: Draw, depth: int) -> Rel:
    """When something was seen first or last, and nothing else of it but its keys, mostly."""
    source = draw.source(depth)
    value = changed(draw, source.p)
    extreme = draw.pick({"the first": f"min({value.sql})", "the last": f"max({value.sql})"})
    p = changed(draw, E(extreme, value.kind))
    other = draw.pick(
        {
            "the extreme twice": E(extreme, value.kind),
            "both extremes": E(f"max({value.sql})", value.kind),
            "the extreme of another": E(f"min({source.q.sql})", source.q.kind),
        },
        **{"the extreme twice": 4},
    )
    keys = draw.pick({"extreme per k": (source.k, source.k), "extreme per x": (source.x, "'a'"), "extreme of all": ("", "'a'")}, **{"extreme per k": 3})  # fmt: skip
    x = (
        source.x
        if keys[0] == source.x
        else draw.pick({"nothing counted": "1", "counted too": "count(*)"}, **{"nothing counted": 4})
    )
    by = f" group by {keys[0]}" if keys[0] else ""
    if draw.chance("HAVING an extreme", 0.2):
        by += f" having {extreme} {draw.dice.choice(('>=', '<', '<>'))} {draw.constant(value.kind)}"
    text = f"select {p.sql} as p, {other.sql} as q, cast({x} as integer) as x, {keys[1]} as k from {source.sql}"
    return Rel(f"{text}{where(draw, source, depth, 0.3)}{by}", p.kind, other.kind)


@production("first or last of a join", 0.5)
def joined_extremes(draw: Draw, depth: int) -> Rel:
    a, b = draw.source(depth), draw.source(0)
    owner = draw.dice.choice((a, b))
    how = draw.pick(
        {
            "extreme of an INNER JOIN": "join",
            "extreme of a LEFT JOIN": "left join",
            "extreme of a FULL JOIN": "full join",
        }
    )
    extreme = draw.pick({"the first": f"min({owner.p.sql})", "the last": f"max({owner.p.sql})"})
    text = f"select {extreme} as p, {extreme} as q, 1 as x, {a.k} as k from {a.sql} {how} {b.sql} on {on(draw, a, b)} group by {a.k}"
    return Rel(text, owner.p.kind, owner.p.kind)


@production("latest row per key", 0.6)
def latest(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    name = draw.name("q")
    by = draw.dice.choice(("k", "p", "p, k"))
    text = (
        f"select p, q, x, k from (select *, row_number() over (partition by {by} order by x desc, p, q, k) as r"
        f" from ({rel.sql}) as {name}) where r = 1"
    )
    return Rel(text, rel.p, rel.q)


@production("running total after GROUP BY", 0.8)
def running(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    name = draw.name("q")
    frame = draw.dice.choice(("", " rows between 2 preceding and current row", " rows unbounded preceding"))
    # Days with several texts have ties unless they are told apart.
    by = draw.pick({"total per k": "partition by k order by p", "total over all": "order by p, k"})
    text = (
        f"select p, p as q, cast(sum(x) over ({by}{frame}) % 997 as integer) as x, k"
        f" from (select p, k, count(*) as x from ({rel.sql}) as {name} group by p, k)"
    )
    return Rel(text, rel.p, rel.p)


@production("seen before", 0.8)
def seen_before(draw: Draw, depth: int) -> Rel:
    """Rows whose like was there shortly before, or never before."""
    rel = draw.query(depth)
    a, table = draw.name("q"), draw.table()
    if not (rel.p.is_time and table.p.kind.is_time):
        return rel
    word = draw.pick({"seen before": "exists", "never seen before": "not exists"})
    since = draw.pick({"before": "", "shortly before": f" and {table.p.sql} >= {a}.p - {offset(draw)}"})
    text = f"select p, q, x, k from ({rel.sql}) as {a} where {word} (select 1 from {table.sql} where {table.k} = {a}.k and {table.p.sql} < {a}.p{since})"
    return Rel(text, rel.p, rel.q)

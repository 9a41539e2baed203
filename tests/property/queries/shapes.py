"""Shapes that stand for everyday models: pivots, deduplication, sessions, as-of balances, week to day."""

from __future__ import annotations

from queries.draw import Draw, Rel, production
from queries.expressions import offset


@production("PIVOT", 0.4)
def pivot(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    made = draw.pick(
        {
            "PIVOT in FROM": f"(select p, q, x, k from ({rel.sql})) pivot (count(x) for k in ('a', 'b') group by p)",
            "PIVOT statement": f"(pivot (select p, x, k from ({rel.sql})) on k in ('a', 'b') using count(x) group by p)",
        }
    )
    return Rel(f"select p, p as q, cast(\"a\" * 3 + \"b\" as integer) as x, 'a' as k from {made}", rel.p, rel.p)


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

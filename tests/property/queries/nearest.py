"""Joins to what lies around or before a row: coarser units, ASOF, POSITIONAL, LATERAL."""

from __future__ import annotations

from queries.draw import Draw, E, Kind, Rel, Source, production
from queries.expressions import changed
from queries.joins import HOW, WEIGHTS, on, result
from queries.selects import aggregate, shown


@production("joined to a coarser unit", 0.8)
def coarser(draw: Draw, depth: int) -> Rel:
    """Days with the week or month that they lie in, which has rows of its own."""
    a, inner, name = draw.source(depth), draw.source(0), draw.name("q")
    if not (a.p.kind.is_time and inner.p.kind.is_time):
        return draw.query(depth)
    unit = draw.pick(
        {f"joined to {unit}s": unit for unit in ("week", "month", "quarter", "year")}, **{"joined to weeks": 2}
    )
    start = f"cast(date_trunc('{unit}', {inner.p.sql}) as date)"
    rel = Rel(
        f"select {shown(E(start, Kind.DATE), inner.q, inner.x, inner.k)} from {inner.sql}", Kind.DATE, inner.q.kind
    )
    b = draw.over(rel, f"({rel.sql}) as {name}", name)
    how = draw.pick({name: name for name in ("INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")}, **WEIGHTS)
    tie = draw.pick(
        {
            "truncated to the unit": f"date_trunc('{unit}', {a.p.sql}) = {name}.p",
            "inside of the unit": f"{a.p.sql} >= {name}.p and {a.p.sql} < {name}.p + interval 1 {unit}",
        }
    )
    more = draw.dice.choice(("", "", f" and {a.k} = {name}.k"))
    p, q, x, k = result(draw, a, b, changed(draw, draw.dice.choice((a.p, b.p))))
    return Rel(f"select {shown(p, q, x, k)} from {a.sql} {HOW[how]} {b.sql} on {tie}{more}", p.kind, q.kind)


@production("ASOF", 1.2)
def asof(draw: Draw, depth: int) -> Rel:
    """The right side has one row for each key, so that the nearest row is one row."""
    a, source = draw.source(depth), draw.source(draw.dice.randint(0, depth))
    b = draw.name("q")
    keyed = draw.chance("ASOF with a key", 0.5)
    by = "1, 4" if keyed else "1"
    k = source.k if keyed else f"max({source.k})"
    inner = f"select {shown(source.p, E(f'max({source.q.sql})', source.q.kind), f'max({source.x})', k)} from {source.sql} group by {by}"
    right = Source(f"({inner}) as {b}", b, E(f"{b}.p", source.p.kind), E(f"{b}.q", source.q.kind), f"{b}.x", f"{b}.k")
    if source.is_table and draw.chance("ASOF to a table", 0.5):
        # Of equal keys any row may be found, so that nothing but the key is shown.
        right = Source(source.sql, source.alias, source.p, source.p, "0", source.k if keyed else "'a'")
    how = draw.pick({"ASOF JOIN": "asof join", "ASOF LEFT JOIN": "asof left join"})
    sign = draw.pick(
        {"ASOF back": ">=", "ASOF strictly back": ">", "ASOF ahead": "<=", "ASOF strictly ahead": "<"},
        **{"ASOF back": 3},
    )
    conditions = [f"{a.p.sql} {sign} {right.p.sql}"]
    if keyed:
        conditions.append(f"{a.k} = {right.k}")
    if draw.chance("ASOF with an equal p", 0.25):
        conditions.append(
            f"cast({a.p.sql} as date) = cast({right.p.sql} as date)"
            if a.p.kind.is_time and right.p.kind.is_time
            else f"{a.x} = {right.x}"
        )
    draw.dice.shuffle(conditions)
    owner = draw.dice.choice((a, a, a, right))
    p = changed(draw, owner.p)
    p, q, x, k = result(draw, a, right, p)
    return Rel(
        f"select {shown(p, q, x, k)} from {a.sql} {how} {right.sql} on {' and '.join(conditions)}", p.kind, q.kind
    )


@production("ASOF USING", 0.3)
def asof_using(draw: Draw, depth: int) -> Rel:
    """The last column of USING is compared by >=."""
    a, source = draw.derived(depth), draw.derived(0)
    b = draw.name("q")
    how = draw.pick({"ASOF JOIN": "asof join", "ASOF LEFT JOIN": "asof left join"})
    inner = f"select k, p, max(x) as x from {source.sql} group by all"
    owner = draw.dice.choice((a.alias, a.alias, b))
    text = f"select {owner}.p as p, {a.q.sql} as q, {b}.x as x, {a.k} as k from {a.sql} {how} ({inner}) as {b} using (k, p)"
    return Rel(text, a.p.kind if owner == a.alias else source.p.kind, a.q.kind)


@production("POSITIONAL", 0.25)
def positional(draw: Draw, depth: int) -> Rel:
    left, right = draw.query(depth), draw.query(0)
    a, b = draw.name("q"), draw.name("q")
    text = (
        f"select {a}.p as p, {b}.q as q, {b}.x as x, {a}.k as k from (select * from ({left.sql}) order by all) as {a}"
        f" positional join (select * from ({right.sql}) order by all) as {b}"
    )
    return Rel(text, left.p, right.q)


@production("lateral", 1.2)
def lateral(draw: Draw, depth: int) -> Rel:
    a, b, name = draw.source(depth), draw.source(0), draw.name("l")
    joined = draw.pick(
        {
            "lateral after a comma": ", lateral",
            "lateral without the word": ",",
            "LEFT JOIN LATERAL": " left join lateral",
            "JOIN LATERAL": " join lateral",
        }
    )
    tail = " on true" if "join" in joined else ""
    tie = on(draw, a, b)
    inner = draw.pick(
        {
            "lateral aggregate": f"select {aggregate(draw, b)} as x, max({b.p.sql}) as p from {b.sql} where {tie}",
            "lateral rows": f"select {b.x} as x, {b.p.sql} as p from {b.sql} where {tie}",
            "lateral with LIMIT": f"select {b.x} as x, {b.p.sql} as p from {b.sql} where {tie} order by 1, 2 limit 1",
        }
    )
    p = changed(draw, a.p) if draw.dice.random() < 0.8 else E(f"{name}.p", b.p.kind)
    text = f"select {shown(p, a.q, f'{name}.x', a.k)} from {a.sql}{joined} ({inner}) as {name}{tail}"
    return Rel(text, p.kind, a.q.kind)

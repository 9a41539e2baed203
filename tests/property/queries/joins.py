"""Joins of every kind."""

from __future__ import annotations

from queries.draw import Draw, E, Kind, Rel, Source, production, united
from queries.expressions import changed, condition, offset
from queries.selects import shown, where
from queries.subqueries import predicate
from queries.windows import windowed

HOW = {
    "INNER JOIN": "join",
    "LEFT JOIN": "left join",
    "RIGHT JOIN": "right join",
    "FULL JOIN": "full join",
    "SEMI JOIN": "semi join",
    "ANTI JOIN": "anti join",
}
WEIGHTS = {"INNER JOIN": 2, "LEFT JOIN": 3, "RIGHT JOIN": 1, "FULL JOIN": 1.2, "SEMI JOIN": 0.8, "ANTI JOIN": 0.8}


def on(draw: Draw, a: Source, b: Source) -> str:
    """A join condition."""
    text = _tie(draw, a, b)
    if draw.chance("ON several", 0.35):
        text += " and " + draw.pick(
            {
                "ON more of the left": lambda: condition(draw, a),
                "ON more of the right": lambda: condition(draw, b),
                "ON k too": f"{a.k} = {b.k}",
                "ON x too": f"{a.x} {draw.dice.choice(('<', '<>', '>='))} {b.x}",
                "ON another tie": lambda: _tie(draw, a, b),
                "ON q too": f"{a.q.sql} = {b.p.sql}",
            }
        )
    return text


def _tie(draw: Draw, a: Source, b: Source) -> str:
    p, r = a.p.sql, b.p.sql
    options = {
        "ON p": f"{p} = {r}",
        "ON p changed": lambda: f"{changed(draw, a.p, 3).sql} = {changed(draw, b.p, 3).sql}",
        "ON p and q": f"{p} = {b.q.sql}",
        "ON k": f"{a.k} = {b.k}",
        "ON x": f"{a.x} = {b.x}",
        "ON one-sided": f"{r} {draw.dice.choice(('<', '<=', '>', '>='))} {p}",
        "ON OR": f"({p} = {r} or {a.x} = {b.x})",
        "ON NOT DISTINCT": f"{p} is not distinct from {r}",
        "ON BETWEEN of the right": f"{p} between {r} and {b.q.sql}",
        "ON a subquery": lambda: f"{predicate(draw, a, 0)} and {p} = {r}",
        "ON ANY": lambda: _both_any(draw, p, r),
        "ON coalesce": f"{p} = coalesce({r}, {b.q.sql})",
        "ON true": "true",
    }
    if a.p.kind.is_time and b.p.kind.is_time:
        options |= {
            "ON offset": lambda: f"{r} = {p} {draw.dice.choice('+-')} {offset(draw)}",
            "ON range back": lambda: f"{r} between {p} - {offset(draw)} and {p}",
            "ON range": lambda: f"{r} between {p} - {offset(draw)} and {p} + {offset(draw)}",
            "ON two inequalities": lambda: f"{r} > {p} - {offset(draw)} and {p} >= {r}",
            "ON inequalities ahead": lambda: f"{r} + {offset(draw)} > {p} and {r} <= {changed(draw, a.p, 1).sql}",
            "ON one-sided with offset": lambda: f"{r} {draw.dice.choice(('<=', '>'))} {p} - {offset(draw)}",
            "ON another unit": lambda: _other_unit(draw, a, b),
        }
    if a.p.kind is b.p.kind is Kind.INT:
        far, near = draw.dice.randrange(1, 5), draw.dice.randrange(3)
        options |= {
            "ON numbers between": f"{r} between {p} - {far} and {p} + {near}",
            "ON numbers apart": f"{r} = {p} - {far}",
            "ON numbers below": f"{r} < {p} + {near} and {r} + {far} >= {p}",
            "ON a step of numbers": f"{r} = {p} // {far}",
        }
    return draw.pick(options, **{"ON p": 5, "ON p changed": 2.5, "ON true": 0.3, "ON range back": 1.5})


def _both_any(draw: Draw, p: str, r: str) -> str:
    inner = draw.table()
    subquery = f"any (select {inner.p.sql} from {inner.sql})"
    return f"{p} = {subquery} and {r} = {subquery}"


def _other_unit(draw: Draw, a: Source, b: Source) -> str:
    unit = draw.dice.choice(("week", "month", "quarter", "year", "day"))
    finer, coarser = draw.dice.choice(((a, b), (b, a)))
    if draw.dice.random() < 0.5:
        return f"date_trunc('{unit}', {finer.p.sql}) = date_trunc('{unit}', {coarser.p.sql})"
    return f"date_trunc('{unit}', {finer.p.sql}) = {coarser.p.sql}"


def result(draw: Draw, a: Source, b: Source, p: E | None = None) -> tuple[E, E, str, str]:
    """The four columns made of both sides."""
    first, second = draw.dice.choice(((a, b), (a, b), (b, a)))
    if p is None:
        kind = united(a.p.kind, b.p.kind)
        p = draw.pick(
            {
                "p of one side": lambda: changed(draw, first.p),
                "p coalesced of both": E(f"coalesce({first.p.sql}, {second.p.sql})", kind),
                "p of both by case": E(f"case when {first.x} is null then {second.p.sql} else {first.p.sql} end", kind),
                "p greatest of both": E(f"greatest({first.p.sql}, {second.p.sql})", kind),
            },
            **{"p of one side": 8, "p coalesced of both": 2, "p of both by case": 0.3, "p greatest of both": 0.3},
        )
    x = f"cast((coalesce({a.x}, 0) * 31 + coalesce({b.x}, -1)) % 9973 as integer)"
    return p, second.q, x, draw.dice.choice((a.k, b.k))


def _where_both(draw: Draw, a: Source, b: Source, depth: int) -> str:
    if not draw.chance("WHERE after a join", 0.5):
        return ""
    text = draw.pick(
        {
            "WHERE x differ": f"{a.x} <> {b.x}",
            "WHERE p equal": f"{a.p.sql} = {b.p.sql}",
            "WHERE p changed equal": lambda: f"{changed(draw, a.p, 1).sql} = {changed(draw, b.p, 1).sql}",
            "WHERE the right IS NULL": f"{b.p.sql} is null",
            "WHERE the left IS NULL": f"{a.x} is null",
            "WHERE q equal": f"{a.q.sql} = {b.q.sql}",
            "WHERE coalesce": f"coalesce({b.x}, 9) > 3",
            "WHERE one-sided": f"{a.p.sql} <= {b.p.sql}",
            "WHERE of the right": lambda: condition(draw, b),
            "WHERE of the left": lambda: condition(draw, a),
            "WHERE subquery of a join": lambda: predicate(draw, draw.dice.choice((a, b)), depth),
            "WHERE OR of both": f"({a.p.sql} = {b.p.sql} or {b.x} is null)",
        }
    )
    return f" where {text}"


@production("join", 6)
def join(draw: Draw, depth: int) -> Rel:
    a, b = draw.source(depth), draw.source(draw.dice.randint(0, depth))
    feature = draw.pick({name: name for name in HOW}, **WEIGHTS)
    if feature in ("SEMI JOIN", "ANTI JOIN"):
        p = changed(draw, a.p)
        text = f"select {shown(p, a.q, a.x, a.k)} from {a.sql} {HOW[feature]} {b.sql} on {on(draw, a, b)}"
        return Rel(text + where(draw, a, depth, 0.2), p.kind, a.q.kind)
    p, q, x, k = result(draw, a, b)
    tie = on(draw, a, b)
    if draw.chance("ON the output column", 0.04):
        tie = f"{draw.dice.choice((a, b)).q.sql} = {p.sql} and {draw.dice.choice((tie, 'true'))}"
    tail = f"from {a.sql} {HOW[feature]} {b.sql} on {tie}{_where_both(draw, a, b, depth)}"
    if draw.chance("join then GROUP BY", 0.15):
        x, k = f"cast(count({b.x}) + coalesce(sum({b.x}), 0) % 997 as integer)", f"max({k})"
        return Rel(f"select {shown(p, E(f'min({q.sql})', q.kind), x, k)} {tail} group by 1", p.kind, q.kind)
    if draw.chance("join with a window function", 0.12):
        both = Source("", "", p, q, f"({x})", k)
        x = windowed(draw, both, p)
    return Rel(f"select {shown(p, q, x, k)} {tail}", p.kind, q.kind)


@production("three joined", 1.5)
def chain(draw: Draw, depth: int) -> Rel:
    a, b, c = draw.source(depth), draw.source(0), draw.source(0)
    hows = {name: how for name, how in HOW.items() if name not in ("SEMI JOIN", "ANTI JOIN")}
    first, second = draw.pick(dict(hows), **WEIGHTS), draw.pick(dict(hows), **WEIGHTS)
    left = draw.dice.choice((a, b, b)) if draw.chance("joined to what was joined", 0.5) else a
    kind = united(a.p.kind, b.p.kind)
    if "full" in first and draw.chance("joined on the coalesce of a FULL JOIN", 0.6):
        left = Source("", "", E(f"coalesce({a.p.sql}, {b.p.sql})", kind), a.q, a.x, b.k)
    p = None
    if "full" in first and draw.dice.random() < 0.6:
        draw.used.add("FULL JOINs coalesced")
        p = E(f"coalesce({a.p.sql}, {b.p.sql}, {c.p.sql})", united(kind, c.p.kind))
    p, q, x, k = result(draw, draw.dice.choice((a, b)), c, p)
    text = (
        f"select {shown(p, q, x, k)} from {a.sql} {first} {b.sql} on {on(draw, a, b)}"
        f" {second} {c.sql} on {on(draw, left, c)}{_where_both(draw, draw.dice.choice((a, b)), c, depth)}"
    )
    return Rel(text, p.kind, q.kind)


@production("USING", 1.5)
def using(draw: Draw, depth: int) -> Rel:
    a, b = draw.derived(depth), draw.derived(draw.dice.randint(0, depth))
    feature = draw.pick({name: name for name in HOW}, **WEIGHTS)
    columns = draw.pick(
        {"USING p": "p", "USING p and k": "p, k", "USING k": "k", "USING p and q": "q, p"}, **{"USING p": 3}
    )
    merged = E("p" if "p" in columns else a.p.sql, united(a.p.kind, b.p.kind))
    p = merged if draw.dice.random() < 0.6 else changed(draw, draw.dice.choice((merged, a.p)))
    if feature in ("SEMI JOIN", "ANTI JOIN"):
        text = f"select {shown(a.p, a.q, a.x, a.k)} from {a.sql} {HOW[feature]} {b.sql} using ({columns})"
        return Rel(text, a.p.kind, a.q.kind)
    p, q, x, k = result(draw, a, b, p)
    text = f"select {shown(p, q, x, k)} from {a.sql} {HOW[feature]} {b.sql} using ({columns})"
    if draw.chance("USING twice", 0.3):
        c = draw.derived(0)
        how = draw.pick({n: h for n, h in HOW.items() if n not in ("SEMI JOIN", "ANTI JOIN")}, **WEIGHTS)
        return Rel(f"{text} {how} {c.sql} using ({draw.dice.choice((columns, 'p'))})", p.kind, q.kind)
    return Rel(text + _where_both(draw, a, b, depth), p.kind, q.kind)


@production("NATURAL JOIN", 0.6)
def natural(draw: Draw, depth: int) -> Rel:
    left, right = draw.query(depth), draw.query(0)
    a, b = draw.name("q"), draw.name("q")
    how = draw.pick(
        {"NATURAL INNER": "natural join", "NATURAL LEFT": "natural left join", "NATURAL FULL": "natural full join"}
    )
    kept = draw.dice.choice(("p, x as y", "p, k, x as y"))
    text = f"select p, q, cast((coalesce(x, 0) * 31 + coalesce(y, 0)) % 9973 as integer) as x, {a}.k as k from ({left.sql}) as {a} {how} (select {kept} from ({right.sql})) as {b}"
    return Rel(text, united(left.p, right.p), left.q)


@production("comma join", 0.8)
def comma(draw: Draw, depth: int) -> Rel:
    a, b = draw.source(depth), draw.source(0)
    p, q, x, k = result(draw, a, b)
    between = draw.pick({"comma": ", ", "CROSS JOIN": " cross join "})
    text = f"select {shown(p, q, x, k)} from {a.sql}{between}{b.sql}"
    if draw.chance("comma then JOIN", 0.3):
        c = draw.source(0)
        how = draw.pick({"comma then INNER": "join", "comma then LEFT": "left join", "comma then RIGHT": "right join"})
        text += f" {how} {c.sql} on {on(draw, b, c)}"
        b = draw.dice.choice((b, c))
    if draw.chance("comma without a condition", 0.1):
        return Rel(text, p.kind, q.kind)
    return Rel(f"{text} where {on(draw, a, b)}", p.kind, q.kind)


@production("join in parentheses", 0.5)
def nested(draw: Draw, depth: int) -> Rel:
    a, b, c = draw.source(depth), draw.source(0), draw.source(0)
    outer = draw.dice.choice(("left join", "join", "right join", "full join"))
    inner = draw.dice.choice(("join", "left join", "full join"))
    p, q, x, k = result(draw, a, b)
    text = f"select {shown(p, q, x, k)} from {a.sql} {outer} ({b.sql} {inner} {c.sql} on {on(draw, b, c)}) on {on(draw, a, b)}"
    return Rel(text, p.kind, q.kind)


@production("unnest in FROM", 0.3)
def unnested(draw: Draw, depth: int) -> Rel:
    a, name = draw.source(depth), draw.name("u")
    p = changed(draw, a.p)
    listed = draw.dice.choice((f"[{a.x}, 7]", "[1, 2]", f"range({a.x} % 3)"))
    return Rel(
        f"select {shown(p, a.q, f'cast({name}.u as integer)', a.k)} from {a.sql}, unnest({listed}) as {name}(u)",
        p.kind,
        a.q.kind,
    )

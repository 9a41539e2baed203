"""Subqueries in conditions and in place of a value, correlated or not."""

from __future__ import annotations

from dataclasses import replace

from queries.draw import Draw, E, Kind, Source
from queries.expressions import changed, condition, connected, offset
from queries.nested import rich


def predicate(draw: Draw, outer: Source, depth: int) -> str:
    """A condition with a subquery."""
    return draw.pick(
        {
            "IN subquery": lambda: _in(draw, outer, depth, "in"),
            "NOT IN subquery": lambda: _in(draw, outer, depth, "not in"),
            "IN of several columns": lambda: _in_tuple(draw, outer, depth),
            "EXISTS": lambda: f"exists ({_correlated(draw, outer, depth, '1')})",
            "NOT EXISTS": lambda: f"not exists ({_correlated(draw, outer, depth, '1')})",
            "ANY": lambda: _quantified(draw, outer, depth, "any"),
            "ALL": lambda: _quantified(draw, outer, depth, "all"),
            "compared with a scalar": lambda: f"{outer.x} {_sign(draw)} {scalar(draw, outer, depth)}",
            "p compared with a scalar": lambda: _with_extreme(draw, outer, depth),
            "subquery OR": lambda: f"({_in(draw, outer, depth, 'in')} or {condition(draw, outer)})",
            "subquery under NOT": lambda: f"not ({outer.x} > 2 and {_in(draw, outer, depth, 'in')})",
            "alias of the outer query again": lambda: _shadowing(draw, outer),
            "rich subquery": lambda: rich(draw, outer, _tie),
            "IN subquery of x": lambda: _in_plain(draw, outer, depth),
        },
        **{"IN subquery": 2, "EXISTS": 2.5, "NOT EXISTS": 2, "rich subquery": 3},
    )


def scalar(draw: Draw, outer: Source, depth: int) -> str:
    """An integer from a subquery."""
    return draw.pick(
        {
            "correlated count": lambda: f"({_correlated(draw, outer, depth, 'count(*)')})",
            "correlated sum": lambda: _correlated_sum(draw, outer, depth),
            "uncorrelated count": lambda: f"(select count(*) from {_inner(draw, depth).sql})",
            "uncorrelated average": lambda: _average(draw, depth),
            "correlated with LIMIT": lambda: _first(draw, outer, depth),
        },
        **{"correlated count": 2.5, "correlated sum": 1.5},
    )


def _sign(draw: Draw) -> str:
    return draw.dice.choice(("=", "<", ">", "<=", ">=", "<>"))


def _inner(draw: Draw, depth: int) -> Source:
    return draw.source(min(depth, 1) if draw.dice.random() < 0.3 else 0)


def _in(draw: Draw, outer: Source, depth: int, how: str) -> str:
    inner = _inner(draw, depth)
    left = changed(draw, outer.p).sql
    text = f"select {changed(draw, inner.p).sql} from {inner.sql}"
    if draw.chance("IN subquery filtered", 0.4):
        text += f" where {draw.dice.choice((condition(draw, inner), _tie(draw, outer, inner)))}"
    return f"{left} {how} ({text})"


def _shadowing(draw: Draw, outer: Source) -> str:
    """The subquery calls its table as the outer query calls its own, and so means its own."""
    inner = draw.table()
    inner = replace(inner, sql=inner.sql.replace(inner.alias, outer.alias), alias=outer.alias)
    own = {name: f"{outer.alias}.{name}" for name in ("x", "k")}
    p, q = (E(f"{outer.alias}.{each.sql.partition('.')[2]}", each.kind) for each in (inner.p, inner.q))
    inner = replace(inner, p=p, q=q, **own)
    word = draw.dice.choice(("in", "in", "not in"))
    return f"{outer.x} {word} (select {inner.x} from {inner.sql} where {condition(draw, inner)})"


def _in_plain(draw: Draw, outer: Source, depth: int) -> str:
    inner = _inner(draw, depth)
    return f"{outer.x} {draw.dice.choice(('in', 'not in'))} (select {inner.x} from {inner.sql} where {_tie(draw, outer, inner)})"


def _in_tuple(draw: Draw, outer: Source, depth: int) -> str:
    inner = _inner(draw, depth)
    how = draw.dice.choice(("in", "in", "not in"))
    return f"({outer.p.sql}, {outer.k}) {how} (select {inner.p.sql}, {inner.k} from {inner.sql})"


def _tie(draw: Draw, outer: Source, inner: Source) -> str:
    """A condition that ties the subquery to the rows around it."""
    a, b = outer.p.sql, inner.p.sql
    options = {
        "tied by p": f"{b} = {a}",
        "tied by p changed": lambda: f"{changed(draw, inner.p, 1).sql} = {changed(draw, outer.p, 1).sql}",
        "tied by k": f"{inner.k} = {outer.k}",
        "tied by x": f"{inner.x} <> {outer.x} and {b} = {a}",
        "tied by q": f"{inner.q.sql} = {a}",
        "tied by nothing": f"{inner.x} > 2",
        "tied one-sided": f"{b} {_sign(draw)} {a}",
        "tied without NULL": f"{b} is not distinct from {a}",
        "tied by OR": f"({b} = {a} or {inner.x} = {outer.x})",
    }
    if outer.p.kind.is_time and inner.p.kind.is_time:
        options |= {
            "tied by a range": lambda: f"{b} between {a} - {offset(draw)} and {a}",
            "tied by a range ahead": lambda: f"{b} >= {a} and {b} < {a} + {offset(draw)}",
            "tied by an offset": lambda: f"{b} = {a} - {offset(draw)}",
        }
    if outer.p.kind is inner.p.kind is Kind.INT:
        far = draw.dice.randrange(1, 4)
        options |= {
            "tied by numbers": f"{b} between {a} - {far} and {a}",
            "tied by numbers apart": f"{b} = {a} + {far}",
        }
    return draw.pick(options, **{"tied by p": 3})


def _correlated(draw: Draw, outer: Source, depth: int, shown: str) -> str:
    inner = _inner(draw, depth)
    text = f"select {shown} from {inner.sql} where {_tie(draw, outer, inner)}"
    if draw.dice.random() < 0.3:
        text += f" and {condition(draw, inner)}"
    return text


def _correlated_sum(draw: Draw, outer: Source, depth: int) -> str:
    inner = _inner(draw, depth)
    return f"(select cast(sum({inner.x}) % 997 as integer) from {inner.sql} where {_tie(draw, outer, inner)})"


def _average(draw: Draw, depth: int) -> str:
    inner = _inner(draw, depth)
    return f"(select cast(avg({inner.x}) as integer) from {inner.sql})"


def _first(draw: Draw, outer: Source, depth: int) -> str:
    inner = _inner(draw, depth)
    return f"(select {inner.x} from {inner.sql} where {_tie(draw, outer, inner)} order by {inner.x} desc limit 1)"


def _quantified(draw: Draw, outer: Source, depth: int, word: str) -> str:
    inner = _inner(draw, depth)
    tie = f" where {_tie(draw, outer, inner)}" if draw.dice.random() < 0.3 else ""
    text = f"{outer.p.sql} {_sign(draw)} {word} (select {inner.p.sql} from {inner.sql}{tie})"
    if draw.chance("ANY with one more condition", 0.2):
        return connected(draw, text, condition(draw, outer))
    return text


def _with_extreme(draw: Draw, outer: Source, depth: int) -> str:
    inner = _inner(draw, depth)
    tie = f" where {_tie(draw, outer, inner)}" if draw.dice.random() < 0.5 else ""
    return (
        f"{outer.p.sql} {_sign(draw)} (select {draw.dice.choice(('min', 'max'))}({inner.p.sql}) from {inner.sql}{tie})"
    )


def value(draw: Draw, outer: Source, depth: int) -> E:
    """A moment or value from a subquery."""
    inner = _inner(draw, depth)
    return E(f"(select max({inner.p.sql}) from {inner.sql} where {_tie(draw, outer, inner)})", inner.p.kind)

"""Recursive WITH queries, calendars and VALUES."""

from __future__ import annotations

from datetime import timedelta

from queries.draw import Draw, E, Kind, Mode, Rel, Source, production
from queries.expressions import changed
from queries.joins import on
from queries.selects import aggregate, shown


@production("recursive", 0.5)
def recursive(draw: Draw, depth: int) -> Rel:
    a, name = draw.source(depth), draw.name("r")
    step = "p"
    if draw.mode is Mode.TIME and draw.chance("recursion moves p", 0.6):
        step = "p + 1" if a.p.kind is Kind.DATE else "p + interval 1 day"
    elif a.p.kind is Kind.INT:
        step = "p + 1"
    first = f"select {shown(a.p, a.q, '1', a.k)} from {a.sql}"
    if draw.chance("recursion joins a table", 0.4):
        b = draw.table()
        again = f"select {b.p.sql}, {name}.q, {name}.x + 1, {name}.k from {name} join {b.sql} on {b.q.sql} = {name}.p where {name}.x < 3"
    else:
        again = f"select {step}, q, x + 1, k from {name} where x < 3"
    union = draw.pick({"recursive UNION ALL": "union all", "recursive UNION": "union"})
    p = changed(draw, E("p", a.p.kind))
    return Rel(
        f"with recursive {name} as ({first} {union} {again}) select {shown(p, E('q', a.q.kind), 'x', 'k')} from {name}",
        p.kind,
        a.q.kind,
    )


@production("calendar", 1.2)
def calendar(draw: Draw, depth: int) -> Rel:
    """All days, or all values, with what the data has for them."""
    a, name = draw.source(depth), draw.name("s")
    spine = _spine(draw, a.p.kind, name)
    draw.used.add("calendar LEFT JOIN")
    tie = on(draw, spine, a)
    if draw.chance("calendar counted", 0.6):
        text = f"select {spine.p.sql} as p, min({a.q.sql}) as q, {aggregate(draw, a)} as x, max({a.k}) as k from {spine.sql} left join {a.sql} on {tie} group by 1"
    else:
        text = f"select {shown(spine.p, a.q, a.x, a.k)} from {spine.sql} left join {a.sql} on {tie}"
    return Rel(text, spine.p.kind, a.q.kind)


def _spine(draw: Draw, kind: Kind, name: str) -> Source:
    first = draw.world.first.date()
    last = first + timedelta(days=min(draw.world.days, 12))
    if kind.is_time:
        days = f"date '{first}', date '{last}', interval 1 day"
        sql = draw.pick(
            {
                "generate_series": f"(select cast(u as date) as p from generate_series({days}) as g(u)) as {name}",
                "series of days in SELECT": f"(select cast(generate_series({days}) as date) as p) as {name}",
                "range": f"(select u as p from range({days}) as g(u)) as {name}",
                "unnest of a series": f"(select cast(unnest(generate_series({days})) as date) as p) as {name}",
                "recursive calendar": f"(with recursive d as (select date '{first}' as p union all select p + 1 from d where p < date '{last}') select p from d) as {name}",
                "VALUES": f"(values (date '{first}'), (date '{first + timedelta(days=1)}'), (null)) as {name}(p)",
                "days of a table": _days_of_a_table(draw, name),
            },
            **{"days of a table": 2},
        )
        made = Kind.NAIVE if "u as p" in sql and "cast" not in sql else Kind.DATE
    else:
        some = ", ".join(f"({draw.constant(kind)})" for _ in range(3))
        sql, made = (
            draw.pick({"VALUES": f"(values {some}) as {name}(p)", "values of a table": _days_of_a_table(draw, name)}),
            kind,
        )
    return Source(sql, name, E(f"{name}.p", made), E(f"{name}.p", made), "1", "'a'")


def _days_of_a_table(draw: Draw, name: str) -> str:
    table = draw.table()
    p = f"cast({table.p.sql} as date)" if table.p.kind.is_time else table.p.sql
    return f"(select distinct {p} as p from {table.sql}) as {name}"


@production("VALUES united", 0.3)
def values(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    rows = ", ".join(
        f"({draw.constant(rel.p)}, {draw.constant(rel.q)}, {draw.dice.randrange(9)}, 'a')" for _ in range(2)
    )
    return Rel(
        f"select p, q, x, k from ({rel.sql}) union all select * from (values {rows}) as v(p, q, x, k)", rel.p, rel.q
    )

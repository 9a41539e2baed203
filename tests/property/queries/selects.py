"""One SELECT over one source: projections, filters, DISTINCT, GROUP BY, windows, LIMIT."""

from __future__ import annotations

from queries.draw import Draw, E, Kind, Rel, Source, production
from queries.expressions import changed, condition, connected, key
from queries.only_postgres import series
from queries.subqueries import predicate, scalar
from queries.windows import named, windowed


def where(draw: Draw, source: Source, depth: int, probability: float = 0.45) -> str:
    """A WHERE clause, or nothing."""
    if not draw.chance("WHERE", probability):
        return ""
    text = _some_condition(draw, source, depth)
    if draw.chance("conditions connected", 0.4):
        text = connected(draw, text, _some_condition(draw, source, depth))
    return f" where {text}"


def _some_condition(draw: Draw, source: Source, depth: int) -> str:
    return predicate(draw, source, depth) if draw.chance("subquery in WHERE", 0.3) else condition(draw, source)


def shown(p: E, q: E, x: str, k: str) -> str:
    return f"{p.sql} as p, {q.sql} as q, {x} as x, {k} as k"


@production("plain SELECT", 3)
def plain(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p, q, x = key(draw, source), source.q, source.x
    if draw.chance("scalar subquery in SELECT", 0.1):
        x = scalar(draw, source, depth)
    elif draw.chance("predicate in SELECT", 0.06):
        x = f"cast({predicate(draw, source, depth)} as integer)"
    elif draw.chance("unnest in SELECT", 0.04):
        x = f"unnest([{source.x}, {draw.dice.randrange(5)}])"
    elif draw.chance("series in SELECT", 0.04):
        x = series(draw, source.x)
    elif draw.chance("subquery as p", 0.02):
        p = E(f"(select {p.sql})", p.kind)
    if draw.chance("q made from p", 0.12):
        q = changed(draw, source.p, 2)
    order = " order by all" if draw.chance("ORDER BY", 0.08) else ""
    text = f"select {shown(p, q, x, source.k)} from {source.sql}{where(draw, source, depth)}{order}"
    return Rel(text, p.kind, q.kind)


@production("DISTINCT", 1)
def distinct(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p, k = key(draw, source), draw.dice.choice((source.k, "'a'"))
    text = f"select distinct {shown(p, source.q, '1', k)} from {source.sql}{where(draw, source, depth)}"
    return Rel(text, p.kind, source.q.kind)


@production("DISTINCT ON", 1)
def distinct_on(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p = key(draw, source)
    on = draw.pick(
        {
            "DISTINCT ON p": "p",
            "DISTINCT ON p and k": "p, k",
            "DISTINCT ON the expression": f"{p.sql}, {source.k}",
            "DISTINCT ON what p is made of": source.p.sql,
            "DISTINCT ON k": "k",
            "DISTINCT ON q": "q",
        },
        **{"DISTINCT ON p": 2},
    )
    order = draw.pick(
        {
            "first by p": "p, q, x, k",
            "last by p": "p desc, q, x, k",
            "first by p with NULLs first": "p nulls first, x, q, k",
            "last by p with NULLs last": "p desc nulls last, x, q, k",
            "first by q": "q desc, x, p, k",
            "first by x": "x desc nulls first, k, p desc, q",
        },
        **{"first by p": 2, "last by p with NULLs last": 2},
    )
    x = windowed(draw, source, p) if draw.chance("DISTINCT ON with a window function", 0.1) else source.x
    text = (
        f"select distinct on ({on}) {shown(p, source.q, x, source.k)} from {source.sql}"
        f"{where(draw, source, depth)} order by {on}, {order}"
    )
    return Rel(text, p.kind, source.q.kind)


@production("LIMIT", 0.35)
def limit(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    number = draw.dice.randrange(1, 8)
    cut = draw.pick({"LIMIT n": f"limit {number}", "OFFSET": f"offset {number}", "LIMIT and OFFSET": f"limit {number} offset 1"})  # fmt: skip
    order = draw.dice.choice(("p, q, x, k", "x desc, k, p, q", "k, x, q, p"))
    if draw.chance("LIMIT in parentheses", 0.3):
        more = draw.rows()
        if (more.p, more.q) == (rel.p, rel.q):
            text = f"(select * from ({rel.sql}) order by {order} {cut}) union all {more.sql}"
            return Rel(text, rel.p, rel.q)
    if draw.chance("LIMIT behind parentheses", 0.15):
        return Rel(f"(select p, q, x, k from ({rel.sql})) order by {order} {cut}", rel.p, rel.q)
    return Rel(f"select p, q, x, k from ({rel.sql}) order by {order} {cut}", rel.p, rel.q)


@production("window function", 4)
def window(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p = key(draw, source)
    x = windowed(draw, source, p)
    q = source.q
    if draw.chance("window function as q", 0.08):
        q = E(f"max({source.p.sql}) over (partition by {source.k})", source.p.kind)
    elif draw.chance("two window functions", 0.15):
        x = f"coalesce({x}, 0) * 3 + coalesce({windowed(draw, source, p)}, 0)"
    clauses = ""
    if draw.chance("named window", 0.15):
        x, definition = named(draw, source, p)
        clauses = f" window {definition}"
    if draw.chance("QUALIFY", 0.2):
        compared = draw.dice.choice(("= 1", "< 3", "<> 2", "> 0", "is not null"))
        clauses += f" qualify {windowed(draw, source, p)} {compared}"
    if draw.chance("window function as p", 0.04):
        p = E(f"lag({p.sql}) over (order by {', '.join(source.columns)})", p.kind)
    text = f"select {shown(p, q, x, source.k)} from {source.sql}{where(draw, source, depth, 0.25)}{clauses}"
    return Rel(text, p.kind, q.kind)


@production("window filtered outside", 0.8)
def window_filtered(draw: Draw, depth: int) -> Rel:
    """What QUALIFY does, in the old way."""
    source = draw.source(depth)
    p = changed(draw, source.p)
    text = f"select {shown(p, source.q, source.x, source.k)}, {windowed(draw, source, p)} as r from {source.sql}"
    compared = draw.dice.choice(("= 1", "< 3", "> 1"))
    return Rel(f"select p, q, x, k from ({text}) where r {compared}", p.kind, source.q.kind)


@production("GROUP BY", 4)
def group(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p = key(draw, source)
    x, q = aggregate(draw, source), E(f"{draw.dice.choice(('min', 'max'))}({source.q.sql})", source.q.kind)
    k, by_k = _grouped_text(draw, source)
    expressions = f"{p.sql}, {source.k}" if by_k else p.sql
    by = draw.pick(
        {
            "GROUP BY ordinals": "1, 4" if by_k else "1",
            "GROUP BY expressions": expressions,
            "GROUP BY ALL": "all",
            "GROUP BY what p is made of": expressions.replace(p.sql, source.p.sql, 1),
            "GROUP BY more": f"{expressions}, {source.q.sql}",
            "GROUPING SETS": f"grouping sets (({expressions}), ({source.k}))" if by_k else f"grouping sets (({p.sql}), ())",
            "GROUPING SETS with p": f"grouping sets (({expressions}), ({p.sql}, {source.q.sql}))" if by_k else f"grouping sets (({p.sql}), ({p.sql}, {source.q.sql}))",
            "ROLLUP": f"rollup ({expressions})",
            "ROLLUP behind p": f"{p.sql}, rollup ({source.k})" if by_k else f"{p.sql}, rollup ({source.q.sql})",
            "CUBE": f"cube ({expressions})",
        },
        **{
            "GROUP BY ordinals": 3, "GROUP BY expressions": 3, "GROUP BY ALL": 2, "GROUP BY what p is made of": 0.6,
            "CUBE": 0.4, "ROLLUP": 0.4, "GROUPING SETS": 0.4, "ROLLUP behind p": 0.6, "GROUPING SETS with p": 0.6,
        },
    )  # fmt: skip
    having = ""
    if draw.chance("HAVING", 0.2):
        having = " having " + draw.pick(
            {
                "HAVING count": "count(*) > 1",
                "HAVING max": f"max({source.x}) > 3",
                "HAVING key": f"{p.sql} <> {draw.constant(p.kind)}",
                "HAVING subquery": lambda: f"max({source.x}) in (select x from {draw.table().sql})",
                "HAVING scalar": lambda: f"count(*) >= (select count(*) from {draw.table().sql}) / 5",
            }
        )
    text = f"select {shown(p, q, x, k)} from {source.sql}{where(draw, source, depth, 0.3)} group by {by}{having}"
    if draw.chance("window over groups", 0.12):
        back = "interval 2 day" if p.kind.is_time else "current row" if p.kind is not Kind.INT else "1"
        frame = f"range between {back}{' preceding' if back != 'current row' else ''} and current row"
        over = draw.pick(
            {
                "groups PARTITION BY": f"partition by {p.sql}",
                "groups RANGE": f"order by {p.sql} {frame}",
                "groups in order": f"order by {p.sql}",
            }
        )
        total = f"sum(count(*)) over ({over})"
        text = text.replace(f"{x} as x", f"cast({total} as integer) as x", 1)
    return Rel(text, p.kind, q.kind)


@production("GROUP BY alias", 0.7)
def group_by_alias(draw: Draw, depth: int) -> Rel:
    """Only where no column of the source is called as the alias is."""
    source = draw.table()
    p = changed(draw, source.p)
    by = draw.dice.choice(("p, q", "p, 2", "q, p"))
    text = f"select {p.sql} as p, {source.q.sql} as q, {aggregate(draw, source)} as x, max({source.k}) as k from {source.sql}{where(draw, source, depth)} group by {by}"
    return Rel(text, p.kind, source.q.kind)


@production("GROUP BY without p", 0.6)
def group_without(draw: Draw, depth: int) -> Rel:
    source = draw.source(depth)
    p = E(f"{draw.dice.choice(('min', 'max'))}({source.p.sql})", source.p.kind)
    if draw.chance("aggregate without GROUP BY", 0.5):
        text = f"select {shown(p, E(f'max({source.q.sql})', source.q.kind), aggregate(draw, source), f'min({source.k})')} from {source.sql}"
    else:
        text = f"select {shown(p, source.q, aggregate(draw, source), source.k)} from {source.sql} group by 2, 4"
    return Rel(text, p.kind, source.q.kind)


@production("constant beside an aggregate", 0.25)
def constant_aggregate(draw: Draw, depth: int) -> Rel:
    """One row, whatever is read."""
    source = draw.source(depth)
    some = draw.constant(source.p.kind)
    text = f"select {some} as p, {some} as q, {aggregate(draw, source)} as x, min({source.k}) as k from {source.sql}"
    if draw.chance("the constant in WHERE", 0.6):
        text += f" where {source.p.sql} {draw.dice.choice(('=', '<=', '>='))} {some}"
    return Rel(text, source.p.kind, source.p.kind)


def aggregate(draw: Draw, source: Source) -> str:
    """An integer that does not depend on the order of rows."""
    p, q, x, k = source.columns
    made = draw.pick(
        {
            "count": "count(*)",
            "count of p": f"count({draw.dice.choice((p, q, k))})",
            "sum": f"sum({x}) % 997",
            "min or max": f"{draw.dice.choice(('min', 'max'))}({x})",
            "count distinct": f"count(distinct {draw.dice.choice((p, q, k, x))})",
            "FILTER": lambda: f"count(*) filter (where {condition(draw, source)})",
            "sum with FILTER": f"coalesce(sum({x}) filter (where {x} > 2), 0) % 997",
            "median": f"median({x})",
            "bool_or": f"bool_or({x} > 4)",
            "arg_max": f"arg_max({x}, {x})",
            "ordered list": f"list({x} order by {x} desc nulls last)[1]",
            "ordered string_agg": f"length(string_agg({k}, ',' order by {k}, {x}))",
            "avg": f"round(avg({x}))",
        }
    )
    return f"cast({made} as integer)"


def _grouped_text(draw: Draw, source: Source) -> tuple[str, bool]:
    if draw.dice.random() < 0.5:
        return source.k, True
    made = draw.pick(
        {
            "min of k": f"min({source.k})",
            "string_agg with ORDER BY": f"left(string_agg({source.k}, ',' order by {source.k} desc, {source.x}), 9)",
        }
    )
    return made, False


@production("p made anew", 0.5)
def made_anew(draw: Draw, depth: int) -> Rel:
    """The columns of a query exchanged, so that what was `p` is not followed any more."""
    rel = draw.query(depth)
    alias = draw.name("q")
    p = changed(draw, E(f"{alias}.q", rel.q))
    return Rel(
        f"select {shown(p, E(f'{alias}.p', rel.p), f'{alias}.x', f'{alias}.k')} from ({rel.sql}) as {alias}",
        p.kind,
        rel.p,
    )


@production("star", 0.3)
def star(draw: Draw, depth: int) -> Rel:
    rel = draw.query(depth)
    listed = draw.pick(
        {
            "star": "*",
            "star of FROM first": "",
            "star replaced": "* replace (x + 1 as x)",
            "star excluded": "* exclude (x, k), x, k",
        }
    )
    text = f"select {listed} from ({rel.sql})" if listed else f"from ({rel.sql})"
    return Rel(text, rel.p, rel.q)

"""Window functions whose results do not depend on how ties are broken.

Where the order of ties could matter, rows are ordered by all their columns: what is tied then is the same.
"""

from __future__ import annotations

from queries.draw import Draw, E, Kind, Source
from queries.expressions import changed, condition, offset


def windowed(draw: Draw, source: Source, p: E) -> str:
    """A window function with an integer result; `p` is what the output column is made of."""
    parts = _partition(draw, source, p)
    value, over = _ordered(draw, source, p)
    return f"cast({value} over ({f'{parts} {over}'.strip()}) as integer)"


def named(draw: Draw, source: Source, p: E) -> tuple[str, str]:
    """The same with a named window, and the definition of the name."""
    parts = _partition(draw, source, p)
    value, over = _ordered(draw, source, p)
    if draw.chance("window built upon a named one", 0.4):
        return f"cast({value} over (w {over}) as integer)", f"w as ({parts})"
    return f"cast({value} over w as integer)", f"w as ({f'{parts} {over}'.strip()})"


def _partition(draw: Draw, source: Source, p: E) -> str:
    keys = draw.pick(
        {
            "no PARTITION BY": "",
            "PARTITION BY p": p.sql,
            "PARTITION BY p and k": f"{source.k}, {p.sql}",
            "PARTITION BY what p is made of": source.p.sql,
            "PARTITION BY k": source.k,
            "PARTITION BY q": source.q.sql,
            "PARTITION BY p changed": lambda: changed(draw, source.p, 0.01).sql,
        },
        **{"no PARTITION BY": 2, "PARTITION BY p": 3, "PARTITION BY q": 0.5, "PARTITION BY p changed": 0.5},
    )
    return f"partition by {keys}" if keys else ""


def _ordered(draw: Draw, source: Source, p: E) -> tuple[str, str]:
    """A function, and the ORDER BY and frame it is asked over."""
    return draw.pick(
        {
            "RANGE frame": lambda: (_insensitive(draw, source), _range(draw, source, p)),
            "rank over a RANGE frame": lambda: (_rank(draw), _range(draw, source, p)),
            "ROWS frame": lambda: (_any(draw, source), f"{_total(draw, source, p)} rows {_bounds(draw, '{}')}"),
            "GROUPS frame": lambda: (
                _insensitive(draw, source),
                f"{_single(draw, source, p)} groups {_bounds(draw, '{}')}{_exclude(draw)}",
            ),
            "rank": lambda: (_rank(draw), _single(draw, source, p)),
            "whole order": lambda: (_sequential(draw, source), _total(draw, source, p)),
            "default frame": lambda: (_insensitive(draw, source), _single(draw, source, p)),
            "no order": lambda: (_insensitive(draw, source), ""),
        },
        **{"RANGE frame": 2.5, "whole order": 1.5, "rank over a RANGE frame": 0.3},
    )


def _direction(draw: Draw) -> str:
    if not draw.chance("order turned", 0.45):
        return ""
    return draw.pick(
        {
            "DESC": " desc",
            "NULLS FIRST": " nulls first",
            "NULLS LAST": " nulls last",
            "DESC NULLS FIRST": " desc nulls first",
            "DESC NULLS LAST": " desc nulls last",
        },
        DESC=2,
    )


def _total(draw: Draw, source: Source, p: E) -> str:
    """All columns, mostly by `p` first."""
    rest = list(source.columns)
    draw.dice.shuffle(rest)
    first = [p.sql] if draw.chance("ordered by p", 0.7) else []
    return "order by " + ", ".join(f"{each}{_direction(draw)}" for each in dict.fromkeys((*first, *rest)))


def _single(draw: Draw, source: Source, p: E) -> str:
    by = draw.pick({"order by p": p.sql, "order by what p is made of": source.p.sql, "order by x": source.x, "order by q": source.q.sql}, **{"order by p": 3})  # fmt: skip
    return f"order by {by}{_direction(draw)}"


def _range(draw: Draw, source: Source, p: E) -> str:
    """A frame over a range of values of one key."""
    made = draw.pick({"RANGE over p": p, "RANGE over what p is made of": source.p, "RANGE over x": E(source.x, Kind.INT), "RANGE over q": source.q}, **{"RANGE over p": 4})  # fmt: skip
    if made.kind.is_time:
        distance = offset(draw) if made.kind is not Kind.DATE or draw.dice.random() < 0.7 else "{}"
    else:
        distance = "{}" if made.kind is Kind.INT else ""
    frame = _bounds(draw, distance) if distance else draw.dice.choice(("between unbounded preceding and current row", "between current row and unbounded following", "between current row and current row"))  # fmt: skip
    return f"order by {made.sql}{_direction(draw)} range {frame}{_exclude(draw)}"


def _bounds(draw: Draw, distance: str) -> str:
    """Where a frame starts and ends; `{}` in `distance` becomes a number."""
    near, far = sorted((draw.dice.randrange(3), draw.dice.randrange(1, 5)))
    small, large = distance.replace("{}", str(near)), distance.replace("{}", str(far))
    return draw.pick(
        {
            "preceding to current": f"between {large} preceding and current row",
            "preceding alone": f"{large} preceding",
            "current to following": f"between current row and {large} following",
            "preceding to following": f"between {small} preceding and {large} following",
            "preceding to preceding": f"between {large} preceding and {small} preceding",
            "following to following": f"between {small} following and {large} following",
            "unbounded to current": "between unbounded preceding and current row",
            "unbounded preceding alone": "unbounded preceding",
            "current to unbounded": "between current row and unbounded following",
            "unbounded to preceding": f"between unbounded preceding and {small} preceding",
            "unbounded to following": f"between unbounded preceding and {small} following",
            "preceding to unbounded": f"between {small} preceding and unbounded following",
            "following to unbounded": f"between {small} following and unbounded following",
            "unbounded to unbounded": "between unbounded preceding and unbounded following",
            "current to current": "between current row and current row",
        },
        **{"preceding to current": 2, "preceding to following": 2, "unbounded to current": 2},
    )


def _exclude(draw: Draw) -> str:
    if draw.dice.random() < 0.85:
        return ""
    return draw.pick(
        {
            "EXCLUDE CURRENT ROW": " exclude current row",
            "EXCLUDE GROUP": " exclude group",
            "EXCLUDE TIES": " exclude ties",
            "EXCLUDE NO OTHERS": " exclude no others",
        }
    )


def _insensitive(draw: Draw, source: Source) -> str:
    """A function for which rows with equal keys may come in any order."""
    p, q, x, k = source.columns
    return draw.pick(
        {
            "sum over": f"sum({x})",
            "count over": "count(*)",
            "count of a column over": f"count({draw.dice.choice((p, q, k))})",
            "min over": f"min({x})",
            "max over": f"max({x})",
            "avg over": f"avg({x})",
            "sum over FILTER": lambda: f"sum({x}) filter (where {condition(draw, source)})",
            "count distinct over": f"count(distinct {k})",
            "bool_or over": f"bool_or({x} > 4)",
            "median over": f"median({x})",
        },
        **{"sum over": 3, "count over": 2},
    )


def _rank(draw: Draw) -> str:
    return draw.pick(
        {
            "rank of ties": "rank()",
            "dense_rank": "dense_rank()",
            "percent_rank": "100 * percent_rank()",
            "cume_dist": "100 * cume_dist()",
        }
    )


def _sequential(draw: Draw, source: Source) -> str:
    """A function that looks at rows in their order, without a frame of its own."""
    x, number = source.x, draw.dice.randrange(1, 4)
    return draw.pick(
        {
            "row_number": "row_number()",
            "ntile": f"ntile({number + 1})",
            "lag": f"lag({x})",
            "lag with default": f"lag({x}, {number}, -1)",
            "lead": f"lead({x}, {number})",
            "lag ignoring nulls": f"lag({x} ignore nulls)",
            "running total": f"sum({x})",
            "first_value": f"first_value({x})",
            "last_value ignoring nulls": f"last_value({x} ignore nulls)",
        },
        row_number=2,
    )


def _any(draw: Draw, source: Source) -> str:
    """A function over a frame of rows in a total order."""
    x = source.x
    return draw.pick(
        {
            "aggregate over rows": lambda: _insensitive(draw, source),
            "first_value": f"first_value({x})",
            "last_value": f"last_value({x})",
            "nth_value": f"nth_value({x}, 2)",
            "nth_value ignoring nulls": f"nth_value({x}, 2 ignore nulls)",
            "first_value ignoring nulls": f"first_value({x} ignore nulls)",
        },
        **{"aggregate over rows": 5},
    )

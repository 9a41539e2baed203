"""What a SELECT's own clauses let through: from a demand on its output to facts about its joined rows.

Each required column is followed alone. A clause lets a column pass when rows that share the column's value, or the part
of it that a widened window spans, are all that the clause brings together; then dropping other rows changes no row that
is asked for. Several columns may pass together: each of them holds for all the rows that are brought together.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from swathe.partition.window import Window
from swathe.sql.prune.block import Block, only
from swathe.sql.prune.extremes import extreme_of
from swathe.sql.prune.invert import Link, extend
from swathe.sql.prune.kinds import TRUNCATIONS, strip
from swathe.sql.prune.requirement import Rows, Unpruned, offset_of
from swathe.sql.prune.transfer import Facts, facts_of
from swathe.sql.prune.windows import Widening, first_in_order, is_partitioned, widening, windows_of

_KNOWN = (
    "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having", "qualify", "windows",
    "order", "hint",
)  # fmt: skip

Passed = tuple[str, Facts, Unpruned | None]
"""The name of a required column, what is known of the joined rows, and why that is about no input column, if so."""


def admit(block: Block, rows: Rows, names: Sequence[str]) -> Passed | Unpruned:
    """What the clauses of a SELECT let through; the reason of the first refusal when it is nothing.

    `names` are the output columns as the reader knows them.
    """
    refused = _cuts(block.select)
    if refused is not None:
        return refused
    facts: Facts = {}
    passing: list[str] = []
    troubles: list[Unpruned] = []
    for position, window in rows.windows.items():
        name = names[position]
        passed = _column(block, position, window, name)
        if isinstance(passed, Unpruned):
            refused = refused or passed
            continue
        passing.append(name)
        links = block.algebra.chain(block.select.expressions[position])
        if not isinstance(links[-1].expression, exp.Column):
            troubles.append(_untraced(name, links[-1].expression))
        for expression, known in passed.items():
            facts.setdefault(expression, known)
    if not passing:
        assert refused is not None  # noqa: S101 - a demand is never empty
        return refused
    return passing[0], facts, troubles[0] if troubles else None


def drops_by_where_first(select: exp.Select) -> bool:
    """Whether a row that its WHERE drops takes part in nothing else that the SELECT does."""
    return only(select, *_KNOWN, "limit", "offset")


def _cuts(select: exp.Select) -> Unpruned | None:
    """The clauses that look at all rows at once."""
    for key, word in (("limit", "LIMIT"), ("offset", "OFFSET"), ("sample", "a sample")):
        clause = select.args.get(key)
        if clause:
            return Unpruned(f"{word} decides over all rows", offset_of(clause))
    if not only(select, *_KNOWN):
        strange = next(key for key, value in select.args.items() if value and key not in _KNOWN)
        return Unpruned(f"{strange.strip('_').upper().replace('_', ' ')} is not followed", offset_of(select))
    return None


def _column(block: Block, position: int, window: Window, name: str) -> Facts | Unpruned:
    links = block.algebra.chain(block.select.expressions[position])
    widenings: list[Widening] = []
    for found in (_distinct_on(block, links, name), _windows(block, links, name)):
        if isinstance(found, Unpruned):
            return found
        widenings += found
    first = max((index for index, _ in widenings), default=0)
    refused = _grouping(block, links, first, name)
    known = _widened(links, window, widenings, first)
    if refused is None:
        return known
    extreme = None if widenings else extreme_of(links[-1].expression, block)
    if extreme is None:
        return refused
    value, further = extreme
    return known | facts_of(block.algebra.chain(value), extend(known[links[-1].expression], further))


def _widened(links: Sequence[Link], window: Window, widenings: Sequence[Widening], first: int) -> Facts:
    """What is known of the links from the innermost widened one on."""
    variants = []
    for index, further in widenings or ((0, Window()),):
        outer = list(facts_of(links[: index + 1], window).values())[-1]
        reached = extend(outer, further)
        tail = (Link(links[index].expression), *links[index + 1 :])
        variants.append(facts_of(tail, reached))
    facts: Facts = {}
    for link in links[first:]:
        hull = variants[0][link.expression]
        for variant in variants[1:]:
            hull = hull.hull(variant[link.expression])
        facts[link.expression] = hull
    return facts


def _distinct_on(block: Block, links: Sequence[Link], name: str) -> list[Widening] | Unpruned:
    """What DISTINCT ON reaches: the rows that share a key, or those before a row where an order says which is first."""
    select = block.select
    distinct = select.args.get("distinct")
    on = distinct.args.get("on") if isinstance(distinct, exp.Expr) else None
    if on is None:
        return []
    resolved = [_output_key(strip(key), select) for key in (on.expressions if isinstance(on, exp.Tuple) else [on])]
    if any(key == link.expression for key in resolved for link in links):
        return []
    order = select.args.get("order")
    for key in order.expressions if order is not None else ():
        meant = _output_key(strip(key.this), select)
        if meant is None or meant not in resolved:
            found = None if meant is None or select.args.get("group") else first_in_order(key, meant, links, block)
            return Unpruned(f"DISTINCT ON does not contain `{name}`", offset_of(on)) if found is None else [found]
    return Unpruned(f"DISTINCT ON does not contain `{name}`", offset_of(on))


def _output_key(key: exp.Expr, select: exp.Select) -> exp.Expr | None:
    """A key of DISTINCT ON in terms of the sources; None when it is not sure what a name in it means.

    A bare name is an output column first; inside an expression it is an input column first. sqlglot leaves both open.
    """
    names = [part.alias_or_name for part in select.expressions]
    outputs = {part.alias_or_name: strip(part) for part in select.expressions if names.count(part.alias_or_name) == 1}
    if isinstance(key, exp.Column) and not key.table:
        return outputs.get(key.name)
    key = key.copy()
    for column in list(key.find_all(exp.Column)):
        if column.table:
            continue
        output = outputs.get(column.name)
        if not isinstance(output, exp.Column) or output.name != column.name:
            return None
        column.replace(output.copy())
    return key


def _windows(block: Block, links: Sequence[Link], name: str) -> list[Widening] | Unpruned:
    """The widenings that the window functions need; a refusal when one of them reads further."""
    widenings = []
    for window in windows_of(block.select):
        if is_partitioned(window, links, block.select):
            continue
        found = widening(window, links, block)
        what = _function_name(window.this)
        if found is None:
            return Unpruned(f"the window of {what} is not partitioned by `{name}`", offset_of(window))
        if isinstance(found, exp.Expr):
            key = f"`{found.name}`" if isinstance(found, exp.Column) else "key"
            return Unpruned(f"the window of {what} sees rows whose {key} is NULL, too", offset_of(window))
        widenings.append(found)
    return widenings


def _grouping(block: Block, links: Sequence[Link], first: int, name: str) -> Unpruned | None:
    """A refusal unless every group that may be asked for lies inside of it: a link from `first` on is a key."""
    select = block.select
    group = select.args.get("group")
    if group is None:
        return _aggregate_without_group(select)
    keys = group.expressions
    if group.args.get("all") and not keys:
        keys = [part for part in select.expressions if not part.find(exp.AggFunc, exp.Window)]
    plain = only(group, "expressions", "all")
    wanted = [link.expression for link in links[first:]]
    holds = _sometimes_holds if block.algebra.rules.excludes_null else _always_holds
    if plain and any(holds(key, wanted) for key in keys):
        return None
    plural = any(isinstance(key, exp.Rollup | exp.Cube | exp.GroupingSets) for key in keys)
    if plural or not plain:
        return Unpruned(f"ROLLUP, CUBE and GROUPING SETS also group over all values of `{name}`", offset_of(group))
    return Unpruned(f"GROUP BY does not contain `{name}`", offset_of(group))


def _always_holds(key: exp.Expr, wanted: Sequence[exp.Expr]) -> bool:
    """Whether one of the expressions is among the keys of every set that a part of GROUP BY stands for."""
    if isinstance(key, exp.GroupingSets):
        return bool(key.expressions) and all(_always_holds(part, wanted) for part in key.expressions)
    if isinstance(key, exp.Tuple):
        return any(_always_holds(part, wanted) for part in key.expressions)
    return not isinstance(key, exp.Rollup | exp.Cube) and strip(key) in wanted


def _sometimes_holds(key: exp.Expr, wanted: Sequence[exp.Expr]) -> bool:
    """Whether one of them is among the keys of some set. In the groups of the other sets it is NULL, and so is what is
    made from it: none of them is asked for.
    """
    if isinstance(key, exp.GroupingSets | exp.Rollup | exp.Cube | exp.Tuple):
        return any(_sometimes_holds(part, wanted) for part in key.expressions)
    return strip(key) in wanted


def _aggregate_without_group(select: exp.Select) -> Unpruned | None:
    parts = [*select.expressions, select.args.get("having"), select.args.get("qualify"), select.args.get("order")]
    for part in parts:
        for function in part.find_all(exp.AggFunc) if part is not None else ():
            if function.find_ancestor(exp.Select) is select and not _is_windowed(function):
                return Unpruned(f"{_function_name(function)} without GROUP BY reads all rows", offset_of(function))
    return None


def _is_windowed(function: exp.Expr) -> bool:
    node = function
    while isinstance(node.parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.parent.this is node


def _untraced(name: str, expression: exp.Expr) -> Unpruned:
    if expression.find(exp.Column) is None and expression.find(exp.Query) is None:
        return Unpruned(f"`{name}` is the same for all rows here", offset_of(expression))
    what = _function_name(expression)
    return Unpruned(f"`{name}` is made with {what}, which is not traced to one column", offset_of(expression))


def _function_name(expression: exp.Expr) -> str:
    while isinstance(expression, exp.Window | exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        expression = expression.this
    if isinstance(expression, exp.Anonymous):
        return expression.name.upper()
    if isinstance(expression, TRUNCATIONS):
        return "DATE_TRUNC"
    if isinstance(expression, exp.AtTimeZone):
        return "AT TIME ZONE"
    if isinstance(expression, exp.Func):
        return expression.sql_name().replace("_", " ") if isinstance(expression, exp.Case) else expression.sql_name()
    return "a subquery" if isinstance(expression, exp.Query) else "an expression"

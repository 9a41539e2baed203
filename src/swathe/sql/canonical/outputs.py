"""The order of a query's rows and columns, where it means nothing."""

from __future__ import annotations

from sqlglot import exp

from swathe.sql.canonical.guards import NotUnderstood

_PICKS_ROWS = ("limit", "offset", "sample", "into", "locks")


def refuse_duplicate_outputs(tree: exp.Query) -> None:
    """Raise NotUnderstood where a query has two output columns of one name, which no reference can tell."""
    for select in tree.find_all(exp.Select):
        names = select.named_selects
        if len(set(names)) != len(names):
            raise NotUnderstood("two output columns of one name")


def drop_idle_order(tree: exp.Query) -> exp.Query:
    """Remove the outermost ORDER BY when nothing picks rows by it: a table has no order."""
    distinct = tree.args.get("distinct")
    first_of_each = isinstance(distinct, exp.Distinct) and distinct.args.get("on") is not None
    if not first_of_each and not any(tree.args.get(key) for key in _PICKS_ROWS):
        tree.set("order", None)
    return tree


def sort_outputs(tree: exp.Query) -> exp.Query:
    """Order the output columns by name, and those of derived tables and CTEs, which are read by name, too.

    Needs bound columns. Left alone when something may count columns: a star, an ordinal, ORDER BY ALL, an alias with
    names for columns.
    """
    if not has_star(tree) and not any(alias.args.get("columns") for alias in tree.find_all(exp.TableAlias)):
        for holder in tree.find_all(exp.Subquery, exp.CTE):
            if isinstance(holder.parent, exp.From | exp.Join | exp.With):
                _sort(holder.this)
    _sort(tree)
    return tree


def has_star(tree: exp.Query) -> bool:
    """Whether a star stands for columns that we don't know; that of `count(*)` stands for none."""
    return any(isinstance(star.parent, exp.Select | exp.Column) for star in tree.find_all(exp.Star))


def _sort(query: exp.Expr) -> None:
    """In every branch of a set operation by the names of the first."""
    branches: list[exp.Select] = []
    pending: list[exp.Expr] = [query]
    while pending:
        node = pending.pop()
        if any(counts_columns(node.args.get(key)) for key in ("group", "order", "distinct")):
            return
        match node:
            case exp.SetOperation():
                pending += [node.expression, node.this]
            case exp.Subquery():
                pending.append(node.this)
            case exp.Select() if not any(projection.is_star for projection in node.expressions):
                branches.append(node)
            case _:
                return
    names = branches[0].named_selects
    if any(len(branch.expressions) != len(names) for branch in branches):
        return
    order = sorted(range(len(names)), key=lambda position: names[position])
    for branch in branches:
        branch.set("expressions", [branch.expressions[position] for position in order])


def counts_columns(clause: object) -> bool:
    """Whether a GROUP BY, ORDER BY or DISTINCT ON names a column by its place."""
    if not isinstance(clause, exp.Expr):
        return False
    holders = (exp.Ordered, exp.Group, exp.GroupingSets, exp.Cube, exp.Rollup, exp.Tuple)
    return any(
        isinstance(node, exp.Var) or (isinstance(node, exp.Literal) and not node.is_string)
        for node in clause.walk()
        if isinstance(node.parent, holders)
    )

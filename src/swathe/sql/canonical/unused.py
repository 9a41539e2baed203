"""Leaving out output columns, where the rows that remain are decided as before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlglot import exp

from swathe.sql.canonical.guards import NotUnderstood, sources_of
from swathe.sql.canonical.outputs import counts_columns, has_star

_UNDERSTOOD = frozenset(
    {
        "with_",
        "expressions",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "qualify",
        "windows",
        "distinct",
        "order",
        "limit",
        "offset",
    }
)
_BRANCHES = frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"})
_MAKES_ROWS = (exp.UDTF, exp.Explode, exp.GenerateSeries, exp.Inline)
_OUR_FUNCTIONS = ("swathe_partition_", "swathe_using")
_AROUND_A_FUNCTION = (exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup)


def leave_out(query: exp.Expr, positions: Collection[int]) -> None:
    """Remove output columns, counted from 0, of a query whose columns are bound to their sources.

    The other columns then have the rows that they had. Raises NotUnderstood, and leaves the query as it was, where
    that can't be told: DISTINCT compares whole rows, a function may make rows or groups, something else refers to the
    column, LIMIT without ORDER BY takes any rows.
    """
    branches = list(_branches(query, positions))
    for select in branches:
        _check_grouping(select, positions)
    for select in branches:
        select.set("expressions", [each for at, each in enumerate(select.expressions) if at not in positions])


def leave_out_unread(tree: exp.Query) -> exp.Query:
    """Remove the columns of derived tables and CTEs that nothing reads, where that is safe; one always stays.

    Needs bound columns and aliases that are unique in the whole tree.
    """
    if has_star(tree):
        return tree
    read: defaultdict[str, set[str]] | None = None
    # Outer queries first: what they do not give any more they do not read either.
    for holder in list(tree.find_all(exp.Subquery, exp.CTE)):
        readers = _readers(tree, holder)
        if not readers or any(alias.args.get("columns") for alias in readers):
            continue
        read = _columns_read(tree) if read is None else read
        used = {name for alias in readers for name in read[alias.name]}
        names = holder.this.named_selects if isinstance(holder.this, exp.Query) else []
        unread = [at for at, name in enumerate(names) if name not in used]
        if 0 < len(unread) < len(names):
            try:
                leave_out(holder.this, unread)
            except NotUnderstood:
                continue
            read = None
    return tree


def _readers(tree: exp.Query, holder: exp.Expr) -> list[exp.TableAlias]:
    """The aliases under which a derived table or a CTE is read, and a CTE's own; none of anything else."""
    alias = holder.args.get("alias")
    if alias is None or not isinstance(holder.parent, exp.From | exp.Join | exp.With):
        return []
    if not isinstance(holder, exp.CTE):
        return [alias]
    tables = [table for table in tree.find_all(exp.Table) if not table.db and table.name == alias.name]
    return [alias, *(table.args["alias"] for table in tables)]


def _columns_read(tree: exp.Query) -> defaultdict[str, set[str]]:
    """By the alias under which they are read."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for column in tree.find_all(exp.Column):
        found[column.table].add(column.name)
    return found


def _branches(query: object, positions: Collection[int]) -> Iterator[exp.Select]:
    """The selects that give a query's rows between them, each with its own."""
    if not isinstance(query, exp.Query):
        raise NotUnderstood(type(query).__name__)
    used = {key for key, value in query.args.items() if value not in (None, False, [])}
    names = {name for at, name in enumerate(query.named_selects) if at in positions}
    match query:
        case exp.Select() if used <= _UNDERSTOOD:
            distinct = query.args.get("distinct")
            if distinct is not None and not distinct.args.get("on"):
                raise NotUnderstood("DISTINCT")
            if not all(is_known_to_give_one_value(query.expressions[at]) for at in positions):
                raise NotUnderstood("a function that may make rows, or group them")
            yield query
        case exp.Union() if used <= _BRANCHES and query.args.get("distinct") is False:
            yield from _branches(query.this, positions)
            yield from _branches(query.expression, positions)
        case exp.Subquery() if used == {"this"}:
            yield from _branches(query.this, positions)
        case _:
            raise NotUnderstood(type(query).__name__)
    grouping = query.args.get("group")
    by_all = grouping is not None and grouping.args.get("all") is not None
    if by_all or any(counts_columns(query.args.get(key)) for key in ("group", "order", "distinct")):
        raise NotUnderstood("columns that are counted")
    if used & {"limit", "offset"} and "order" not in used:
        raise NotUnderstood("any rows")
    if any(not column.table and column.name in names for column in _own_columns(query)):
        raise NotUnderstood("a column that is referred to")


def _own_columns(query: exp.Expr) -> Iterator[exp.Column]:
    """The columns in a query, without those of its branches, which are looked at by themselves."""
    inner = {"this", "expression"} if isinstance(query, exp.SetOperation | exp.Subquery) else set()
    for key, value in query.args.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr) and key not in inner:
                yield from part.find_all(exp.Column)


def is_known_to_give_one_value(projection: exp.Expr) -> bool:
    """Whether all of its functions are known: none makes rows, and `exp.AggFunc` are those that group them."""
    return not projection.is_star and not any(
        isinstance(node, _MAKES_ROWS)
        or (isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and not node.name.startswith(_OUR_FUNCTIONS))
        for node in projection.walk()
    )


def _check_grouping(select: exp.Select, positions: Collection[int]) -> None:
    """Raise NotUnderstood where the query might group its rows only because of the columns that go.

    `select 1 as one, count(*) as n from t` gives one row, and `select 1 as one from t` as many as `t` has.
    """
    if select.args.get("group") or select.args.get("having"):
        return
    dropped = [projection for at, projection in enumerate(select.expressions) if at in positions]
    kept = [projection for at, projection in enumerate(select.expressions) if at not in positions]
    if any(_may_group(node, select) for projection in dropped for node in projection.find_all(exp.AggFunc)) and not any(
        node.find_ancestor(exp.Select) is select and not _is_of_window(node)
        for projection in kept
        for node in projection.find_all(exp.AggFunc)
    ):
        raise NotUnderstood("the only aggregate")


def _may_group(node: exp.AggFunc, select: exp.Select) -> bool:
    """Whether an aggregate may be one of `select`: those within a subquery are where they read only outer columns."""
    if _is_of_window(node):
        return False
    inner = node.find_ancestor(exp.Select)
    if inner is select or inner is None:
        return True
    own = {source.alias_or_name for source in sources_of(inner)}
    read = {column.table for column in node.find_all(exp.Column)}
    return bool(read) and not read & own


def _is_of_window(node: exp.Expr) -> bool:
    while isinstance(node.parent, _AROUND_A_FUNCTION) and node.arg_key == "this":
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.arg_key == "this"

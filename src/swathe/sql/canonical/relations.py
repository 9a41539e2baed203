"""One shape for a query within a query: CTEs used once, plain selections and needless brackets go."""

from __future__ import annotations

from collections import defaultdict

from sqlglot import exp

from swathe.sql.canonical.outputs import has_star
from swathe.sql.canonical.predicates import is_repeatable

_Moved = dict[str, dict[str, exp.Expr]]
"""What stood behind the columns of derived tables that are gone, by alias and name."""

_PLAIN = {"expressions", "from_"}
_FILTERED = _PLAIN | {"where", "joins"}
_OUTER = _PLAIN | {
    "with_",
    "distinct",
    "where",
    "group",
    "having",
    "qualify",
    "windows",
    "order",
    "limit",
    "offset",
}


def unwrap_queries(tree: exp.Query) -> exp.Query:
    """Remove brackets around a query that do nothing: around all of it, around a branch, doubled."""
    while isinstance(tree, exp.Subquery) and _used(tree) == {"this"}:
        inner = tree.this
        if not isinstance(inner, exp.Query):
            break
        tree = inner.pop()
    for node in list(tree.find_all(exp.Subquery)):
        inner = node.this
        if isinstance(inner, exp.Subquery) and _used(inner) == {"this"}:
            inner.replace(inner.this)
        elif (
            isinstance(node.parent, exp.SetOperation)
            and _used(node) == {"this"}
            and isinstance(inner, exp.Select)
            and not _used(inner) & {"with_", "order", "limit", "offset", "locks", "sample"}
        ):
            node.replace(inner)
    return tree


def inline_ctes(tree: exp.Query) -> exp.Query:
    """Drop CTEs nobody reads; turn those read once, and plain selections, into derived tables.

    Needs every CTE to have a name of its own, every column its source, and no volatile functions. Aliases
    inside a selection that is copied are no longer unique afterwards.
    """
    references: defaultdict[str, list[exp.Table]] = defaultdict(list)
    _note_readers(tree, references)
    # Readers stand after what they read: going backwards, a dropped reader is gone before it is counted.
    for cte in reversed(list(tree.find_all(exp.CTE, bfs=False))):
        readers = [table for table in references.get(cte.alias, []) if table.root() is tree]
        body = cte.this
        if readers and not _may_inline(cte, readers):
            continue
        _remove(cte)
        for position, table in enumerate(readers):
            last = position == len(readers) - 1
            alias = exp.TableAlias(this=table.args["alias"].this)
            written = exp.Subquery(this=body if last else body.copy(), alias=alias)
            table.replace(written)
            if not last:
                _note_readers(written, references)
    return tree


def _note_readers(tree: exp.Expr, references: defaultdict[str, list[exp.Table]]) -> None:
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not table.db:
            references[table.name].append(table)


def _may_inline(cte: exp.CTE, readers: list[exp.Table]) -> bool:
    once = len(readers) == 1 or (isinstance(cte.this, exp.Select) and _used(cte.this) == _PLAIN)
    return once and _used(cte) == {"this", "alias"} and all(_used(t) == {"this", "alias"} for t in readers)


def _remove(cte: exp.CTE) -> None:
    with_ = cte.parent
    cte.pop()
    if with_ is not None and not with_.expressions:
        with_.pop()


def drop_plain_selections(tree: exp.Query) -> exp.Query:
    """Replace a query that does nothing but select all columns of one derived table by that table's query.

    Where columns are read by name, and not by their place, in any order. Needs bound columns.
    """
    by_name = not has_star(tree) and not any(alias.args.get("columns") for alias in tree.find_all(exp.TableAlias))
    for select in list(tree.find_all(exp.Select)):
        outer = select
        while (inner := _all_selected(outer, by_name=by_name and _is_read_by_name(outer))) is not None:
            if with_ := outer.args.get("with_"):
                inner.set("with_", with_)
            if outer is tree:
                tree = inner.pop()
            elif isinstance(outer.parent, exp.SetOperation):
                outer.replace(exp.Subquery(this=inner.pop()))
            else:
                outer.replace(inner)
            if not isinstance(inner, exp.Select):
                break
            outer = inner
    return unwrap_queries(tree)


def _all_selected(outer: exp.Select, *, by_name: bool) -> exp.Query | None:
    """The query of a derived table of which all columns are selected under their own names, and nothing else."""
    from_ = outer.args.get("from_")
    if from_ is None or not _used(outer) <= _PLAIN | {"with_"} or not isinstance(from_.this, exp.Subquery):
        return None
    source, inner = from_.this, from_.this.this
    if _used(source) != {"this", "alias"} or not isinstance(inner, exp.Select | exp.SetOperation):
        return None
    if outer.args.get("with_") and inner.args.get("with_"):
        return None
    if outer.parent is not None and not isinstance(outer.parent, exp.Subquery | exp.CTE | exp.SetOperation):
        return None
    selected = [projection.unalias() for projection in outer.expressions]
    if any(not isinstance(column, exp.Column) or column.table != source.alias for column in selected):
        return None
    names = [column.name for column in selected]
    given = inner.named_selects
    same = sorted(names) == sorted(given) if by_name else names == given
    return inner if same and names == outer.named_selects else None


def _is_read_by_name(query: exp.Expr) -> bool:
    holder = query.parent
    if isinstance(holder, exp.Subquery):
        return isinstance(holder.parent, exp.From | exp.Join)
    return holder is None or isinstance(holder, exp.CTE)


def merge_subqueries(tree: exp.Query) -> exp.Query:
    """Replace a derived table that only selects columns by what it selects from.

    With a filter, joins or computed columns too, when it is all that the outer query reads: then they become the outer
    one's. Needs aliases that are unique in the whole tree.
    """
    moved: _Moved = {}
    for outer in list(tree.find_all(exp.Select)):
        if outer.root() is not tree:
            continue
        from_ = outer.args.get("from_")
        while from_ is not None and _used(outer) <= _OUTER and isinstance(from_.this, exp.Subquery):
            inner = from_.this.this
            # A row that an outer join makes has NULL in a computed column, whatever it would be computed to.
            if not _dissolve(from_.this, _FILTERED, moved, computed=True):
                break
            if where := inner.args.get("where"):
                outer.where(where.this, copy=False)
            outer.set("joins", inner.args.get("joins"))
        for holder in ([from_] if from_ else []) + list(outer.args.get("joins") or []):
            while isinstance(holder.this, exp.Subquery) and _dissolve(holder.this, _PLAIN, moved):
                pass
    return _point_at_origin(tree, moved)


def _dissolve(source: exp.Subquery, allowed: set[str], moved: _Moved, *, computed: bool = False) -> bool:
    columns = _selected_columns(source, allowed, computed=computed)
    if columns is None:
        return False
    moved[source.alias] = columns
    source.replace(source.this.args["from_"].this)
    return True


def _selected_columns(source: exp.Subquery, allowed: set[str], *, computed: bool) -> dict[str, exp.Expr] | None:
    """Output name to column, of a derived table that does nothing beyond `allowed`; None of any other."""
    inner = source.this
    if _used(source) != {"this", "alias"} or not isinstance(inner, exp.Select):
        return None
    if "from_" not in _used(inner) or not _used(inner) <= allowed:
        return None
    own = {inner.args["from_"].this.alias, *(join.this.alias for join in inner.args.get("joins") or [])}
    columns: dict[str, exp.Expr] = {}
    for projection in inner.expressions:
        value = projection.unalias()
        if not isinstance(value, exp.Column) and not (computed and is_repeatable(value)):
            return None
        read = list(value.find_all(exp.Column))
        # A constant is something else where it stands alone: `GROUP BY 1` names a column by its place.
        if not read or any(c.is_star or c.table not in own or c.args.get("db") for c in read):
            return None
        columns[projection.alias_or_name] = value
    return columns


def _point_at_origin(tree: exp.Query, moved: _Moved) -> exp.Query:
    pending = [column for column in tree.find_all(exp.Column) if column.table in moved]
    while pending:
        column = pending.pop()
        origin = moved[column.table][column.name].copy()
        column.replace(origin)
        pending += [inner for inner in origin.find_all(exp.Column) if inner.table in moved]
    return tree


def _used(node: exp.Expr) -> set[str]:
    return {key for key, value in node.args.items() if value not in (None, False, [])}

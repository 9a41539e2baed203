"""One shape for a query within a query: CTEs used once, plain selections and needless brackets go."""

from __future__ import annotations

from collections import defaultdict

from sqlglot import exp

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


def merge_subqueries(tree: exp.Query) -> exp.Query:
    """Replace a derived table that only selects columns by what it selects from.

    With a filter or joins too, when it is all that the outer query reads: then they become the outer one's.
    Needs aliases that are unique in the whole tree.
    """
    moved: dict[str, dict[str, exp.Column]] = {}
    for outer in list(tree.find_all(exp.Select)):
        if outer.root() is not tree:
            continue
        from_ = outer.args.get("from_")
        while from_ is not None and _used(outer) <= _OUTER and isinstance(from_.this, exp.Subquery):
            inner = from_.this.this
            if not _dissolve(from_.this, _FILTERED, moved):
                break
            if where := inner.args.get("where"):
                outer.where(where.this, copy=False)
            outer.set("joins", inner.args.get("joins"))
        for holder in ([from_] if from_ else []) + list(outer.args.get("joins") or []):
            while isinstance(holder.this, exp.Subquery) and _dissolve(holder.this, _PLAIN, moved):
                pass
    return _point_at_origin(tree, moved)


def _dissolve(source: exp.Subquery, allowed: set[str], moved: dict[str, dict[str, exp.Column]]) -> bool:
    columns = _selected_columns(source, allowed)
    if columns is None:
        return False
    moved[source.alias] = columns
    source.replace(source.this.args["from_"].this)
    return True


def _selected_columns(source: exp.Subquery, allowed: set[str]) -> dict[str, exp.Column] | None:
    """Output name to column, of a derived table that does nothing beyond `allowed`; None of any other."""
    inner = source.this
    if _used(source) != {"this", "alias"} or not isinstance(inner, exp.Select):
        return None
    if "from_" not in _used(inner) or not _used(inner) <= allowed:
        return None
    own = {inner.args["from_"].this.alias, *(join.this.alias for join in inner.args.get("joins") or [])}
    columns: dict[str, exp.Column] = {}
    for projection in inner.expressions:
        column = projection.unalias()
        if not isinstance(column, exp.Column) or column.is_star or column.table not in own or column.args.get("db"):
            return None
        columns[projection.alias_or_name] = column
    return columns


def _point_at_origin(tree: exp.Query, moved: dict[str, dict[str, exp.Column]]) -> exp.Query:
    for column in list(tree.find_all(exp.Column)):
        origin = column
        while origin.table in moved:
            origin = moved[origin.table][origin.name]
        if origin is not column:
            column.set("this", origin.this.copy())
            column.set("table", origin.args["table"].copy())
    return tree


def _used(node: exp.Expr) -> set[str]:
    return {key for key, value in node.args.items() if value not in (None, False, [])}

"""What keeps a query from the stronger forms."""

from __future__ import annotations

from sqlglot import exp

_VOLATILE = frozenset(
    {
        "clock_timestamp",
        "currval",
        "gen_random_uuid",
        "generate_uuid",
        "generateuuidv4",
        "monotonically_increasing_id",
        "newid",
        "nextval",
        "rand",
        "randn",
        "random",
        "random_normal",
        "randstr",
        "row_number_in_all_blocks",
        "setseed",
        "setval",
        "shuffle",
        "statement_timestamp",
        "timeofday",
        "uniform",
        "uuid",
        "uuid_generate_v1",
        "uuid_generate_v4",
        "uuid_string",
        "uuidv4",
        "uuidv7",
    }
)
_NAMES_COLUMNS = frozenset(
    {"alias", "query_to_xml", "table_to_xml", "to_json_string", "to_variant", "xmlattributes", "xmlforest"}
)


_MAY_GIVE_NAMES = (exp.Pivot, exp.Columns, exp.TableColumn, exp.XMLElement, exp.Star, exp.Column, exp.Func)
"""What `gives_names_away` looks at: the rest of a tree, most of it, need not be."""
_MAY_BE_EXOTIC = (exp.TableSample, exp.With, exp.SetOperation, exp.Lateral, exp.UDTF, exp.Table, exp.Func)


class NotUnderstood(Exception):
    """A stronger form can't be proved right for this query; take the next weaker one."""


def names_are_data(tree: exp.Query) -> bool:
    """Whether the spelling of a column's or a table's name can get into the rows.

    It can through a whole row (`to_json(t)`), a struct whose fields take their columns' names, PIVOT and
    UNPIVOT, a star outside the select list, and functions that give names away. Then no name may be changed.
    """
    return any(gives_names_away(node) for node in tree.find_all(*_MAY_GIVE_NAMES))


def gives_names_away(node: exp.Expr) -> bool:
    """Whether this node alone does."""
    match node:
        case exp.Pivot() | exp.Columns() | exp.TableColumn() | exp.XMLElement():
            return True
        case exp.Struct():
            return any(not isinstance(field, exp.PropertyEQ) for field in node.expressions)
        case exp.Star():
            column = node.parent if isinstance(node.parent, exp.Column) else node
            return not isinstance(column.parent, exp.Select | exp.Count)
        case exp.Column():
            return not node.table and _is_whole_row(node)
        case exp.Func():
            return function_name(node) in _NAMES_COLUMNS
        case _:
            return False


def _is_whole_row(column: exp.Column) -> bool:
    """Whether an unqualified name is that of a source in reach, which most engines read as its whole row.

    A source may well have a column of its own name; without proof of that it counts as a row. A bare name in
    ORDER BY is an output column first.
    """
    name = column.name.lower()
    select = column.find_ancestor(exp.Select)
    if (
        select is not None
        and isinstance(column.parent, exp.Ordered)
        and column.parent.parent is select.args.get("order")
        and any(isinstance(item, exp.Alias) and item.alias.lower() == name for item in select.expressions)
    ):
        return False
    while select is not None:
        if any(source.alias_or_name.lower() == name for source in sources_of(select)):
            return True
        select = select.find_ancestor(exp.Select)
    return False


def function_name(node: exp.Func) -> str:
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
    return name.lower()


def sources_of(select: exp.Select) -> list[exp.Expr]:
    """What stands in FROM, in the order written."""
    first = select.args.get("from_")
    joined = [join.this for join in select.args.get("joins") or []]
    return ([first.this] if first else []) + joined + list(select.args.get("laterals") or [])


def refuse_exotic(tree: exp.Query) -> None:
    """Raise NotUnderstood where a rewrite of `full` may change meaning.

    Alias expansion copies an expression, which matters for one that gives another value each time; the rest
    is what the scoping rules in sources.py don't cover.
    """
    for node in tree.find_all(*_MAY_BE_EXOTIC):
        match node:
            case exp.TableSample():
                reason = "a sample"
            case exp.With() if node.recursive:
                reason = "a recursive CTE"
            case exp.SetOperation() if any(node.args.get(key) for key in ("by_name", "side", "kind", "on")):
                reason = "a union by name"
            case exp.Lateral() | exp.UDTF() if not isinstance(node, exp.Values):
                reason = "a lateral source"
            case exp.Table() if node.args.get("joins") or node.args.get("laterals"):
                reason = "a parenthesised join"
            case exp.Func() if function_name(node) in _VOLATILE:
                reason = "a volatile function"
            case _:
                continue
        raise NotUnderstood(reason)

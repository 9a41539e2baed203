"""Calls of the clock that may be written as a literal, without a change of any name, type or meaning.

They say when the transaction began, take no arguments, and their type is certain. The text of a call may also name the
column that it makes, and a word without parentheses may be a column: there a call stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from swathe.model.definition import Column
from swathe.sql.canonical.guards import gives_names_away
from swathe.sql.literal import ColumnClock
from swathe.sql.volatile_call import Pin

_STANDARD = {
    "current_date": ColumnClock.DATE,
    "current_timestamp": ColumnClock.INSTANT,
    "localtimestamp": ColumnClock.TIMESTAMP,
    "now": ColumnClock.INSTANT,
    "transaction_timestamp": ColumnClock.INSTANT,
}
_CLOCKS: Mapping[str, Mapping[str, ColumnClock]] = {
    "duckdb": _STANDARD
    | {
        "current_localtimestamp": ColumnClock.TIMESTAMP,
        "get_current_timestamp": ColumnClock.INSTANT,
        "today": ColumnClock.DATE,
    },
    "postgres": _STANDARD,
}


def clock_of(name: str, dialect: str) -> ColumnClock | None:
    """The type of a call of this name, where it says when the transaction began. `name` is as written."""
    return _CLOCKS.get(dialect, {}).get(name.removesuffix("()").lower())


def pin_of_call(node: exp.Func, name: str, tokens: Sequence[Token], dialect: str) -> Pin | None:
    """For a call with parentheses, whose name begins at the node's `start`."""
    clock, start = clock_of(name, dialect), node.meta["start"]
    at = next((index for index, token in enumerate(tokens) if token.start == start), None)
    if clock is None or at is None or _names_something(node):
        return None
    qualified = at > 0 and tokens[at - 1].token_type is TokenType.DOT
    after = tokens[at + 1 : at + 3]
    if qualified or [token.token_type for token in after] != [TokenType.L_PAREN, TokenType.R_PAREN]:
        return None
    return Pin(start, after[-1].end + 1, clock)


def pins_of_words(
    word: str,
    nodes: Sequence[exp.Expr],
    places: Sequence[tuple[int, int]],
    tree: exp.Query,
    tokens: Iterable[Token],
    columns: Iterable[Column],
    dialect: str,
) -> list[Pin]:
    """For the calls of one word without parentheses, all or none, as the tree does not say which of them stands where.

    DuckDB takes the word for a column where there is one of that name. So it may stand nowhere else: not in
    `columns`, which are those of the inputs, and in the text only where it names the call itself in the outermost
    select. `tokens` are without those of calls with parentheses.
    """
    clock = clock_of(word, dialect)
    if clock is None or len(nodes) != len(places) or any(_names_something(node) for node in nodes):
        return []
    if tree.find(exp.Pivot) or any(word in f"{column.name} {column.type}".lower() for column in columns):
        return []
    starts = {start for start, _ in places}
    others = [token for token in tokens if word in token.text.lower() and token.start not in starts]
    own = [node for node in nodes if _is_own_name(node, word, tree)]
    return [Pin(start, end, clock) for start, end in places] if len(others) == len(own) else []


def without_calls(tokens: Iterable[Token], starts: Collection[int]) -> list[Token]:
    return [token for token in tokens if token.start not in starts]


def _is_own_name(node: exp.Expr, word: str, tree: exp.Query) -> bool:
    named = node.parent
    return isinstance(named, exp.Alias) and named.parent is tree and named.alias.lower() == word


def _names_something(node: exp.Expr) -> bool:
    """Whether a name may be made from the text of a call: of a column without an alias, of an argument."""
    if isinstance(node.parent, exp.Table) or (isinstance(node.parent, exp.PropertyEQ) and node.arg_key == "this"):
        return True
    child = node
    while (parent := child.parent) is not None:
        if gives_names_away(parent):
            return True
        is_column = isinstance(parent, exp.Select) and child.arg_key == "expressions"
        if is_column and not (isinstance(child, exp.Alias) or child.is_star or _is_a_value(parent)):
            return True
        child = parent
    return False


def _is_a_value(select: exp.Expr) -> bool:
    """Whether a select is an operand, as in `d < (select …)`, whose column nobody can name."""
    return isinstance(select.parent, exp.Subquery) and isinstance(select.parent.parent, exp.Condition | exp.Alias)

"""Calls that give something else in each run, for which no full refresh is the one to equal.

What depends on the order of rows only (LIMIT without a full order, `first()`) is not looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from swathe.model.definition import Column
from swathe.sql.canonical.guards import function_name
from swathe.sql.parse import ParsedQuery
from swathe.sql.pins import pin_of_call, pins_of_words, without_calls
from swathe.sql.volatile_call import VolatileCall, VolatileKind

_CLOCK = frozenset({
    "clock_timestamp", "curdate", "current_date", "current_datetime", "current_localtime", "current_localtimestamp",
    "current_time", "current_timestamp", "current_timestamp_ltz", "curtime", "get_current_date", "get_current_time",
    "get_current_timestamp", "getdate", "localtime", "localtimestamp", "now", "statement_timestamp", "sysdate",
    "systimestamp", "timeofday", "today", "transaction_timestamp", "utc_date", "utc_time", "utc_timestamp",
})  # fmt: skip
_RANDOM = frozenset({
    "array_shuffle", "currval", "current_connection_id", "current_query_id", "current_transaction_id",
    "gen_random_bytes", "gen_random_uuid", "generate_uuid", "lastval", "next_value_for", "nextval", "pg_backend_pid",
    "pg_current_xact_id", "pg_current_xact_id_if_assigned", "rand", "randn", "random", "random_normal", "randstr",
    "setseed", "setval", "shuffle", "txid_current", "txid_current_if_assigned", "txid_current_snapshot", "uniform",
    "uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuid_string", "uuidv4", "uuidv7", "zipf",
})  # fmt: skip
_OF_THE_DATABASE = frozenset({"main", "system", "pg_catalog"})
"""Schemas of functions that the database brings. One of these names in another schema may do anything."""

_KEYWORDS: Mapping[type[exp.Expr], TokenType] = {
    exp.CurrentDate: TokenType.CURRENT_DATE,
    exp.CurrentDatetime: TokenType.CURRENT_DATETIME,
    exp.CurrentTime: TokenType.CURRENT_TIME,
    exp.CurrentTimestamp: TokenType.CURRENT_TIMESTAMP,
    exp.Localtime: TokenType.LOCALTIME,
    exp.Localtimestamp: TokenType.LOCALTIMESTAMP,
}
"""Functions that are also called without parentheses. Of these calls the tree does not say where they stand."""

_WORDS_OF_TIME = frozenset({"now", "today", "tomorrow", "yesterday"})
_READ_AS_TIMES = frozenset({"postgres", "redshift", "materialize", "risingwave"})
"""Dialects in which `date 'today'` is a date, and not an error."""


def volatile_calls(query: ParsedQuery, columns: Collection[Column], dialect: str) -> tuple[VolatileCall, ...]:
    """In the order in which they stand in the query's text. `columns` are those of all that it reads."""
    nodes = list(_volatile(query.tree, dialect))
    tokens = sqlglot.tokenize(query.text, dialect=dialect) if nodes else []
    found: list[VolatileCall] = []
    unplaced: dict[TokenType, list[tuple[exp.Expr, VolatileKind]]] = {}
    for node, kind in nodes:
        if isinstance(node, exp.Func) and "start" in node.meta:
            start, end = node.meta["start"], node.meta["end"] + 1
            name = query.text[start:end]
            found.append(VolatileCall(f"{name}()", start, kind, pin_of_call(node, name, tokens, dialect)))
        else:
            unplaced.setdefault(_token_of(node), []).append((node, kind))
    bare = without_calls(tokens, {call.offset for call in found})
    for token_type, calls in unplaced.items():
        word, places = token_type.name.lower(), _places(token_type, tokens)
        pins = pins_of_words(word, [node for node, _ in calls], places, query.tree, bare, columns, dialect)
        at = {pin.start: pin for pin in pins}
        for (start, end), (_, kind) in zip(places, calls, strict=False):
            found.append(VolatileCall(" ".join(query.text[start:end].split()), start, kind, at.get(start)))
        found += [VolatileCall(word, 0, kind) for _, kind in calls[len(places) :]]
    return tuple(sorted(found, key=lambda call: call.offset))


def _volatile(tree: exp.Query, dialect: str) -> Iterator[tuple[exp.Expr, VolatileKind]]:
    for sample in tree.find_all(exp.TableSample):
        if not sample.args.get("seed"):
            yield sample, VolatileKind.SAMPLE
    for node in tree.find_all(exp.Func):
        if isinstance(node, exp.Cast):
            if dialect in _READ_AS_TIMES and node.this.is_string and _is_clock_word(node):
                yield node, VolatileKind.CLOCK
        elif not _is_of_a_schema(node):
            name = function_name(node)
            if name in _CLOCK or (name == "age" and len(node.expressions) == 1):
                yield node, VolatileKind.CLOCK
            elif name in _RANDOM:
                yield node, VolatileKind.RANDOM


def _is_clock_word(cast: exp.Cast) -> bool:
    return cast.this.name.strip().lower() in _WORDS_OF_TIME and cast.to.is_type(*exp.DataType.TEMPORAL_TYPES, "time")


def _is_of_a_schema(node: exp.Func) -> bool:
    """Whether it is called by the name of a schema of which nothing is known."""
    dot = node.parent
    return isinstance(dot, exp.Dot) and dot.expression is node and dot.left.name.lower() not in _OF_THE_DATABASE


def _token_of(node: exp.Expr) -> TokenType:
    if isinstance(node, exp.Cast):
        return TokenType.STRING
    return _KEYWORDS.get(type(node), TokenType.TABLE_SAMPLE)


def _places(token_type: TokenType, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where such calls may stand, the likeliest first: start and end, exclusive."""
    found = []
    for index, token in enumerate(tokens):
        before, after = (tokens[at] if 0 <= at < len(tokens) else None for at in (index - 1, index + 1))
        if token_type is TokenType.TABLE_SAMPLE:
            start = before if before and before.token_type is TokenType.USING else token
            if token.token_type is token_type or (start is before and token.text.lower() == "sample"):
                seeded = _is_seeded(tokens[index + 1 :])
                found.append((seeded, start.start, token.end + 1))
        elif token_type is TokenType.STRING:
            if token.token_type is token_type and token.text.strip().lower() in _WORDS_OF_TIME:
                found.append((False, token.start, token.end + 1))
        elif token.token_type is token_type:
            is_name = before is not None and before.token_type in (TokenType.DOT, TokenType.ALIAS)
            is_placed = after is not None and after.token_type is TokenType.L_PAREN
            if not is_name and not is_placed:
                found.append((False, token.start, token.end + 1))
    return [(start, end) for _, start, end in sorted(found)]


def _is_seeded(rest: Sequence[Token]) -> bool:
    for token in rest:
        if token.token_type is TokenType.TABLE_SAMPLE or token.text.lower() in ("from", "where", "join", "sample"):
            return False
        if token.text.lower() == "repeatable":
            return True
    return False

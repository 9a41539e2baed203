"""The order of the rewrites, and the weaker forms for queries that are not fully understood."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlglot import ErrorLevel, exp

from swathe.model.definition import Column
from swathe.sql.canonical.dump import dump
from swathe.sql.canonical.guards import names_are_data, refuse_exotic
from swathe.sql.canonical.outputs import drop_idle_order, refuse_duplicate_outputs, sort_outputs
from swathe.sql.canonical.predicates import (
    add_parentheses,
    drop_truths,
    expand_between,
    fold_constants,
    plain_words,
    sort_operands,
    strip_parentheses,
)
from swathe.sql.canonical.qualify import qualify
from swathe.sql.canonical.relations import drop_plain_selections, inline_ctes, merge_subqueries, unwrap_queries
from swathe.sql.canonical.sources import rename_sources
from swathe.sql.canonical.spelling import fold_names, name_outputs
from swathe.sql.canonical.unused import leave_out_unread

Schema = Mapping[tuple[str, str], Sequence[Column]]
"""`(schema, table)` to its columns in table order."""

_ROUNDS = 4


def canonical_sql(query: exp.Query, schema: Schema, dialect: str) -> str:
    """The canonical text of `query`, which is left as it was. Never raises for a query that parses.

    The text is SQL in `dialect` and a last line that names how far the query was understood, with a digest of
    its tree: sqlglot prints some different trees alike, the digest keeps them apart. Strongest first:

    - `full`: every column is bound to its source;
    - `local`: only rewrites that hold without knowing what a name means;
    - `verbatim`: what the user wrote, less comments and layout, because names can get into the rows.
    """
    # sqlglot's optimiser raises far more than its own errors on queries it doesn't expect, and a weaker form
    # is right for every one of them.
    try:
        if names_are_data(query):
            return _text("verbatim", query.copy(), dialect)
        try:
            return _text("full", settled_form(bound_form(query.copy(), schema, dialect)), dialect)
        except Exception:  # noqa: BLE001
            return _text("local", _local(query.copy(), dialect), dialect)
    except Exception:  # noqa: BLE001
        return _text("verbatim", query.copy(), dialect)


def bound_form(tree: exp.Query, schema: Schema, dialect: str) -> exp.Query:
    """The first half of `full`: every column bound to its source, and the output columns still in their order.

    Changes `tree`. Raises sqlglot's errors, or NotUnderstood, for a query that gets a weaker form.
    """
    tree = _named(tree, dialect)
    refuse_exotic(tree)
    tree = strip_parentheses(qualify(tree, schema, dialect))
    refuse_duplicate_outputs(tree)
    tree = unwrap_queries(rename_sources(tree))
    return rename_sources(inline_ctes(tree))


def settled_form(tree: exp.Query) -> exp.Query:
    """The second half, of a query in the form of the first."""
    # Without what nobody reads a CTE may be a plain selection, which is then written out.
    tree = rename_sources(inline_ctes(leave_out_unread(tree)))
    tree = strip_parentheses(merge_subqueries(drop_plain_selections(tree)))
    tree = drop_idle_order(plain_words(expand_between(drop_truths(fold_constants(tree)))))
    # Operands are sorted by their text, which holds aliases numbered by position: sorting and numbering go on
    # until neither changes anything.
    tree = rename_sources(sort_outputs(sort_operands(tree)))
    before = dump(tree)
    for _ in range(_ROUNDS):
        tree = rename_sources(sort_operands(tree))
        after = dump(tree)
        if after == before:
            break
        before = after
    return tree


def _local(tree: exp.Query, dialect: str) -> exp.Query:
    tree = unwrap_queries(_named(tree, dialect))
    tree = drop_idle_order(plain_words(expand_between(drop_truths(fold_constants(tree)))))
    return sort_operands(tree)


def _named(tree: exp.Query, dialect: str) -> exp.Query:
    return name_outputs(fold_names(strip_parentheses(tree), dialect))


def _text(form: str, tree: exp.Query, dialect: str) -> str:
    verbatim = form == "verbatim"
    digest = hashlib.sha256(f"{form} {dump(tree, quotes=verbatim)}".encode()).hexdigest()[:16]
    printable = tree if verbatim else add_parentheses(tree)
    try:
        sql = printable.sql(dialect=dialect, copy=False, comments=False, unsupported_level=ErrorLevel.IGNORE)
    except Exception:  # noqa: BLE001
        sql = type(tree).__name__.upper()
    return f"{sql}\n-- {form} {digest}"

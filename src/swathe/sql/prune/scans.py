"""What is found of each scan of a query, for the rows of its result that are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from swathe.partition.window import Window
from swathe.sql.prune.algebra import Rules
from swathe.sql.prune.block import Resolver, output_names, position_of
from swathe.sql.prune.nulls import Nulls
from swathe.sql.prune.prepare import names_tables_in_text, prepare, scans_of
from swathe.sql.prune.requirement import (
    AlsoNull,
    NullsResult,
    Rows,
    SameValues,
    ScanResult,
    Schema,
    Unpruned,
    ValuesResult,
)
from swathe.sql.prune.times import Times
from swathe.sql.prune.values import Values
from swathe.sql.prune.walk import Filters, Walk
from swathe.sql.prune.whole_numbers import WholeNumbers
from swathe.sql.pruned import Pruned


def prune(query: exp.Query, schema: Schema, dialect: str, column: str) -> dict[int, ScanResult]:
    """The part of each scan that decides which rows of the query have `column` in a span of time.

    `query` is parsed, not resolved, and is left as it is; a scan is an `exp.Table` with a number in `meta["scan"]`, and
    the result has one entry for each number. `column` is an output column, in any case.
    """
    return _spans(_filters(query, schema, dialect, column, Times()))


def prune_numbers(query: exp.Query, schema: Schema, dialect: str, column: str) -> dict[int, ScanResult]:
    """The same of a span of whole numbers, for a `column` of integers."""
    return _spans(_filters(query, schema, dialect, column, WholeNumbers()))


def prune_values(query: exp.Query, schema: Schema, dialect: str, column: str) -> dict[int, ValuesResult]:
    """The columns of each scan that hold the values of the query's `column`, so that both can be filtered alike.

    For every set of values that are not NULL, the rows of the query with `column` in the set are the same when a scan
    is filtered by that set. The arguments are those of `prune`.
    """
    return {
        number: found if isinstance(found, Unpruned) else tuple(SameValues(read.name, read.type) for read, _ in found)
        for number, found in _filters(query, schema, dialect, column, Values()).items()
    }


def prune_nulls(query: exp.Query, schema: Schema, dialect: str, column: str) -> dict[int, NullsResult]:
    """The columns of each scan that are NULL in all rows that decide which rows of the query have NULL in `column`.

    The arguments are those of `prune`.
    """
    return {
        number: found if isinstance(found, Unpruned) else tuple(AlsoNull(read.name, read.type) for read, _ in found)
        for number, found in _filters(query, schema, dialect, column, Nulls()).items()
    }


def _spans(filters: Mapping[int, Filters | Unpruned]) -> dict[int, ScanResult]:
    return {
        number: found
        if isinstance(found, Unpruned)
        else tuple(Pruned(read.name, read.type, window) for read, window in found)
        for number, found in filters.items()
    }


def _filters(
    query: exp.Query, schema: Schema, dialect: str, column: str, rules: Rules
) -> dict[int, Filters | Unpruned]:
    scans = scans_of(query, schema)
    walk = Walk(Resolver(scans, dialect, rules))
    tree = None if names_tables_in_text(query) else prepare(query, scans, dialect)
    if tree is None:
        return dict.fromkeys(scans, Unpruned("the names in this query could not be resolved"))
    names = output_names(tree)
    position = position_of(column, names)
    if position is None:
        count = sum(name.lower() == column.lower() for name in names or ())
        what = "two output columns are called" if count > 1 else "the query's known output has no column"
        return dict.fromkeys(scans, Unpruned(f"{what} `{column}`"))
    try:
        walk.visit(tree, Rows({position: Window()}), {}, names)
    except RecursionError:
        return dict.fromkeys(scans, Unpruned("the query is nested too deeply"))
    return {number: walk.result(scan) for number, scan in scans.items()}

"""The walk from a query's output to its scans.

Invariant. `visit(node, demand)` promises: with the filters that the walk chose at the scans below, the rows of `node`
that lie in the demand are the same, as often, as without them. Rows outside the demand may be garbage (a group that
misses members, a row padded with NULL that has a partner), but garbage never lies in the demand. The reader applies
the partition's own filter on top of the whole query, and that is the first demand.

The rules live beside: `select.py` for the clauses of one SELECT, `joins.py` for its sources, `transfer.py` for what
follows from comparisons, `invert.py` for expressions. What no rule speaks of is read whole. So that a forgotten part of
the syntax can never be pruned, a node passes a demand on only if every one of its arguments is known.

A demand is a span of time (`times.py`), a set of values (`values.py`) or NULL (`nulls.py`): the walk is the same, the
rules differ. Times are spans of naive datetimes in each column's own clock; the session's time zone is UTC. A WITH
query is visited after all its readers, with the hull of their demands. Set operations compare whole rows, so a
condition on one column can be applied to each branch, by position.

A function that sqlglot does not know is taken to see its own row or group only: a macro of the database that hides a
window function is not seen through.

Filters may spare the database errors that the full query would raise, or raise them on garbage: a division by the sum
of a group that lost members. They never change rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from swathe.model.definition import Column
from swathe.partition.window import Window
from swathe.sql.prune.algebra import Rules
from swathe.sql.prune.block import (
    SCAN,
    Derived,
    Env,
    Opaque,
    Relation,
    Resolver,
    Scan,
    only,
    output_names,
    position_of,
)
from swathe.sql.prune.joins import push
from swathe.sql.prune.nulls import Nulls
from swathe.sql.prune.prepare import names_tables_in_text, prepare, scans_of
from swathe.sql.prune.requirement import (
    AlsoNull,
    Demand,
    NullsResult,
    Pruned,
    Rows,
    SameValues,
    ScanResult,
    Schema,
    Unpruned,
    ValuesResult,
    merge,
    offset_of,
)
from swathe.sql.prune.select import admit
from swathe.sql.prune.times import Times
from swathe.sql.prune.values import Values

_CLAUSES = {
    "expressions": "the select list",
    "where": "WHERE",
    "having": "HAVING",
    "qualify": "QUALIFY",
    "group": "GROUP BY",
    "order": "ORDER BY",
}


def prune(query: exp.Query, schema: Schema, dialect: str, column: str) -> dict[int, ScanResult]:
    """The part of each scan that decides which rows of the query have `column` in a span of time.

    `query` is parsed, not resolved, and is left as it is; a scan is an `exp.Table` with a number in `meta["scan"]`, and
    the result has one entry for each number. `column` is an output column, in any case.
    """
    return {
        number: found
        if isinstance(found, Unpruned)
        else tuple(Pruned(read.name, read.type, window) for read, window in found)
        for number, found in _filters(query, schema, dialect, column, Times()).items()
    }


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


Filters = Sequence[tuple[Column, Window]]


def _filters(
    query: exp.Query, schema: Schema, dialect: str, column: str, rules: Rules
) -> dict[int, Filters | Unpruned]:
    scans = scans_of(query, schema)
    walk = _Walk(Resolver(scans, dialect, rules))
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


class _Walk:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._scans: dict[int, list[Demand]] = {}
        self._with: dict[Derived, list[Demand]] = {}

    def result(self, scan: Scan) -> Filters | Unpruned:
        demands = self._scans.get(scan.number)
        if not demands:
            return Unpruned("no rule leads to it")
        demand = merge(demands)
        if isinstance(demand, Unpruned) or scan.columns is None:
            return demand if isinstance(demand, Unpruned) else Unpruned("its columns are not known")
        return [(scan.columns[position], window) for position, window in demand.windows.items()]

    def visit(self, query: exp.Expr, demand: Demand, env: Env, names: Sequence[str] | None = None) -> None:
        """Keep the promise above for a query.

        `env` holds the WITH queries around it, `names` its output columns where a set operation calls them otherwise.
        """
        names = names or output_names(query)
        env, brought = self._resolver.declare(query, env)
        self._refuse_recursive(query, brought)
        if isinstance(demand, Unpruned):
            self._refuse(query, demand, env)
        elif isinstance(query, exp.Select):
            self._select(query, demand, env, names or ())
        elif isinstance(query, exp.SetOperation):
            self._set_operation(query, demand, env, names or ())
        elif isinstance(query, exp.Subquery) and only(query, "this", "alias", "with_", "order"):
            self.visit(query.this, demand, env, names)
            self._refuse_order(query, env)
        else:
            self._refuse(query, _modified(query), env)
        for cte in reversed(brought):
            self.visit(cte.query, merge(self._with.get(cte, [])), cte.env)

    def _select(self, select: exp.Select, rows: Rows, env: Env, names: Sequence[str]) -> None:
        block = self._resolver.block(select, env)
        for key, value in select.args.items():
            if key not in ("with_", "from_", "joins", "laterals"):
                reason = f"read by a subquery in {_CLAUSES.get(key, key.strip('_').upper())}"
                for node in _nodes(value):
                    self._refuse(node, Unpruned(reason, None), env)
        for join in select.args.get("joins") or ():
            for key, value in join.args.items():
                for node in _nodes(value) if key != "this" else ():
                    self._refuse(node, Unpruned("read by a subquery in a join condition", None), env)
        admitted = admit(block, rows, names)
        if isinstance(admitted, Unpruned):
            for source in block.sources:
                self._give(source.relation, admitted, env)
            return
        name, facts, trouble = admitted
        for source, demand in push(block, facts, name, trouble):
            self._give(source.relation, demand, env)

    def _set_operation(self, query: exp.SetOperation, rows: Rows, env: Env, names: Sequence[str]) -> None:
        branches = (query.this, query.expression)
        widths = {len(output_names(branch) or ()) for branch in branches}
        if only(query, "with_", "this", "expression", "distinct", "order") and widths == {len(names)}:
            demand = self._united(query, rows, env, names)
            for branch in branches:
                self.visit(branch, demand, env, names)
            self._refuse_order(query, env)
            return
        self._refuse(query, _modified(query), env)

    def _united(self, query: exp.SetOperation, rows: Rows, env: Env, names: Sequence[str]) -> Demand:
        """The part of a demand that each branch can be asked for alone."""
        windows = {
            position: window
            for position, window in rows.windows.items()
            if self._resolver.rules.unites(self._resolver.branch_kinds(query, position, env))
        }
        if windows:
            return Rows(windows)
        name = names[next(iter(rows.windows))]
        reason = f"the branches of {query.key.upper()} are not sure to give `{name}` the same type"
        return Unpruned(reason, offset_of(query.expression))

    def _give(self, relation: Relation, demand: Demand, env: Env) -> None:
        if isinstance(relation, Scan):
            self._scans.setdefault(relation.number, []).append(self._filterable(relation, demand))
        elif isinstance(relation, Opaque):
            assert isinstance(demand, Unpruned)  # noqa: S101 - nothing opaque is ever asked for less than all
            self._refuse(relation.node, demand, env)
        elif relation.name is not None:
            self._with.setdefault(relation, []).append(demand)
        else:
            self.visit(relation.query, demand, relation.env)

    def _filterable(self, scan: Scan, demand: Demand) -> Demand:
        """The demand on columns of a kind that the rules can filter."""
        if isinstance(demand, Unpruned) or scan.columns is None:
            return demand
        windows = {
            position: window
            for position, window in demand.windows.items()
            if self._resolver.kind(scan, position) is not None
        }
        if windows:
            return Rows(windows)
        first = scan.columns[next(iter(demand.windows))]
        return Unpruned(f"`{first.name}` is {first.type}, {self._resolver.rules.refusal}")

    def _refuse(self, node: exp.Expr, why: Unpruned, env: Env) -> None:
        """All that is read anywhere below is read whole."""
        for table in node.find_all(exp.Table):
            number = table.meta.get(SCAN)
            if isinstance(number, int):
                offset = why.offset if why.offset is not None else offset_of(table)
                self._scans.setdefault(number, []).append(Unpruned(why.reason, offset))
            elif isinstance(table.this, exp.Identifier):
                self._refuse_names((table,), why, env)
            else:
                # A table macro may read a WITH query that it is given by name.
                self._refuse_names(table.this.find_all(exp.Identifier, exp.Literal), why, env)

    def _refuse_names(self, nodes: Iterable[exp.Expr], why: Unpruned, env: Env) -> None:
        for node in nodes:
            cte = None if node.args.get("db") else env.get(node.name.lower()) or env.get(node.name)
            if cte is not None:
                self._with.setdefault(cte, []).append(why)

    def _refuse_order(self, query: exp.Expr, env: Env) -> None:
        if order := query.args.get("order"):
            self._refuse(order, Unpruned("read by a subquery in ORDER BY"), env)

    def _refuse_recursive(self, query: exp.Expr, brought: tuple[Derived, ...]) -> None:
        with_ = query.args.get("with_")
        if with_ is None or not with_.recursive:
            return
        for index, cte in enumerate(brought):
            ahead = {later.name for later in brought[index:]}
            if any(not table.args.get("db") and table.name in ahead for table in cte.query.find_all(exp.Table)):
                why = Unpruned(f"`{cte.name}` is recursive", offset_of(cte.query))
                self._with.setdefault(cte, []).append(why)
                self._refuse(cte.query, why, cte.env)


def _modified(query: exp.Expr) -> Unpruned:
    for key in ("limit", "offset"):
        if clause := query.args.get(key):
            return Unpruned(f"{key.upper()} decides over all rows", offset_of(clause))
    if isinstance(query, exp.SetOperation):
        return Unpruned(f"this form of {query.key.upper()} is not followed", offset_of(query))
    return Unpruned(f"{query.key.upper()} is not followed", offset_of(query))


def _nodes(value: object) -> Iterable[exp.Expr]:
    if isinstance(value, exp.Expr):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)

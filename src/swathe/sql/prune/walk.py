"""The walk from a query's output to its scans.

Invariant. `visit(node, demand)` promises: with the filters that the walk chose at the scans below, the rows of `node`
that lie in the demand are the same, as often, as without them. Rows outside the demand may be garbage (a group that
misses members, a row padded with NULL that has a partner), but garbage never lies in the demand. The reader applies
the partition's own filter on top of the whole query, and that is the first demand.

The rules live beside: `select.py` for the clauses of one SELECT, `joins.py` for its sources, `transfer.py` for what
follows from comparisons, `invert.py` for expressions. What no rule speaks of is read whole. So that a forgotten part of
the syntax can never be pruned, a node passes a demand on only if every one of its arguments is known.

A demand is a span of time (`times.py`), a span of whole numbers (`whole_numbers.py`), a set of values (`values.py`) or
NULL (`nulls.py`): the walk is the same, the rules differ. Times are spans of naive datetimes in each column's own
clock; the session's time zone is UTC. A WITH query is visited after all its readers, with the hull of their demands.
Set operations compare whole rows, so a condition on one column can be applied to each branch, by position.

A function that sqlglot does not know is taken to see its own row or group only: a macro of the database that hides a
window function is not seen through.

Filters may spare the database errors that the full query would raise, or raise them on garbage: a division by the sum
of a group that lost members. They never change rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from swathe.model.definition import Column
from swathe.partition.window import Window
from swathe.sql.prune.block import (
    SCAN,
    Block,
    Derived,
    Env,
    Opaque,
    Relation,
    Resolver,
    Scan,
    Source,
    only,
    output_names,
)
from swathe.sql.prune.joins import Pushed, push
from swathe.sql.prune.members import members
from swathe.sql.prune.requirement import (
    Demand,
    Rows,
    Unpruned,
    merge,
    offset_of,
)
from swathe.sql.prune.select import admit, drops_by_where_first
from swathe.sql.prune.transfer import Facts

_CLAUSES = {
    "expressions": "the select list",
    "where": "WHERE",
    "having": "HAVING",
    "qualify": "QUALIFY",
    "group": "GROUP BY",
    "order": "ORDER BY",
}


Filters = Sequence[tuple[Column, Window]]


class Walk:
    """Demands on scans, collected from the query's output inwards."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._scans: dict[int, list[Demand]] = {}
        self._with: dict[Derived, list[Demand]] = {}

    def result(self, scan: Scan) -> Filters | Unpruned:
        """What all visits together ask of a scan."""
        demands = self._scans.get(scan.number)
        if not demands:
            return Unpruned("no rule leads to it")
        demand = merge(demands)
        if isinstance(demand, Unpruned) or scan.columns is None:
            return demand if isinstance(demand, Unpruned) else Unpruned("its columns are not known")
        windows = {position: window for position, window in demand.windows.items() if not window.is_everything}
        if not windows:
            return Unpruned("what comes before and what comes after matters")
        return [(scan.columns[position], window) for position, window in windows.items()]

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
        admitted = admit(block, rows, names)
        if isinstance(admitted, Unpruned):
            self._whole(block, admitted, env)
        else:
            name, facts, trouble = admitted
            self._spread(block, push(block, facts, name, trouble), env)

    def _whole(self, block: Block, why: Unpruned, env: Env) -> None:
        for source in block.sources:
            self._give(source.relation, why, env)
        self._clauses(block, {}, env)

    def _spread(self, block: Block, pushed: Pushed, env: Env) -> None:
        """Pass a block's demands on: to its sources, and to the subqueries that are evaluated on its rows."""
        for source, demand in pushed.demands:
            nested = _unnamed(source.relation)
            if nested is None or not isinstance(demand, Unpruned):
                self._give(source.relation, demand, env)
            else:
                # It may be evaluated for each row of the sources before it.
                around = source.relation.env if isinstance(source.relation, Derived) else env
                self._nested(nested, block, _seen(block, source, pushed.facts), demand, around)
        self._clauses(block, pushed.facts, env)

    def _clauses(self, block: Block, facts: Facts, env: Env) -> None:
        """The subqueries outside of FROM."""
        for key, value in block.select.args.items():
            if key not in ("with_", "from_", "joins", "laterals"):
                why = Unpruned(f"read by a subquery in {_CLAUSES.get(key, key.strip('_').upper())}")
                for node in _nodes(value):
                    wanted = members(node, block, facts, env) if key == "where" else {}
                    self._subqueries(node, block, facts, why, env, wanted)
        for join in block.select.args.get("joins") or ():
            for key, value in join.args.items():
                for node in _nodes(value) if key != "this" else ():
                    self._refuse(node, Unpruned("read by a subquery in a join condition"), env)

    def _subqueries(
        self, node: exp.Expr, block: Block, facts: Facts, why: Unpruned, env: Env, wanted: Mapping[int, Rows]
    ) -> None:
        if isinstance(node, exp.Query):
            self._nested(node, block, facts, why, env, wanted.get(id(node)))
        elif isinstance(node, exp.Table):
            self._refuse(node, why, env)
        else:
            for child in node.iter_expressions():
                self._subqueries(child, block, facts, why, env, wanted)

    def _nested(
        self, query: exp.Expr, outer: Block, facts: Facts, why: Unpruned, env: Env, wanted: Rows | None = None
    ) -> None:
        """A query that is evaluated on rows of an outer one, of which only those matter that the facts hold for.

        For each of those its result stays as it was, but for rows of it outside of `wanted`. What its WHERE drops it
        drops before anything else is done, so no clause of it stands in the way.
        """
        env, brought = self._resolver.declare(query, env)
        self._refuse_recursive(query, brought)
        if not facts and wanted is None:
            self._refuse(query, why, env)
        elif isinstance(query, exp.Select):
            self._nested_select(query, outer, facts, why, env, wanted)
        elif isinstance(query, exp.SetOperation):
            demand = None
            if wanted is not None and self._is_plain(query, output_names(query) or ()):
                demand = self._united(query, wanted, env, output_names(query) or ())
            for branch in (query.this, query.expression):
                self._nested(branch, outer, facts, why, env, demand if isinstance(demand, Rows) else None)
            for key, value in query.args.items():
                for node in _nodes(value) if key not in ("with_", "this", "expression") else ():
                    self._refuse(node, why, env)
        elif isinstance(query, exp.Subquery) and only(query, "this", "alias", "with_"):
            self._nested(query.this, outer, facts, why, env, wanted)
        else:
            self._refuse(query, why, env)
        for cte in reversed(brought):
            self.visit(cte.query, merge(self._with.get(cte, [])), cte.env)

    def _nested_select(
        self, select: exp.Select, outer: Block, facts: Facts, why: Unpruned, env: Env, wanted: Rows | None
    ) -> None:
        block = self._resolver.block(select, env)
        block.outer = outer
        given = {
            expression: window
            for expression, window in facts.items()
            if not any(block.hides(column) for column in expression.find_all(exp.Column))
        }
        names = output_names(select)
        admitted = admit(block, wanted, names) if wanted is not None and names is not None else why
        name, known, trouble = ("", {}, why) if isinstance(admitted, Unpruned) else admitted
        if (known or given) and drops_by_where_first(select):
            self._spread(block, push(block, known, name, trouble, given), env)
        else:
            self._whole(block, why, env)

    def _set_operation(self, query: exp.SetOperation, rows: Rows, env: Env, names: Sequence[str]) -> None:
        if self._is_plain(query, names):
            demand = self._united(query, rows, env, names)
            for branch in (query.this, query.expression):
                self.visit(branch, demand, env, names)
            self._refuse_order(query, env)
            return
        self._refuse(query, _modified(query), env)

    def _is_plain(self, query: exp.SetOperation, names: Sequence[str]) -> bool:
        """Whether it compares its branches' columns by position, and does nothing else."""
        widths = {len(output_names(branch) or ()) for branch in (query.this, query.expression)}
        return only(query, "with_", "this", "expression", "distinct", "order") and widths == {len(names)}

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


def _unnamed(relation: Relation) -> exp.Expr | None:
    """The query that stands in FROM itself."""
    if isinstance(relation, Derived) and relation.name is not None:
        return None
    return relation.query if isinstance(relation, Derived | Opaque) else None


def _seen(block: Block, source: Source, facts: Facts) -> Facts:
    """The facts about columns that a query in FROM may see: of the sources before it, and of outer queries."""
    before = block.sources[: block.sources.index(source)]
    return {
        expression: window
        for expression, window in facts.items()
        if all(block.owner(column) in before or not block.hides(column) for column in expression.find_all(exp.Column))
    }


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

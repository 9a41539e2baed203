"""What the conditions of a query say of its scans, whoever asks for its rows: `day >= date '2024-01-01'`.

Claim. A scan's rows that do not hold what `hold` says of it may be changed, left out or added to, and no row of the
query changes. For a condition this is shown where it stands, below all that is done with the rows afterwards: grouping,
windows, limits.

- WHERE: all joined rows that outlive it satisfy its conjuncts, so these are a demand on the joined rows, and `joins.py`
  says what they demand of each source.
- ON of an inner join, or of a semi join for its left side: the same, of the rows joined up to there.
- ON of any join that keeps all rows of its left side, or none for want of a partner: a row of its right side that does
  not satisfy a conjunct about it alone is no row's partner.

What is demanded of a subquery or of a WITH query becomes a demand on its output, and goes on by the rules of the walk.
Of a WITH query that is read several times, the hull is demanded. Each demand alone changes nothing in what is asked
for, whatever the scans hold; so all of them together do not.

A demand on a column is what its values may be (by `Values`), between which times (by `Times`), or that it may be NULL
(by `Nulls`): each goes by its own rules. Where values and NULL are demanded together, what both rules reach is held:
the filter of each is within the filter of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from sqlglot import exp

from swathe.model.definition import Column
from swathe.partition.held import ANY, NULL_ONLY, VALUED, Held
from swathe.partition.window import Window
from swathe.sql.prune.algebra import Rules
from swathe.sql.prune.block import Block, Derived, Env, JoinKind, Resolver, Scan, Source, only, output_names
from swathe.sql.prune.comparisons import Comparisons
from swathe.sql.prune.joins import push
from swathe.sql.prune.nulls import Nulls
from swathe.sql.prune.prepare import names_tables_in_text, prepare, scans_of
from swathe.sql.prune.requirement import Rows, Schema, Unpruned
from swathe.sql.prune.select import admit
from swathe.sql.prune.times import Times
from swathe.sql.prune.transfer import Facts, conjuncts, facts_of
from swathe.sql.prune.values import Values

_BEFORE_AND_AFTER = (
    "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having", "qualify", "windows",
    "order", "limit", "offset", "hint",
)  # fmt: skip
"""The parts of a SELECT of which it is known that WHERE comes before them, or that they are its sources."""

_FILTERING = (JoinKind.INNER, JoinKind.SEMI)
_ONE_SIDED = (JoinKind.INNER, JoinKind.LEFT, JoinKind.SEMI, JoinKind.ANTI)

Demand = Mapping[int, Held]
"""What the reader holds of a relation's columns, by position."""

Reached = Iterator[tuple[Source, int, Held]]

_Column = tuple[Source, int, Window]


def hold(query: exp.Query, schema: Schema, dialect: str) -> dict[int, tuple[tuple[Column, Held], ...]]:
    """What each scan's rows hold that can matter at all. The arguments and the numbers are those of `prune`."""
    scans = scans_of(query, schema)
    tree = None if names_tables_in_text(query) else prepare(query, scans, dialect)
    walk = _Walk(tree, scans, dialect) if tree is not None else None
    try:
        if walk is not None and tree is not None:
            walk.visit(tree, {}, {})
    except RecursionError:
        walk = None
    return {number: () if walk is None else walk.result(scan) for number, scan in scans.items()}


class _Walk:
    def __init__(self, tree: exp.Expr, scans: Mapping[int, Scan], dialect: str) -> None:
        kinds: tuple[Rules, ...] = (Values(), Times(), Nulls())
        self._values, self._times, self._nulls = (Resolver(scans, dialect, rules) for rules in kinds)
        self._found: dict[int, list[Demand]] = {}
        self._with: dict[Derived, list[Demand]] = {}
        tables = list(tree.find_all(exp.Table))
        self._mentions = Counter(table.name for table in tables if isinstance(table.this, exp.Identifier))
        # A table macro may read a WITH query that it is given by name.
        self._spoken = {
            node.name
            for table in tables
            if not isinstance(table.this, exp.Identifier)
            for node in table.find_all(exp.Identifier, exp.Literal)
        }

    def result(self, scan: Scan) -> tuple[tuple[Column, Held], ...]:
        demands = self._found.get(scan.number)
        if not demands or scan.columns is None:
            return ()
        return tuple((scan.columns[position], held) for position, held in sorted(_hull(demands).items()))

    def visit(self, query: exp.Expr, demand: Demand, env: Env) -> None:
        """Keep the promise for a query, of whose output only what is demanded matters. `env` holds the WITH queries
        around it.
        """
        with_ = query.args.get("with_")
        env, brought = self._values.declare(query, env)
        if isinstance(query, exp.Select):
            self._select(query, demand, env)
        elif isinstance(query, exp.SetOperation):
            self._set_operation(query, demand, env)
        elif isinstance(query, exp.Subquery):
            plain = only(query, "this", "alias", "with_", "order")
            self.visit(query.this, demand if plain else {}, env)
            self._inside(query, env, but=("this", "with_"))
        else:
            self._inside(query, env, but=("with_",))
        for cte in reversed(brought):
            known = {} if with_ is None or with_.recursive else self._demanded(cte)
            self.visit(cte.query, known, cte.env)

    def _demanded(self, cte: Derived) -> Demand:
        """What all readers of a WITH query demand; nothing unless each place that may read it was seen as a reader."""
        demands = self._with.get(cte, [])
        if not demands or cte.name in self._spoken or self._mentions[cte.name or ""] != len(demands):
            return {}
        return _hull(demands)

    def _select(self, select: exp.Select, demand: Demand, env: Env) -> None:
        block = self._values.block(select, env)
        found: dict[Source, dict[int, Held]] = {}
        if only(select, *_BEFORE_AND_AFTER):
            for source, position, held in (*self._conditions(select, env), *self._asked(select, demand, env)):
                known = found.setdefault(source, {})
                known[position] = known.get(position, Held()) & held
        for source in block.sources:
            self._give(source, found.get(source, {}))
        self._inside(select, env, but=("with_", "from_", "joins", "laterals"))
        for join in select.args.get("joins") or ():
            self._inside(join, env, but=("this",))

    def _give(self, source: Source, demand: Demand) -> None:
        """What lies in a relation that is not followed is not visited: nothing is held there."""
        relation = source.relation
        if isinstance(relation, Scan):
            self._found.setdefault(relation.number, []).append(self._of_scan(relation, demand))
        elif isinstance(relation, Derived) and relation.name is not None:
            self._with.setdefault(relation, []).append(demand)
        elif isinstance(relation, Derived):
            self.visit(relation.query, demand, relation.env)

    def _of_scan(self, scan: Scan, demand: Demand) -> Demand:
        """What columns can hold by their types."""
        rules = (self._values, self._times, self._nulls)
        return {
            position: _kept(held, *(resolver.kind(scan, position) is not None for resolver in rules))
            for position, held in demand.items()
        }

    def _inside(self, node: exp.Expr, env: Env, but: tuple[str, ...]) -> None:
        """Visit the queries in a node's parts. Each of them drops rows where it stands."""
        for key, value in node.args.items():
            for part in (value if isinstance(value, list) else [value]) if key not in but else ():
                if isinstance(part, exp.Query) and not isinstance(part, exp.Table):
                    self.visit(part, {}, env)
                elif isinstance(part, exp.Expr):
                    self._inside(part, env, ())

    def _set_operation(self, query: exp.SetOperation, demand: Demand, env: Env) -> None:
        branches = (query.this, query.expression)
        widths = {len(output_names(branch) or ()) for branch in branches}
        if not only(query, "with_", "this", "expression", "distinct", "order") or len(widths) > 1:
            demand = {}
        passed: dict[int, Held] = {}
        for position, held in demand.items():
            rules = (self._values, self._times, self._nulls)
            unites = (each.rules.unites(each.branch_kinds(query, position, env)) for each in rules)
            passed[position] = _kept(held, *unites)
        for branch in branches:
            self.visit(branch, passed, env)
        self._inside(query, env, but=("with_", "this", "expression"))

    def _conditions(self, select: exp.Select, env: Env) -> Reached:
        """What the conditions of a SELECT itself say of its sources."""
        sources = self._values.block(select, env).sources
        yield from self._stated(select, env, list(conjuncts(select.args.get("where"))), None)
        for index, source in enumerate(sources):
            conditions = list(source.conditions)
            if source.kind in _ONE_SIDED and index:
                yield from self._stated(select, env, conditions, slice(index, index + 1))
            if source.kind in _FILTERING and index:
                last = index + 1 if source.kind is JoinKind.INNER else index
                yield from self._stated(select, env, conditions, slice(last))

    def _stated(self, select: exp.Select, env: Env, conditions: list[exp.Expr], part: slice | None) -> Reached:
        """What conditions say that are true of the rows joined from a part of the sources; None is all, under WHERE."""
        values, times = (resolver.block(select, env) for resolver in (self._values, self._times))
        stated = Comparisons(values.algebra, times.algebra).stated(conditions)
        for expression, held in stated.items():
            yield from self._held(select, env, held, partial(_seeded, expression, part))

    def _asked(self, select: exp.Select, demand: Demand, env: Env) -> Reached:
        """What a demand on the output says of the sources."""
        for position, held in demand.items():
            yield from self._held(select, env, held, partial(_admitted, position))

    def _held(self, select: exp.Select, env: Env, held: Held, follow: Callable[[Block], Iterable[_Column]]) -> Reached:
        """What is held of the sources' columns where something is held of what they are followed from."""
        sources = self._values.block(select, env).sources

        def followed(resolver: Resolver) -> dict[tuple[int, int], Window]:
            block = resolver.block(select, env)
            return {(block.sources.index(source), at): window for source, at, window in follow(block)}

        nulls = followed(self._nulls) if held.choice.null else {}
        if held.choice == NULL_ONLY:
            yield from ((sources[index], at, Held(NULL_ONLY)) for index, at in nulls)
            return
        for index, at in followed(self._values):
            if not held.choice.null or (index, at) in nulls:
                yield sources[index], at, replace(held, times=Held().times)
        if not held.choice.null:
            for (index, at), window in followed(self._times).items():
                yield sources[index], at, Held(VALUED, times=window.apply(held.times))


def _seeded(expression: exp.Expr, part: slice | None, block: Block) -> Iterator[_Column]:
    """The columns of the sources to which a demand on an expression comes down."""
    facts = facts_of(block.algebra.chain(expression), Window())
    if part is not None:
        block = Block(exp.Select(), block.sources[part], block.resolver)
    yield from _pushed(block, facts)


def _admitted(position: int, block: Block) -> Iterator[_Column]:
    """The columns of the sources to which a demand on an output column comes down."""
    names = output_names(block.select) or ()
    if position < len(names):
        passed = admit(block, Rows({position: Window()}), names)
        if not isinstance(passed, Unpruned):
            yield from _pushed(block, passed[1])


def _pushed(block: Block, facts: Facts) -> Iterator[_Column]:
    for source, demand in push(block, facts, "", None).demands:
        if not isinstance(demand, Unpruned):
            yield from ((source, position, window) for position, window in demand.windows.items())


def _kept(held: Held, values: bool, times: bool, nulls: bool) -> Held:
    """What can still be said where only some of the rules apply."""
    if held.choice.null:
        return replace(held, times=Held().times) if nulls and (values or held.choice == NULL_ONLY) else Held()
    choice = held.choice if values else VALUED if times else ANY
    numbers = held.numbers if values else Held().numbers
    return Held(choice, held.times if times else Held().times, numbers)


def _hull(demands: Iterable[Demand]) -> Demand:
    """What holds for all readers."""
    first, *rest = demands
    found = dict(first)
    for demand in rest:
        found = {position: held | demand[position] for position, held in found.items() if position in demand}
    return {position: held for position, held in found.items() if not held.is_anything}

"""Names: which relation each column of a SELECT belongs to, and what each relation's columns are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlglot import exp

from swathe.model.definition import Column
from swathe.partition.window import Window
from swathe.sql.prune.algebra import Algebra, Rules
from swathe.sql.prune.kinds import Kind, strip
from swathe.sql.prune.requirement import offset_of
from swathe.sql.prune.transfer import conjuncts

SCAN = "scan"
UNSURE_CONDITION = "swathe_unsure_condition"
UNSURE_JOIN = "swathe_unsure_join"

_BY_POSITION = ("with_", "this", "expression", "distinct", "order", "limit", "offset")
"""The parts of a set operation that match the columns of its branches by position."""


@dataclass(eq=False, slots=True)
class Scan:
    """An input, read once. `columns` is None when the schema does not hold it."""

    number: int
    columns: Sequence[Column] | None


@dataclass(eq=False, slots=True)
class Derived:
    """A subquery in FROM, or a WITH query; `env` holds the WITH queries that it sees."""

    query: exp.Expr
    env: Env
    name: str | None = None


@dataclass(eq=False, slots=True)
class Opaque:
    """Anything else that gives rows: functions, VALUES, LATERAL, joins in parentheses.

    `query` is what LATERAL evaluates for each row of the sources before it.
    """

    node: exp.Expr
    reason: str
    query: exp.Query | None = None


Relation = Scan | Derived | Opaque
Env = Mapping[str, Derived]


class JoinKind(Enum):
    """How a source joins all sources before it. UNKNOWN stands for every join no rule is written for."""

    INNER = "JOIN"
    LEFT = "LEFT JOIN"
    RIGHT = "RIGHT JOIN"
    SEMI = "SEMI JOIN"
    ANTI = "ANTI JOIN"
    ASOF = "ASOF JOIN"
    FULL = "FULL JOIN"
    UNKNOWN = "this kind of JOIN"


@dataclass(eq=False, slots=True)
class Source:
    """One item of a FROM, in order, with what its join demands to be true."""

    alias: str
    relation: Relation
    kind: JoinKind
    conditions: tuple[exp.Expr, ...]
    offset: int | None


@dataclass(eq=False, slots=True)
class Block:
    """One SELECT and its sources. `outer` is the SELECT whose columns it may use as well, where it is nested in one."""

    select: exp.Select
    sources: tuple[Source, ...]
    resolver: Resolver
    outer: Block | None = None
    algebra: Algebra = field(init=False)

    def __post_init__(self) -> None:
        self.algebra = Algebra(self.resolver.rules, self._kind, self.resolver.dialect)

    def owner(self, column: exp.Column) -> Source | None:
        """The source a column belongs to; None for a column of an outer query, and when in doubt."""
        if not column.table or column.args.get("db"):
            return None
        owners = [source for source in self.sources if source.alias == column.table]
        return owners[0] if len(owners) == 1 else None

    def locate(self, column: exp.Expr) -> tuple[Source, int] | None:
        """The source and position of a column; None for what is not surely a column of one of the sources."""
        owner = self.owner(column) if isinstance(column, exp.Column) else None
        position = position_of(column.name, self.resolver.columns(owner.relation)) if owner else None
        return None if owner is None or position is None else (owner, position)

    def _kind(self, expression: exp.Expr) -> Kind | None:
        return self.resolver.rules.kind(expression, self.column_kind, self.resolver.dialect)

    def column_kind(self, column: exp.Column) -> Kind | None:
        """The kind of a column of its own or of an outer query, where that is certain."""
        found = self.locate(column)
        if found is not None:
            return self.resolver.kind(found[0].relation, found[1])
        outer = None if self.hides(column) else self.outer
        return outer.column_kind(column) if outer else None

    def hides(self, column: exp.Column) -> bool:
        """Whether a column that an outer query calls so is not the one that is meant here."""
        return any(source.alias == column.table for source in self.sources)


def position_of(name: str, columns: Sequence[str] | None) -> int | None:
    """Where the only column of this name stands."""
    wanted = name.lower()
    found = [position for position, column in enumerate(columns or ()) if column.lower() == wanted]
    return found[0] if len(found) == 1 else None


class Resolver:
    """Blocks and WITH queries of one tree. The same node always gives the same objects."""

    def __init__(self, scans: Mapping[int, Scan], dialect: str, rules: Rules) -> None:
        self.dialect = dialect
        self.rules = rules
        self._scans = scans
        self._blocks: dict[int, Block] = {}
        self._declared: dict[int, tuple[Env, tuple[Derived, ...]]] = {}
        self._kinds: dict[tuple[int, int], Kind | None] = {}
        self._names: dict[int, tuple[str, ...] | None] = {}
        self.beside: dict[tuple[int, int, Window], tuple[tuple[str, Window], ...]] = {}
        """What `siblings` found."""
        self._asked: set[tuple[int, int]] = set()
        self._circles = 0

    def declare(self, query: exp.Expr, env: Env) -> tuple[Env, tuple[Derived, ...]]:
        """What the query's body sees, and the WITH queries it brings itself, in order.

        A WITH query sees those before it: one that names itself or a later one is recursive, and sees them all.
        """
        with_ = query.args.get("with_")
        if with_ is None:
            return env, ()
        if id(with_) not in self._declared:
            inner = dict(env)
            brought = []
            for cte in with_.expressions:
                derived = Derived(cte.this, inner if with_.recursive else dict(inner), cte.alias)
                brought.append(derived)
                inner[cte.alias] = derived
            self._declared[id(with_)] = inner, tuple(brought)
        return self._declared[id(with_)]

    def block(self, select: exp.Select, env: Env) -> Block:
        """The sources of a SELECT; `env` must already hold its own WITH queries."""
        if id(select) not in self._blocks:
            from_, joins = select.args.get("from_"), select.args.get("joins") or ()
            first = [] if from_ is None else [from_.this, *(select.args.get("laterals") or ())]
            sources = (
                *(self._source(node, JoinKind.INNER, (), env) for node in first),
                *(self._source(join.this, _join_kind(join), _conditions(join), env) for join in joins),
            )
            self._blocks[id(select)] = Block(select, sources, self)
        return self._blocks[id(select)]

    def columns(self, relation: Relation) -> tuple[str, ...] | None:
        """The relation's column names in order; None when they are not all known."""
        if isinstance(relation, Scan):
            return None if relation.columns is None else tuple(column.name for column in relation.columns)
        return self.names(relation.query) if isinstance(relation, Derived) else None

    def names(self, query: exp.Expr) -> tuple[str, ...] | None:
        """What `output_names` gives, looked for once."""
        if id(query) not in self._names:
            self._names[id(query)] = output_names(query)
        return self._names[id(query)]

    def kind(self, relation: Relation, position: int) -> Kind | None:
        """The kind of a relation's column, where that is certain."""
        if isinstance(relation, Scan):
            assert relation.columns is not None  # noqa: S101 - positions are found in known columns only
            return self.rules.column_kind(relation.columns[position].type, self.dialect)
        return self.query_kind(relation.query, position, relation.env) if isinstance(relation, Derived) else None

    def branch_kinds(self, query: exp.SetOperation, position: int, env: Env) -> Iterator[Kind | None]:
        """The kind that each branch gives a column, by position; `env` must already hold the query's own WITH."""
        return (self.query_kind(branch, position, env) for branch in (query.this, query.expression))

    def query_kind(self, query: exp.Expr, position: int, env: Env) -> Kind | None:
        asked = (id(query), position)
        if asked in self._asked:
            self._circles += 1
            return None
        if asked in self._kinds:
            return self._kinds[asked]
        circles = self._circles
        self._asked.add(asked)
        kind = self._found_kind(query, position, env)
        self._asked.discard(asked)
        if circles == self._circles:  # else the answer depends on where a recursive query was entered
            self._kinds[asked] = kind
        return kind

    def _found_kind(self, query: exp.Expr, position: int, env: Env) -> Kind | None:
        inner, _ = self.declare(query, env)
        if isinstance(query, exp.Subquery):
            return self.query_kind(query.this, position, inner)
        if isinstance(query, exp.SetOperation) and only(query, *_BY_POSITION):
            return self.rules.united_kind(set(self.branch_kinds(query, position, inner)))
        if isinstance(query, exp.Select) and position < len(self.names(query) or ()):
            return self.block(query, inner).algebra.types(query.expressions[position])
        return None

    def _source(self, node: exp.Expr, kind: JoinKind, conditions: tuple[exp.Expr, ...], env: Env) -> Source:
        return Source(node.alias_or_name, self._relation(node, env), kind, conditions, offset_of(node))

    def _relation(self, node: exp.Expr, env: Env) -> Relation:
        if isinstance(node, exp.Table):
            return self._table(node, env)
        if isinstance(node, exp.Subquery) and only(node, "this", "alias", "with_"):
            if isinstance(node.this, exp.Table) and not node.args.get("alias"):
                return Opaque(node, "joins in parentheses are not followed")
            if isinstance(node.this, exp.Query) and not _renames(node):
                return Derived(node, env)
        if isinstance(node, exp.Lateral):
            query = node.this if isinstance(node.this, exp.Query) else None
            return Opaque(node, "LATERAL reads it once for each row of the sources before it", query)
        return Opaque(node, "this part of FROM is not followed")

    def _table(self, table: exp.Table, env: Env) -> Relation:
        if table.args.get("sample"):
            return Opaque(table, "TABLESAMPLE decides over all rows")
        if not only(table, "this", "db", "catalog", "alias"):
            return Opaque(table, "PIVOT and other table options are not followed")
        if _renames(table):
            return Opaque(table, "the alias renames its columns")
        number = table.meta.get(SCAN)
        if isinstance(number, int):
            return self._scans[number]
        if not table.args.get("db") and isinstance(table.this, exp.Identifier) and table.name in env:
            return env[table.name]
        return Opaque(table, "this part of FROM is not followed")


def output_names(query: exp.Expr) -> tuple[str, ...] | None:
    """The output columns of a query; None when a star hides some."""
    if isinstance(query, exp.Subquery):
        return output_names(query.this)
    if isinstance(query, exp.SetOperation):
        return output_names(query.this)
    if not isinstance(query, exp.Select) or any(_hides_columns(strip(part)) for part in query.expressions):
        return None
    return tuple(part.alias_or_name for part in query.expressions)


def only(node: exp.Expr, *allowed: str) -> bool:
    """Whether every other part of the node is empty: what a rule has not heard of, it does not pass."""
    return all(name in allowed or not value for name, value in node.args.items())


def _hides_columns(expression: exp.Expr) -> bool:
    """Whether a projection may stand for any number of columns: a star, or a struct that is unnested."""
    unnested = isinstance(expression, exp.Explode | exp.Unnest) and not (
        only(expression, "this") and expression.this.is_type(exp.DType.ARRAY, exp.DType.LIST)
    )
    return unnested or expression.is_star or expression.find(exp.Columns) is not None


def _renames(node: exp.Expr) -> bool:
    alias = node.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.args.get("columns"))


def _join_kind(join: exp.Join) -> JoinKind:
    if join.meta.get(UNSURE_JOIN) or not only(join, "this", "on", "side", "kind", "method"):
        return JoinKind.UNKNOWN
    match join.method.upper(), join.side.upper(), join.kind.upper():
        case "", ("" | "LEFT"), ("SEMI" | "ANTI" as kind):
            return JoinKind[kind]
        case "", "", ("" | "INNER" | "CROSS"):
            return JoinKind.INNER
        case "", ("LEFT" | "RIGHT" | "FULL" as side), ("" | "OUTER"):
            return JoinKind[side]
        case "ASOF", ("" | "LEFT"), ("" | "INNER" | "OUTER"):
            return JoinKind.ASOF
    return JoinKind.UNKNOWN


def _conditions(join: exp.Join) -> tuple[exp.Expr, ...]:
    return () if join.meta.get(UNSURE_CONDITION) else tuple(conjuncts(join.args.get("on")))

"""Which columns of its inputs each output column of a query is made from, and which decide its rows.

Invariant: a column that is not named has no influence. So what is not followed (PIVOT, a whole row as a value, a name
that can't be resolved) stands for every column of what it reads.

A column is *made from* what its expression reads, with the keys of its window functions and all that a subquery in it
reads. The rows are *decided by* what filters, joins, groups, limits or compares whole rows anywhere in the query, since
a join drops or repeats rows by what the other side filters.

sqlglot's own lineage knows neither named windows nor what decides rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from swathe.frozen import frozen
from swathe.model.definition import Column, InputName
from swathe.sql.lineage_reach import NOTHING, InputColumn, Origin, Reach, Rows, union
from swathe.sql.parse import ParsedQuery
from swathe.sql.prune.block import SCAN
from swathe.sql.prune.prepare import names_tables_in_text, prepare, scans_of


@frozen
class Lineage:
    """`made_from` has an entry for each output column, by its name in lower case. `sorted_by` are the columns of every
    ORDER BY, also of those that decide nothing by the language's own word.
    """

    made_from: Mapping[str, Origin]
    decided_by: Origin
    sorted_by: Origin = NOTHING

    @property
    def reads(self) -> Origin:
        """All that may have an influence on what the query gives."""
        return union((self.decided_by, self.sorted_by, *self.made_from.values()))

    @classmethod
    def merged(cls, parts: Sequence[Lineage]) -> Lineage:
        """That of a model with several queries for the same columns."""
        names = dict.fromkeys(name for part in parts for name in part.made_from)
        made_from = {name: union(part.made_from.get(name, NOTHING) for part in parts) for name in names}
        decided_by = union(part.decided_by for part in parts)
        return cls(made_from, decided_by, union(part.sorted_by for part in parts))


def trace(
    query: ParsedQuery, schema: Mapping[tuple[str, str], Sequence[Column]], columns: Sequence[Column], dialect: str
) -> Lineage:
    """The lineage of a query with these output columns.

    Where its names can't be resolved, every column of every input may be in each output.
    """
    wanted = [column.name.lower() for column in columns]
    scans = scans_of(query.tree, schema)
    inputs = {
        scan.id: _input(scan.input.name, [column.name for column in scans[scan.id].columns or ()])
        for scan in query.template.scans
    }
    anything = frozenset(InputColumn(scan.input.name, None) for scan in query.template.scans)
    found = None
    if not names_tables_in_text(query.tree) and (tree := prepare(query.tree, scans, dialect)) is not None:
        try:
            walk = _Walk(inputs)
            found = walk.query(tree, Reach())
        except RecursionError:
            found = None
    if found is None:
        return Lineage(dict.fromkeys(wanted, anything), anything)
    return Lineage(_by_name(found, wanted), found.decided, walk.sorted_by)


class _Walk:
    """`inputs` by the numbers of their scans."""

    def __init__(self, inputs: Mapping[int, Rows]) -> None:
        self._inputs = inputs
        self.sorted_by: Origin = NOTHING

    def query(self, node: exp.Expr, around: Reach) -> Rows:
        """The rows of a query. `around` is what it sees besides its own sources."""
        reach = Reach(dict(around.ctes), around)
        if (with_ := node.args.get("with_")) is not None:
            self._declare(with_, reach)
        if isinstance(node, exp.Select):
            return self._select(node, reach)
        if isinstance(node, exp.SetOperation):
            found = self._set_operation(node, reach)
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query) and not node.args.get("pivots"):
            found = self.query(node.this, reach)
        else:
            return self._opaque(node, reach)
        reach.outputs = dict(found.columns)
        self.sorted_by |= self._reads(node.args.get("order"), reach)
        return replace(found, decided=found.decided | self._cut_off(node, reach))

    def _declare(self, with_: exp.With, reach: Reach) -> None:
        for cte in with_.expressions:
            recursive = with_.recursive and any(table.name == cte.alias for table in cte.this.find_all(exp.Table))
            if recursive:
                reach.ctes[cte.alias] = Rows((), rest=NOTHING)
            found = self.query(cte.this, reach).renamed(cte)
            if recursive:
                # What goes in at one column may come out at any other, some rounds later.
                everything = found.all | found.decided
                found = Rows(tuple((column, everything) for column, _ in found.columns), everything, everything)
            reach.ctes[cte.alias] = found

    def _select(self, select: exp.Select, reach: Reach) -> Rows:
        decided = self._sources(select, reach)
        reach.windows = {window.name: window for window in select.args.get("windows") or ()}
        columns = tuple((part.alias_or_name, self._reads(part, reach)) for part in select.expressions)
        reach.outputs = dict(columns)
        self.sorted_by |= self._reads(select.args.get("order"), reach)
        decided |= self._cut_off(select, reach)
        for key, value in select.args.items():
            if key not in _NO_FILTERS:
                decided |= self._reads(value, reach)
        pairs = list(zip(select.expressions, columns, strict=True))
        if (group := select.args.get("group")) is not None and group.args.get("all"):
            decided |= union(origin for part, (_, origin) in pairs if part.find(exp.AggFunc) is None)
        if (distinct := select.args.get("distinct")) is not None:
            on = distinct.args.get("on")
            kept = [origin for _, origin in columns] if on is None else [self._reads(select.args.get("order"), reach)]
            decided |= union(kept) | self._reads(on, reach)
        decided |= union(origin for part, (_, origin) in pairs if part.find(exp.UDTF, exp.GenerateSeries))
        hidden = [origin for part, (_, origin) in pairs if _hides_columns(part)]
        return Rows(columns, decided, union(hidden) if hidden else None)

    def _sources(self, select: exp.Select, reach: Reach) -> Origin:
        """Bring what stands in FROM into reach. Returns what decides those rows, and which of them meet."""
        from_ = select.args.get("from_")
        items = [] if from_ is None else [from_.this]
        decided = union([self._bind(item, reach) for item in (*items, *(select.args.get("laterals") or ()))])
        return decided | self._joins(select, reach)

    def _bind(self, item: exp.Expr, reach: Reach) -> Origin:
        if isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table) and not item.args.get("alias"):
            return self._bind(item.this, reach) | self._joins(item, reach)  # joins in parentheses
        rows = self._rows(item, reach)
        names = [item.alias_or_name, *(pivot.alias_or_name for pivot in item.args.get("pivots") or ())]
        reach.sources |= dict.fromkeys(names, rows)
        return rows.decided | self._joins(item, reach)

    def _joins(self, node: exp.Expr, reach: Reach) -> Origin:
        decided = NOTHING
        for join in node.args.get("joins") or ():
            decided |= self._bind(join.this, reach)
            for key, value in join.args.items():
                if key == "using":
                    decided |= union(reach.resolve(exp.column(name.name)) for name in value or ())
                elif key != "this":
                    decided |= self._reads(value, reach)
        return decided

    def _rows(self, item: exp.Expr, reach: Reach) -> Rows:
        if item.args.get("pivots"):
            return self._opaque(item, reach)
        if isinstance(item, exp.Subquery) or (isinstance(item, exp.Lateral) and isinstance(item.this, exp.Subquery)):
            return self.query(item.this if isinstance(item, exp.Lateral) else item, reach).renamed(item)
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            number = item.meta.get(SCAN)
            if isinstance(number, int):
                return self._inputs[number].renamed(item)
            cte = None if item.args.get("db") else reach.ctes.get(item.name)
            return (cte or self._opaque(item, reach)).renamed(item)
        read = union([self._reads(value, reach) for key, value in item.args.items() if key != "joins"])
        return Rows((), read, read).renamed(item)

    def _set_operation(self, node: exp.SetOperation, reach: Reach) -> Rows:
        left, right = (self.query(branch, reach) for branch in (node.this, node.expression))
        decided = left.decided | right.decided
        if not isinstance(node, exp.Union) or node.args.get("distinct"):
            decided |= left.all | right.all
        rest = None if left.rest is None and right.rest is None else left.all | right.all
        if any(node.args.get(key) for key in ("by_name", "side", "kind", "on")):
            names = dict.fromkeys(name for name, _ in (*left.columns, *right.columns))
            both = [(name, (left.find(name) or NOTHING) | (right.find(name) or NOTHING)) for name in names]
        elif rest is None and len(left.columns) == len(right.columns):
            pairs = zip(left.columns, right.columns, strict=True)
            both = [(name, one | other) for (name, one), (_, other) in pairs]
        else:
            both = [(name, left.all | right.all) for name, _ in left.columns]
        return Rows(tuple(both), decided, rest)

    def _cut_off(self, query: exp.Expr, reach: Reach) -> Origin:
        """What decides which rows LIMIT leaves."""
        limits = [query.args[key] for key in ("limit", "offset") if query.args.get(key)]
        return self._reads([*limits, query.args.get("order")], reach) if limits else NOTHING

    def _reads(self, value: object, reach: Reach) -> Origin:
        """All that an expression's value may depend on."""
        found: Origin = NOTHING
        stack = [value]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack += node
            elif (named := _named(node, reach)) is not None:
                found |= named
            elif isinstance(node, exp.Query):
                rows = self.query(node, reach)
                found |= rows.decided | (NOTHING if isinstance(node.parent, exp.Exists) else rows.all)
            elif isinstance(node, exp.Table):
                found |= self._opaque(node, reach).all
            elif isinstance(node, exp.Expr):
                if isinstance(node, exp.Window) and (name := node.args.get("alias")) is not None:
                    stack.append(reach.windows.get(name.name))
                stack += node.args.values()
        return found

    def _opaque(self, node: exp.Expr, reach: Reach) -> Rows:
        """Any column of all that is read anywhere below."""
        found: Origin = NOTHING
        for table in node.find_all(exp.Table):
            number = table.meta.get(SCAN)
            if isinstance(number, int):
                found |= frozenset(InputColumn(column.input, None) for column in self._inputs[number].all)
            elif not table.args.get("db") and table.name in reach.ctes:
                found |= reach.ctes[table.name].all | reach.ctes[table.name].decided
        return Rows((), found, found)


def _named(node: object, reach: Reach) -> Origin | None:
    """What stands behind something that names columns, in whichever way; None for anything else."""
    match node:
        case exp.Column():
            return reach.resolve(node)
        case exp.Star() | exp.Columns():
            return NOTHING if isinstance(node.parent, exp.Count) else reach.everything
        case exp.PositionalColumn():
            return reach.everything
        case exp.TableColumn():
            return reach.whole_row(node.name)
        case exp.Ordered(this=exp.Var()):  # ORDER BY ALL
            return union(reach.outputs.values())
    return None


_NO_FILTERS = frozenset(
    {"with_", "expressions", "from_", "joins", "laterals", "windows", "order", "distinct", "limit", "offset", "hint"}
)
"""The parts of a SELECT that don't decide which rows it gives, or that have a rule of their own."""


def _hides_columns(part: exp.Expr) -> bool:
    """Whether it may stand for any number of columns."""
    stars = [star for star in part.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
    return bool(stars) or part.find(exp.Columns, exp.UDTF) is not None


def _input(name: InputName, columns: Sequence[str]) -> Rows:
    known = tuple((column, frozenset({InputColumn(name, column)})) for column in columns)
    return Rows(known, rest=None if known else frozenset({InputColumn(name, None)}))


def _by_name(found: Rows, wanted: Sequence[str]) -> dict[str, Origin]:
    if found.rest is None and len(found.columns) == len(wanted):
        # By position: a database may call a column otherwise than sqlglot does.
        return {name: origin for name, (_, origin) in zip(wanted, found.columns, strict=True)}
    origins = ((name, found.find(name)) for name in wanted)
    return {name: found.all if origin is None else origin for name, origin in origins}

"""What window functions read beside the rows the reader asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from swathe.frozen import frozen
from swathe.partition.number_window import Move
from swathe.partition.window import Shift, Since, Step, Until, Window
from swathe.sql.prune import offsets
from swathe.sql.prune.block import Block, only
from swathe.sql.prune.invert import Link, offset_in_days
from swathe.sql.prune.kinds import Kind, strip
from swathe.sql.prune.offsets import Offset
from swathe.sql.prune.transfer import conjuncts
from swathe.sql.prune.whole_numbers import constant

_FRAMED = (
    exp.Sum,
    exp.Avg,
    exp.Count,
    exp.CountIf,
    exp.Min,
    exp.Max,
    exp.Median,
    exp.Quantile,
    exp.PercentileCont,
    exp.PercentileDisc,
    exp.ApproxDistinct,
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.VariancePop,
    exp.LogicalAnd,
    exp.LogicalOr,
    exp.ArrayAgg,
    exp.ArgMax,
    exp.ArgMin,
    exp.GroupConcat,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
)
"""Functions whose value depends on the rows of the frame only."""

_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank)
"""Functions that count the rows before, whatever the frame. NTILE, PERCENT_RANK and CUME_DIST count all."""

Widening = tuple[int, Window]
"""The link whose values are widened, and how."""


def windows_of(select: exp.Select) -> list[exp.Window]:
    """The window functions of a SELECT itself, not of its subqueries, nor the definitions in its WINDOW clause."""
    named = {id(definition) for definition in select.args.get("windows") or ()}
    return [
        window
        for window in select.find_all(exp.Window)
        if window.find_ancestor(exp.Select) is select and id(window) not in named
    ]


def is_partitioned(window: exp.Window, links: Sequence[Link], select: exp.Select) -> bool:
    """Whether one of the links is a key of PARTITION BY, so that the function sees only rows that share it."""
    parts = _definitions(window, select)
    keys: list[exp.Expr] = next((found for part in parts if (found := part.args.get("partition_by"))), [])
    return any(strip(key) == link.expression for key in keys for link in links)


def widening(window: exp.Window, links: Sequence[Link], block: Block) -> Widening | exp.Expr | None:
    """How far a window function reaches beyond the rows asked for; None when that is not known. The key of its order,
    when all that is not known is whether there are NULLs among it.

    Its order must begin with one of the links. Rows before a row in that order have a lesser key or the same, and rows
    after it a greater one or the same; the contrary where it is descending. Those whose key is NULL come last, or
    first: a function that could see them is refused, since no window holds them.
    """
    definitions = list(_definitions(window, block.select))
    order = next((found for part in definitions if (found := part.args.get("order"))), None)
    if not definitions or order is None or not all(only(part, *_KNOWN) for part in definitions):
        return None
    key = order.expressions[0]
    index = next((place for place, link in enumerate(links) if link.expression == strip(key.this)), None)
    if index is None or not only(key, "this", "desc", "nulls_first") or not block.algebra.widens(key.this):
        return None
    function = _bare(window.this)
    if isinstance(function, exp.Lag | exp.Lead):
        reach = _lag(function)
    elif isinstance(function, _RANKS) and only(function):
        reach = _Reach(_ALL, Offset())
    elif isinstance(function, _FRAMED):
        spec = next((found for part in definitions if (found := part.args.get("spec"))), None)
        reach = _frame(spec, order, links[index].expression, block)
    else:
        reach = None
    if reach is None or (reach.before is _ALL and reach.after is _ALL):
        return None
    if reach.sees_nulls(key) and not _is_filled(key.this, block.select):
        return strip(key.this)
    return index, Window((reach.steps(key),))


def first_in_order(key: exp.Expr, meant: exp.Expr, links: Sequence[Link], block: Block) -> Widening | None:
    """How far back it is decided which row is the first in an order by a key; None when that is not known.

    `meant` is what the key stands for.
    """
    index = next((place for place, link in enumerate(links) if link.expression == meant), None)
    if index is None or not only(key, "this", "desc", "nulls_first") or not block.algebra.widens(meant):
        return None
    reach = _Reach(_ALL, Offset())
    if reach.sees_nulls(key) and not _is_filled(meant, block.select):
        return None
    return index, Window((reach.steps(key),))


_KNOWN = ("this", "partition_by", "order", "spec", "alias", "over")
_ALL = None


_Distance = Offset | int | None


@frozen
class _Reach:
    """How far a function reaches before and after a row, in the order of the rows. None is as far as there are rows."""

    before: _Distance
    after: _Distance

    def sees_nulls(self, key: exp.Expr) -> bool:
        """Whether rows whose key is NULL are among those it may reach, if there are any."""
        return (self.before if key.args.get("nulls_first") else self.after) is _ALL

    def steps(self, key: exp.Expr) -> tuple[Step, ...]:
        """From the keys asked for to those it reaches. One of the sides has an end."""
        less, greater = (self.after, self.before) if key.args.get("desc") else (self.before, self.after)
        moved = (_moved(less, greater),)
        steps: tuple[Step, ...] = () if moved[0] in _STAY else moved
        if less is _ALL:
            return (*steps, Until())
        return (*steps, Since()) if greater is _ALL else steps


_STAY = (Shift(Offset().delta, Offset().delta), Move(0, 0))


def _moved(less: _Distance, greater: _Distance) -> Shift | Move:
    if isinstance(less, int) or isinstance(greater, int):
        return Move(-less if isinstance(less, int) else 0, greater if isinstance(greater, int) else 0)
    return Shift((-(less or Offset())).delta, (greater or Offset()).delta)


def _is_filled(key: exp.Expr, select: exp.Select) -> bool:
    """Whether WHERE drops the rows whose key is NULL, and no set of keys without it makes new ones."""
    group = select.args.get("group")
    if group is not None and group.find(exp.Rollup, exp.Cube, exp.GroupingSets):
        return False
    return any(
        isinstance(condition, exp.Not)
        and isinstance(test := strip(condition.this), exp.Is)
        and isinstance(test.expression, exp.Null)
        and strip(test.this) == strip(key)
        for condition in conjuncts(select.args.get("where"))
    )


def _definitions(window: exp.Window, select: exp.Select) -> Iterator[exp.Window]:
    """The window and the named ones it is built upon, nearest first; nothing when a name is not defined."""
    named: Mapping[str, exp.Window] = {
        definition.name.lower(): definition for definition in select.args.get("windows") or ()
    }
    chain = [window]
    while base := chain[-1].alias.lower():
        if base not in named or named[base] in chain:
            return
        chain.append(named[base])
    yield from chain


def _bare(function: exp.Expr) -> exp.Expr:
    while isinstance(function, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        function = function.this
    return function


def _lag(function: exp.Lag | exp.Lead) -> _Reach | None:
    """LAG looks at rows before, LEAD at rows after, but for a negative offset."""
    offset = function.args.get("offset")
    count = 1 if offset is None else offsets.integer(offset)
    if count is None or count < 0:
        return None
    if not only(function, "this", "offset", "default") or isinstance(function.this, exp.Order):
        return None
    return _Reach(_ALL, Offset()) if isinstance(function, exp.Lag) else _Reach(Offset(), _ALL)


def _frame(spec: exp.Expr | None, order: exp.Expr, key: exp.Expr, block: Block) -> _Reach | None:
    if spec is None:
        return _Reach(_ALL, Offset())
    if not only(spec, "kind", "start", "start_side", "end", "end_side", "exclude"):
        return None
    measured = str(spec.args.get("kind")).upper() == "RANGE" and len(order.expressions) == 1
    before = _bound(spec.args.get("start"), spec.args.get("start_side"), "PRECEDING", key, block, measured)
    after = _bound(spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side"), "FOLLOWING", key, block, measured)
    return None if before is _UNKNOWN or after is _UNKNOWN else _Reach(before, after)


_UNKNOWN = Offset(months=-1)
"""Stands for a bound that no rule speaks of: no reach is negative."""


def _bound(bound: object, side: object, outward: str, key: exp.Expr, block: Block, measured: bool) -> _Distance:
    """How far a bound reaches on one side of the current row; nothing when it lies on the other side.

    Only RANGE over a single key is measured in terms of the key: a number of rows, or of groups, reaches anywhere.
    """
    is_outward = str(side).upper() == outward
    if isinstance(bound, str):
        if bound.upper() == "CURRENT ROW":
            return Offset()
        return _ALL if bound.upper() == "UNBOUNDED" and is_outward else _UNKNOWN
    if not isinstance(bound, exp.Expr) or str(side).upper() not in ("PRECEDING", "FOLLOWING"):
        return _UNKNOWN
    kind = block.algebra.types(key)
    if measured and kind is Kind.INTEGER:
        number = constant(bound)
        return _UNKNOWN if number is None or number < 0 else number if is_outward else Offset()
    if measured:
        reach = offsets.interval(bound) or offset_in_days(bound, kind, block.algebra.dialect)
        return _UNKNOWN if reach is None or reach.is_negative else reach if is_outward else Offset()
    count = offsets.integer(bound)
    return _UNKNOWN if count is None or count < 0 else _ALL if is_outward else Offset()

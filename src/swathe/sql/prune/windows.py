"""What window functions read beside the rows the reader asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from swathe.partition.number_window import Move
from swathe.partition.window import Shift, Step
from swathe.sql.prune import offsets
from swathe.sql.prune.block import Block, only
from swathe.sql.prune.invert import Link, offset_in_days
from swathe.sql.prune.kinds import Kind, strip
from swathe.sql.prune.offsets import Offset
from swathe.sql.prune.whole_numbers import constant

_FRAMED = (
    exp.Sum,
    exp.Avg,
    exp.Count,
    exp.CountIf,
    exp.Min,
    exp.Max,
    exp.Median,
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.VariancePop,
    exp.LogicalAnd,
    exp.LogicalOr,
    exp.FirstValue,
    exp.LastValue,
)
"""Functions whose value depends on the rows of the frame only. Ranks, LAG and LEAD see the whole partition."""

Widening = tuple[int, tuple[Step, ...]]
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


def widening(window: exp.Window, links: Sequence[Link], block: Block) -> Widening | None:
    """How far a frame over a range of time reaches beyond the rows asked for; None when that is not known.

    The frame must be RANGE around the current row of a single ascending key that is one of the links. A row whose key
    is NULL is in no such frame of another row.
    """
    definitions = list(_definitions(window, block.select))
    order = next((found for part in definitions if (found := part.args.get("order"))), None)
    spec = next((found for part in definitions if (found := part.args.get("spec"))), None)
    function = _bare(window.this)
    if not (definitions and isinstance(function, _FRAMED) and order is not None and spec is not None):
        return None
    if len(order.expressions) != 1 or not all(only(part, *_KNOWN) for part in definitions):
        return None
    key = order.expressions[0]
    index = next((place for place, link in enumerate(links) if link.expression == strip(key.this)), None)
    if index is None or key.args.get("desc") or key.args.get("with_fill"):
        return None
    steps = _frame(spec, links[index].expression, block)
    return None if steps is None else (index, steps)


_KNOWN = ("this", "partition_by", "order", "spec", "alias", "over")


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


def _frame(spec: exp.Expr, key: exp.Expr, block: Block) -> tuple[Step, ...] | None:
    if str(spec.args.get("kind")).upper() != "RANGE" or not block.algebra.widens(key):
        return None
    if block.algebra.types(key) is Kind.INTEGER:
        return _number_frame(spec)
    before = _reach(spec.args.get("start"), spec.args.get("start_side"), "PRECEDING", key, block)
    after = _reach(spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side"), "FOLLOWING", key, block)
    if before is None or after is None:
        return None
    return (Shift((-before).delta, after.delta),)


def _number_frame(spec: exp.Expr) -> tuple[Step, ...] | None:
    before = _number_reach(spec.args.get("start"), spec.args.get("start_side"), "PRECEDING")
    after = _number_reach(spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side"), "FOLLOWING")
    return None if before is None or after is None else (Move(-before, after),)


def _number_reach(bound: object, side: object, outward: str) -> int | None:
    """The same as `_reach`, along whole numbers."""
    if isinstance(bound, str):
        return 0 if bound.upper() == "CURRENT ROW" else None
    if not isinstance(bound, exp.Expr) or str(side).upper() not in ("PRECEDING", "FOLLOWING"):
        return None
    offset = constant(bound)
    if offset is None or offset < 0:
        return None
    return offset if str(side).upper() == outward else 0


def _reach(bound: object, side: object, outward: str, key: exp.Expr, block: Block) -> Offset | None:
    """How far a bound reaches on one side of the current row; nothing when it lies on the other side."""
    if isinstance(bound, str):
        return Offset() if bound.upper() == "CURRENT ROW" else None
    if not isinstance(bound, exp.Expr) or str(side).upper() not in ("PRECEDING", "FOLLOWING"):
        return None
    offset = offsets.interval(bound) or offset_in_days(bound, block.algebra.types(key), block.algebra.dialect)
    if offset is None or offset.months < 0 or offset.fixed.total_seconds() < 0:
        return None
    return offset if str(side).upper() == outward else Offset()

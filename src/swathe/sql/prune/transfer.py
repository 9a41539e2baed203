"""What follows from what: carrying windows across comparisons.

A fact says that an expression lies in a window, hence is not NULL. A condition is a comparison known to be true. From
facts and conditions follow more facts, row by row, whatever tables the columns come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from swathe.partition.number_window import Move
from swathe.partition.window import Delta, Ends, Shift, Since, Until, Window
from swathe.sql.prune.algebra import Algebra
from swathe.sql.prune.invert import Link, extend
from swathe.sql.prune.kinds import is_pure

Facts = dict[exp.Expr, Window]


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The comparisons that are all true where the condition is true."""
    if condition is None:
        return
    if isinstance(condition, exp.Paren | exp.Where):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from conjuncts(condition.this)
        yield from conjuncts(condition.expression)
    elif isinstance(condition, exp.Between) and not condition.args.get("symmetric"):
        yield exp.GTE(this=condition.this.copy(), expression=condition.args["low"].copy())
        yield exp.LTE(this=condition.this.copy(), expression=condition.args["high"].copy())
    else:
        yield condition


def facts_of(links: Iterable[Link], window: Window) -> Facts:
    """What is known of every link when the first one lies in the window."""
    facts: Facts = {}
    for link in links:
        window = extend(window, link.inward)
        facts.setdefault(link.expression, window)
    return facts


def close(facts: Facts, conditions: Sequence[exp.Expr], algebra: Algebra) -> Facts:
    """The facts with all that follows from them under the conditions. What was known is kept as it was."""
    closed = dict(facts)
    equalities = [
        pair
        for condition in conditions
        if isinstance(condition, exp.EQ) and algebra.carries(condition)
        for pair in ((condition.this, condition.expression), (condition.expression, condition.this))
    ]
    bounds = [bound for condition in conditions for bound in _ordered(condition, algebra)]
    grown = True
    while grown:
        grown = False
        for known, other in equalities:
            window = image(known, closed, algebra)
            if window is not None:
                grown |= _learn(closed, facts_of(algebra.chain(other), window))
        # What is bounded on one side alone comes last: the first that is known of an expression stays.
        grown = grown or _learn(closed, _between(closed, bounds, algebra))
        grown = grown or _learn(closed, _beyond(closed, bounds, algebra))
    return closed


def image(expression: exp.Expr, facts: Facts, algebra: Algebra) -> Window | None:
    """A window that holds the expression's values, when it or something it is made from is known."""
    links = algebra.chain(expression)
    for index, link in enumerate(links):
        if link.expression in facts:
            window = facts[link.expression]
            for outer in reversed(links[1 : index + 1]):
                window = extend(window, outer.outward)
            return window
    return None


def compared(conditions: Iterable[exp.Expr], algebra: Algebra) -> Facts:
    """The innermost things compared, none of which is NULL where the conditions are true. The windows mean nothing."""
    sides = [
        side
        for condition in conditions
        if isinstance(condition, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE)
        and is_pure(condition.this)
        and is_pure(condition.expression)
        for side in (condition.this, condition.expression)
    ]
    return {algebra.chain(side)[-1].expression: Window() for side in sides}


def _learn(facts: Facts, more: Facts) -> bool:
    new = {expression: window for expression, window in more.items() if expression not in facts}
    facts.update(new)
    return bool(new)


def _ordered(condition: exp.Expr, algebra: Algebra) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """The (smaller or equal, greater or equal) sides of an inequality."""
    if isinstance(condition, exp.LT | exp.LTE) and algebra.carries(condition):
        yield condition.this, condition.expression
    if isinstance(condition, exp.GT | exp.GTE) and algebra.carries(condition):
        yield condition.expression, condition.this


def _between(facts: Facts, bounds: Sequence[tuple[exp.Expr, exp.Expr]], algebra: Algebra) -> Facts:
    """Facts for what is bounded on both sides by known things."""
    starts, ends = _ends(facts, bounds, algebra)
    return {
        expression: _from_start_to_end(start, ends[expression])
        for expression, start in starts.items()
        if expression in ends and expression not in facts
    }


def _beyond(facts: Facts, bounds: Sequence[tuple[exp.Expr, exp.Expr]], algebra: Algebra) -> Facts:
    """Facts for what is bounded on one side by known things."""
    starts, ends = _ends(facts, bounds, algebra)
    return {expression: window.then(Since()) for expression, window in starts.items()} | {
        expression: window.then(Until()) for expression, window in ends.items()
    }


def _ends(facts: Facts, bounds: Sequence[tuple[exp.Expr, exp.Expr]], algebra: Algebra) -> tuple[Facts, Facts]:
    """What begins and what ends where known things do.

    From `low <= x` only the start of low's image is taken, from `x <= high` only its end: `high` lies before that end,
    so `x` does.
    """
    starts: Facts = {}
    ends: Facts = {}
    for low, high in bounds:
        if (window := image(low, facts, algebra)) is not None:
            _learn(starts, facts_of(algebra.chain(high), window))
        if (window := image(high, facts, algebra)) is not None:
            _learn(ends, facts_of(algebra.chain(low), window))
    return starts, ends


def _from_start_to_end(start: Window, end: Window) -> Window:
    """From the one's start to the other's end: one shift where both are shifts of the same."""
    (low_base, low), (high_base, high) = _last_shift(start), _last_shift(end)
    if low_base == high_base and low.months <= high.months and low.fixed <= high.fixed:
        return low_base if low == high == Delta() else low_base.then(Shift(low, high))
    (low_base, least), (high_base, most) = _last_move(start), _last_move(end)
    if low_base == high_base and least <= most:
        return low_base.then(Move(least, most))
    return Window(((Ends(start, end),),))


def _last_shift(window: Window) -> tuple[Window, Delta]:
    if len(window.chains) == 1 and window.chains[0]:
        *before, last = window.chains[0]
        if isinstance(last, Shift) and last.start == last.end:
            return Window((tuple(before),)), last.start
    return window, Delta()


def _last_move(window: Window) -> tuple[Window, int]:
    if len(window.chains) == 1 and window.chains[0]:
        *before, last = window.chains[0]
        if isinstance(last, Move) and last.start == last.end:
            return Window((tuple(before),)), last.start
    return window, 0

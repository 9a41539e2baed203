"""Rules of soundness, each weakened on purpose. The generated queries must find out about every one.

A mutation replaces a piece of a function's text. When the function is rewritten and the piece is gone, applying the
mutation fails: write it anew for the new text.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

from queries.check import Case, Verdict, check, make
from queries.draw import Mode

_PRUNE = "swathe.sql.prune."


Edit = tuple[str, str, str]
"""A function or method, by its module in prune (or a dotted one); a piece of its text, and what replaces it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A weakened rule, and where to look for what comes of it."""

    name: str
    edits: tuple[Edit, ...]
    focus: frozenset[str]
    mode: Mode = Mode.TIME
    theme: int | None = None

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        """Every reference to the functions sees the new code."""
        for where in dict.fromkeys(where for where, _, _ in self.edits):
            module_name, _, path = where.partition(":")
            module = import_module(module_name if "." in module_name else _PRUNE + module_name)
            function = _found(module, path)
            text = textwrap.dedent(inspect.getsource(function))
            for place, old, new in self.edits:
                assert place != where or old in text, f"the mutation `{self.name}` does not fit {where} any more"
                text = text.replace(old, new) if place == where else text
            flags = __future__.annotations.compiler_flag
            namespace = dict(vars(module))
            exec(compile(text, where, "exec", flags), namespace)
            made = namespace[function.__name__]
            patch.setattr(function, "__code__", _plain(made).__code__)

    def case(self, seed: int) -> Case:
        return make(seed, self.focus, self.mode, self.theme)


def _found(owner: Any, path: str) -> FunctionType:
    for part in path.split("."):
        assert part in vars(owner), f"{path} is gone"
        owner = vars(owner)[part]
    return _plain(owner)


def _plain(function: Any) -> FunctionType:
    found = function.__func__ if isinstance(function, staticmethod | classmethod) else function
    assert isinstance(found, FunctionType), function
    return found


def caught(mutation: Mutation, cases: int, first: int = 0) -> int | None:
    """The first seed whose query goes wrong under the mutation."""
    with pytest.MonkeyPatch.context() as patch:
        mutation.apply(patch)
        for seed in range(first, first + cases):
            if check(mutation.case(seed)).verdict in (Verdict.DIFFERENT, Verdict.ERROR):
                return seed
    return None


def _m(
    name: str, where: str, old: str, new: str, *focus: str,
    also: tuple[Edit, ...] = (), mode: Mode = Mode.TIME, theme: int | None = None,
) -> Mutation:  # fmt: skip
    return Mutation(name, ((where, old, new), *also), frozenset(focus), mode, theme)


_FOLLOWED = "invert:_next"
_START = "if isinstance(expression, exp.Cast):"


def _follow(kind: str, inner: str = "expression.this") -> Edit:
    """Follow one more kind of expression to what it is made of, as if it were that itself."""
    return _FOLLOWED, _START, f"if isinstance(expression, {kind}):\n        return Link(strip({inner}))\n    {_START}"


_TIED = ("join", "ON several", "p of one side", "ON p")
_WHERE = ("plain SELECT", "WHERE", "subquery in WHERE")
_ORDERED = ("window function", "ordered by p", "order by p", "no PARTITION BY", "sum over", "count over")
_ARMS = ("made of two columns", "plain SELECT", "case of changed arms", "greatest of changed arms", "case without else")
_RANGES = (
    "window function",
    "RANGE frame",
    "RANGE over p",
    "interval of days",
    "order by p",
    "preceding to current",
    "preceding to following",
    "no PARTITION BY",
    "sum over",
    "count over",
)
_ZONES = ("at time zone", "local day", "zone there and back", "GROUP BY", "window function", "join")

MUTATIONS = [
    # clauses
    _m("LIMIT passes", "select:admit", "refused = _cuts(block.select)", "refused = None", "LIMIT", "LIMIT n", "OFFSET"),
    _m("LIMIT of a set operation passes", "walk:Walk._is_plain", '"distinct", "order")', '"distinct", "order", "limit")', "set operation", "set operation ordered", "set operation with LIMIT"),
    _m("LIMIT behind parentheses passes", "walk:Walk.visit", '"with_", "order")', '"with_", "order", "limit", "offset")', "LIMIT", "LIMIT behind parentheses"),
    _m("GROUP BY passes without the key", "select:_grouping", "if plain and any(holds(key, wanted) for key in keys):", "if plain:", "GROUP BY without p", "plain SELECT", also=(_follow("exp.Min | exp.Max"),)),
    _m("aggregate without GROUP BY passes", "select:_grouping", "return _aggregate_without_group(select)", "return None", "GROUP BY without p", "aggregate without GROUP BY", also=(_follow("exp.Min | exp.Max"),)),
    _m("DISTINCT ON passes without the key", "select:_distinct_on", "if on is None:", "if True:", "DISTINCT ON", "DISTINCT ON k", "DISTINCT ON q"),
    _m("the first of a group is decided by later rows", "extremes:extreme_of", "Until() if isinstance(expression, exp.Min) else Since()", "Since() if isinstance(expression, exp.Min) else Until()", "first or last of a group", "the extreme twice"),
    _m("more is told of a group than its extreme", "extremes:extreme_of", "or not all(_is_told(part, expression, keys) for part in parts)", "", "first or last of a group", "both extremes", "counted too", "the extreme of another"),
    # window functions
    _m("window passes without its key", "select:_windows", "if is_partitioned(window, links, block.select):", "if True:", "window function", "PARTITION BY k", "no PARTITION BY"),
    _m("windows in QUALIFY are not looked at", "windows:windows_of", "and id(window) not in named", "and id(window) not in named and window.find_ancestor(exp.Qualify) is None", "window function", "QUALIFY", "PARTITION BY k", "PARTITION BY p", "no PARTITION BY"),
    _m("frames do not widen", "windows:widening", "return index, Window((reach.steps(key),))", "return index, Window()", *_RANGES),
    _m("RANGE frame widens backwards only", "windows:_moved", "(greater or Offset()).delta", "Offset().delta", *_RANGES, "preceding to following", "current to following"),
    _m("RANGE frame widens the wrong way", "windows:_moved", "Shift((-(less or Offset())).delta, (greater or Offset()).delta)", "Shift((-(greater or Offset())).delta, (less or Offset()).delta)", *_RANGES),
    _m("DESC is taken for ascending", "windows:_Reach.steps", 'if key.args.get("desc") else', "if False else", *_RANGES, "order turned", "DESC"),
    _m("DESC of a running total is taken for ascending", "windows:_Reach.steps", 'if key.args.get("desc") else', "if False else", *_ORDERED, "default frame", "order turned", "DESC"),
    _m("rows without a key are forgotten", "windows:widening", "if reach.sees_nulls(key) and", "if False and", *_ORDERED, "default frame", "order turned", "NULLS FIRST", "DESC NULLS FIRST"),
    _m("a running total starts with the partition", "windows:_Reach.steps", "return (*steps, Until())", "return steps", *_ORDERED, "default frame"),
    _m("a total ahead ends with the partition", "windows:_Reach.steps", "(*steps, Since()) if greater is _ALL else steps", "steps", *_ORDERED, "ROWS frame", "current to unbounded", "lead", "whole order"),
    _m("NTILE, PERCENT_RANK and CUME_DIST are taken for ranks", "windows:widening", "isinstance(function, _RANKS) and only(function)", "isinstance(function, (*_RANKS, exp.Ntile, exp.PercentRank, exp.CumeDist))", *_ORDERED, "rank", "percent_rank", "cume_dist", "ntile", "whole order"),
    _m("a rank is taken for a framed function", "windows:widening", "isinstance(function, _RANKS) and only(function)", "False", "window function", "rank over a RANGE frame", "RANGE over p", "no PARTITION BY", also=(("windows:widening", "isinstance(function, _FRAMED)", "isinstance(function, (*_FRAMED, *_RANKS))"),)),
    _m("ROWS and GROUPS frames are taken for RANGE", "windows:_frame", 'measured = str(spec.args.get("kind")).upper() == "RANGE" and len(order.expressions) == 1', "measured = True", *_ORDERED, "ROWS frame", "GROUPS frame", "preceding to current", "cast to date"),
    _m("UNBOUNDED is taken for CURRENT ROW", "windows:_bound", 'return _ALL if bound.upper() == "UNBOUNDED" and is_outward else _UNKNOWN', "return Offset()", *_RANGES, "unbounded to current"),
    _m("LAG and LEAD are exchanged", "windows:_lag", "isinstance(function, exp.Lag) else", "isinstance(function, exp.Lead) else", *_ORDERED, "whole order", "lag", "lead", "lag with default"),
    _m("a frame that is not written is the current row", "windows:_frame", "return _Reach(_ALL, Offset())", "return _Reach(Offset(), Offset())", *_ORDERED, "default frame"),
    # expressions
    _m("date_trunc is not undone", "invert:_truncation", "Window(((Untruncate(unit),),))", "Window()", "date_trunc", "GROUP BY", "plain SELECT"),
    _m("date_trunc is not done outwards", "invert:_truncation", "Window(((Truncate(unit),),))", "Window()", "join", "ON another unit", "LEFT JOIN", "p of one side"),
    _m("a cast to date is not undone", "invert:_to_date", "Link(strip(inner), _FROM_DAY, _TO_DAY)", "Link(strip(inner))", "cast to date", "plain SELECT", "local day"),
    _m("the end of a truncation is rounded down", "swathe.partition.window:Untruncate.apply", "None if span.end is None else _ceil(self.unit, span.end)", "None if span.end is None else self.unit.floor(span.end)", "cast to date", "plain SELECT", "date_trunc"),
    _m("an interval's sign is flipped", "invert:_sum", "Window((offset.steps_from,)), Window((offset.steps_to,))", "Window((offset.steps_to,)), Window((offset.steps_from,))", "plus interval", "minus interval", "plain SELECT"),
    _m("subtraction is taken for addition", "invert:_sum", "if isinstance(expression, SUBTRACTIONS):", "if False:", "minus interval", "days taken", "plain SELECT"),
    _m("the end of clipped months is not widened", "swathe.partition.window:_end_plus_months", "_end_plus(datetime(year, month, last), timedelta(days=1))", "moment.replace(year=year, month=month, day=last)", "plus interval", "minus interval", "interval of months", "plain SELECT", theme=4),
    _m("the shift of a time zone is dropped", "invert:_at_time_zone", "Link(strip(expression.this), to_utc, to_local)", "Link(strip(expression.this))", *_ZONES),
    _m("the shift of a time zone is turned round", "invert:_at_time_zone", "Link(strip(expression.this), to_utc, to_local)", "Link(strip(expression.this), to_local, to_utc)", *_ZONES),
    _m("a wall clock is taken for an instant", "invert:_at_time_zone", "Link(strip(expression.this), to_local, to_utc)", "Link(strip(expression.this))", *_ZONES),
    _m("a choice is followed where one arm leads", "invert:_choice", "if all(place is not None for place in places):", "if any(place is not None for place in places):", "made of two columns", "plain SELECT", "coalesce", "case", "greatest"),
    _m("a choice is followed through its first arm", "invert:_choice", "_hull(map(_inwards, through)), _hull(map(_outwards, through))", "_inwards(through[0]), _outwards(through[0])", *_ARMS),
    _m("constant arms are passed over", "invert:_choice", "if not isinstance(arm, exp.Null)", "if arm.find(exp.Column)", "made of two columns", "plain SELECT", "coalesce of one", "case of constants"),
    Mutation("functions are followed as their argument", (_follow("exp.LastDay"),), frozenset({"last_day", "plain SELECT"})),
    # comparisons
    _m("an inequality is used the wrong way round", "transfer:_ordered", "yield condition.this, condition.expression", "yield condition.expression, condition.this", *_TIED, "ON one-sided", "ON one-sided with offset"),
    _m("what begins is taken for what ends", "transfer:_beyond", "window.then(Since())", "window.then(Until())", *_TIED, "ON one-sided", "ON one-sided with offset"),
    _m("a bound on one side is taken for one on both", "transfer:_beyond", "window.then(Until())", "window", *_TIED, "ON one-sided", "ON one-sided with offset"),
    _m("OR is taken for AND", "transfer:conjuncts", "isinstance(condition, exp.And)", "isinstance(condition, exp.And | exp.Or)", "join", "ON OR", "WHERE OR of both", "LEFT JOIN"),
    _m("NOT is looked through", "transfer:conjuncts", "condition is None:", "condition is None:\n        return\n    if isinstance(condition, exp.Not):\n        yield from conjuncts(condition.this)", "plain SELECT", "WHERE", "conditions connected", "NOT", "NOT OR", "p compared with q"),
    _m("start and end of an inequality are exchanged", "transfer:_from_start_to_end", "Shift(low, high)", "Shift(high, low)", "join", "ON range back", "ON range"),
    _m("bounds are taken without their offsets", "transfer:_from_start_to_end", "low_base.then(Shift(low, high))", "low_base", "join", "ON range back", "ON range"),
    _m("<> is taken for =", "transfer:close", "isinstance(condition, exp.EQ) and algebra.carries(condition)", "isinstance(condition, exp.EQ | exp.NEQ) and algebra.carries(condition)", "plain SELECT", "WHERE", "p compared with q"),
    # joins
    _m("LEFT JOIN is taken for INNER", "joins:_Push._acting", "(kind is JoinKind.LEFT and right)", "kind is JoinKind.LEFT", *_TIED, "LEFT JOIN", "ON q too"),
    _m("RIGHT JOIN is taken for INNER", "joins:_Push._acting", "(kind is JoinKind.RIGHT and left)", "kind is JoinKind.RIGHT", *_TIED, "RIGHT JOIN", "ON more of the right", "p compared with q"),
    _m("RIGHT JOIN is taken for LEFT", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["LEFT" if side == "RIGHT" else side]', *_TIED, "RIGHT JOIN", "ON more of the right", "p compared with q"),
    _m("FULL JOIN is taken for LEFT", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["LEFT" if side == "FULL" else side]', *_TIED, "FULL JOIN", "ON q too", "WHERE after a join", "WHERE of the right"),
    _m("FULL JOIN is taken for INNER", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["INNER" if side == "FULL" else side]', *_TIED, "FULL JOIN", "ON q too"),
    _m("a fact on the left makes FULL JOIN INNER", "joins:_Push._acting", "(True, False): JoinKind.LEFT", "(True, False): JoinKind.INNER", *_TIED, "FULL JOIN", "ON q too"),
    _m("a fact on the right makes FULL JOIN INNER", "joins:_Push._acting", "(False, True): JoinKind.RIGHT", "(False, True): JoinKind.INNER", *_TIED, "FULL JOIN", "ON q too", "ON more of the right", "p compared with q"),
    _m("coalesce of what ON does not equate is followed on both sides", "joins:_Push._sides", "if any(", "if True or any(", *_TIED, "FULL JOIN", "ON k", "ON another tie", "p coalesced of both"),
    _m("SEMI and ANTI JOIN are taken for INNER", "block:_join_kind", "return JoinKind[kind]", "return JoinKind.INNER", *_TIED, "ANTI JOIN", "ON q too", "ON more of the left", "p compared with q"),
    _m("ASOF is taken for INNER", "block:_join_kind", "return JoinKind.ASOF", "return JoinKind.INNER", "ASOF", "ASOF back", "ASOF JOIN", "ASOF LEFT JOIN"),
    _m("a fact about the right side of ASOF filters it", "joins:_Push.over", "self._close(on_left, source.conditions)", "self._close(facts, source.conditions)", "ASOF", "ASOF back", "ASOF JOIN"),
    _m("a fact about the right side counts for the left", "joins:_Push.over", "self._close(on_left, source.conditions)", "self._close(facts, source.conditions)", "join", "LEFT JOIN", "p of both by case", "ON the output column"),
    _m("an earlier LEFT JOIN holds for its left side", "joins:_Push._matched", "self._about((source,), self._close(known, source.conditions)) | known", "self._about(before, self._close(known, source.conditions)) | known", "three joined", "LEFT JOIN", "ON q too", "ON several", "ON p", "p of one side"),
    _m("the other way round of DISTINCT ON", "windows:first_in_order", "_Reach(_ALL, Offset())", "_Reach(Offset(), _ALL)", "DISTINCT ON", "DISTINCT ON k", "first by p with NULLs first"),
    _m("NULLs come first in DISTINCT ON and are forgotten", "windows:first_in_order", "if reach.sees_nulls(key) and", "if False and", "DISTINCT ON", "DISTINCT ON k", "last by p", "first by p with NULLs first"),
    _m("the last column of ASOF USING is equal", "prepare:_mark_unsure", "join.meta[UNSURE_CONDITION] = join.meta[UNSURE_JOIN] = True", "pass", "ASOF USING"),
    _m("any expression shows that a side is not padded", "joins:_Push._touches", "isinstance(expression, exp.Column) and self._is_about", "self._is_about", *_TIED, "LEFT JOIN", "ON q too", "WHERE after a join", "WHERE coalesce"),
    _m("RIGHT JOIN after a comma joins all", "prepare:_mark_unsure", "if comma and join.side.upper() == \"RIGHT\":", "if False:", "comma join", "comma", "comma then JOIN", "comma then RIGHT", "ON p", "ON several", "ON more of the right", "p compared with q", "p of one side"),
    # several queries
    _m("a WITH query gets its first reader's demand", "walk:Walk.visit", "merge(self._with.get(cte, []))", "merge(self._with.get(cte, [])[:1])", "WITH", "WITH query read twice", "WITH query united with itself"),
    _m("the hull of two demands is the first", "requirement:merge", "window.hull(demand.windows[position])", "window", "WITH", "WITH query read twice", "WITH query united with itself"),
    _m("a recursive query is pruned", "walk:Walk._refuse_recursive", "if with_ is None or not with_.recursive:", "if True:", "recursive", "recursion moves p", "recursive UNION ALL"),
    _m("the branches of a set operation are asked for different columns", "walk:Walk._set_operation", "self.visit(branch, demand, env, names)", "self.visit(branch, Rows({1 - min(demand.windows): Window()}) if isinstance(demand, Rows) and branch is query.expression and set(demand.windows) <= {0, 1} else demand, env, names)", "set operation", "set operations chained"),
    _m("UNION BY NAME is taken for one by position", "walk:Walk._is_plain", '"distinct", "order")', '"distinct", "order", "by_name")', "set operation", "UNION ALL BY NAME", "UNION BY NAME", "another column"),
    # subqueries
    _m("NOT IN is taken for IN", "members:_memberships", "if isinstance(condition, exp.Where | exp.Paren):", "if isinstance(condition, exp.Where | exp.Paren | exp.Not):", *_WHERE, "NOT IN subquery"),
    _m("a scalar subquery is asked for what is asked for around it", "walk:Walk._nested_select", "admit(block, wanted, names) if wanted is not None and names is not None else why", "why", *_WHERE, "p compared with a scalar", "ALL", also=(("walk:Walk._nested_select", "push(block, known, name, trouble, given)", "push(block, {**known, **{exp.column(column, table=source.alias, quoted=True): window for source in block.sources for column in ('d', 'd2', 'ts') for window in list(given.values())[:1]}}, name, trouble, given)"),)),
    _m("a name in a subquery means the outer query's", "walk:Walk._nested_select", "if not any(block.hides(column) for column in expression.find_all(exp.Column))", "", *_WHERE, "alias of the outer query again", "p compared with q"),
    _m("a WITH query is not read in a join condition", "walk:Walk._clauses", 'self._refuse(node, Unpruned("read by a subquery in a join condition"), env)', "pass", "WITH", "a WITH query read", "join", "ON a subquery", "two WITH queries"),
    # sets of values
    _m("the kinds of a set operation's branches are not compared", "values:Values.unites", "return self.united_kind(set(kinds)) is not None", "return True", "set operation", "a changed column", "cast to text", "try_cast to integer", "UNION", "UNION ALL", mode=Mode.VALUES),
    _m("a cast is followed for sets of values", "values:Values.chain", "return (Link(expression),)", "return (Link(expression), Link(expression.this)) if isinstance(expression, exp.Cast) else (Link(expression),)", "cast to text", "cast to boolean", "plain SELECT", "GROUP BY", mode=Mode.VALUES),
    _m("a sum is followed for sets of values", "values:Values.chain", "return (Link(expression),)", "return (Link(expression), Link(expression.this)) if isinstance(expression, exp.Add) else (Link(expression),)", "number added", "plain SELECT", mode=Mode.VALUES),
    _m("inequalities carry sets of values", "transfer:close", "isinstance(condition, exp.EQ) and algebra.carries(condition)", "isinstance(condition, exp.LTE | exp.GTE | exp.EQ)", "join", "ON one-sided", "p compared with q", mode=Mode.VALUES),
    _m("a frame over a range widens sets of values", "values:Values.widens", "return False", "return True", *_RANGES, "days", mode=Mode.VALUES),
    # whole numbers
    _m("a number is moved the wrong way", "whole_numbers:_with", "_window(Move(-up, -up)), _window(Move(up, up))", "_window(Move(up, up)), _window(Move(-up, -up))", "number added", "number taken", "plain SELECT", mode=Mode.NUMBERS),
    _m("a quotient is not undone", "whole_numbers:_with", "_window(Undivide(number)), _window(Divide(number))", "Window(), _window(Divide(number))", "divided", "plain SELECT", mode=Mode.NUMBERS),
    _m("a quotient is not taken outwards", "whole_numbers:_with", "_window(Undivide(number)), _window(Divide(number))", "_window(Undivide(number)), Window()", "join", "ON a step of numbers", "LEFT JOIN", "p of one side", mode=Mode.NUMBERS),
    _m("a product is not undone", "whole_numbers:_with", "_window(Unmultiply(number)), _window(Multiply(number))", "Window(), _window(Multiply(number))", "multiplied", "plain SELECT", mode=Mode.NUMBERS),
    _m("quotients below zero are rounded down", "swathe.partition.number_window:Undivide._first", "quotient * self.by if quotient > 0 else (quotient - 1) * self.by + 1", "quotient * self.by", "divided", "plain SELECT", mode=Mode.NUMBERS),
    _m("a remainder is followed", "whole_numbers:_next", "if isinstance(expression, exp.Cast):", "if isinstance(expression, exp.Mod):\n        return Link(strip(expression.this))\n    if isinstance(expression, exp.Cast):", "remainder", "plain SELECT", mode=Mode.NUMBERS),
    _m("a number that reverses is followed", "whole_numbers:_next", "if isinstance(expression, exp.Cast):", "if isinstance(expression, exp.Neg):\n        return Link(strip(expression.this))\n    if isinstance(expression, exp.Cast):", "number negated", "plain SELECT", mode=Mode.NUMBERS),
    _m("a frame over numbers does not widen", "windows:_moved", "Move(-less if isinstance(less, int) else 0, greater if isinstance(greater, int) else 0)", "Move(0, 0)", *_RANGES, mode=Mode.NUMBERS),
    # rows without a value
    _m("groups over all values are passed for NULL", "select:_grouping", "_sometimes_holds if block.algebra.rules.excludes_null else _always_holds", "_sometimes_holds", "GROUP BY", "ROLLUP", "GROUPING SETS", "CUBE", mode=Mode.NULLS),
    _m("a running total of NULL has NULLs only", "nulls:Nulls.widens", "return False", "return True", *_ORDERED, "default frame", mode=Mode.NULLS),
]  # fmt: skip

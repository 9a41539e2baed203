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
        for where, old, new in self.edits:
            module_name, _, path = where.partition(":")
            module = import_module(module_name if "." in module_name else _PRUNE + module_name)
            function = _found(module, path)
            text = textwrap.dedent(inspect.getsource(function))
            assert old in text, f"the mutation `{self.name}` does not fit {where} any more"
            flags = __future__.annotations.compiler_flag
            namespace = dict(vars(module))
            exec(compile(text.replace(old, new), where, "exec", flags), namespace)
            made = namespace[function.__name__]
            patch.setattr(function, "__code__", _plain(made).__code__)

    def case(self, seed: int) -> Case:
        return make(seed, self.focus, self.mode, self.theme)


def _found(owner: Any, path: str) -> FunctionType:
    for part in path.split("."):
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


_JOINS = ("join", "LEFT JOIN", "ON p", "ON p changed", "p of one side")
_RANGES = ("window function", "RANGE frame", "RANGE over p", "interval of days", "order by p", "preceding to current", "preceding to following", "no PARTITION BY", "sum over", "count over")
_ZONES = ("at time zone", "local day", "zone there and back", "GROUP BY", "window function", "join")

MUTATIONS = [
    # clauses
    _m("LIMIT passes", "select:admit", "refused = _cuts(block.select)", "refused = None", "LIMIT", "LIMIT n", "OFFSET"),
    _m("LIMIT of a set operation passes", "walk:_Walk._set_operation", '"distinct", "order")', '"distinct", "order", "limit")', "set operation", "set operation ordered", "set operation with LIMIT"),
    _m("LIMIT behind parentheses passes", "walk:_Walk.visit", '"with_", "order")', '"with_", "order", "limit", "offset")', "LIMIT", "LIMIT behind parentheses"),
    _m("GROUP BY passes without the key", "select:_grouping", "if plain and any(strip(key) == link.expression for key in keys for link in links[first:]):", "if plain:", "GROUP BY without p", "plain SELECT", also=(_follow("exp.Min | exp.Max"),)),
    _m("aggregate without GROUP BY passes", "select:_grouping", "return _aggregate_without_group(select)", "return None", "GROUP BY without p", "aggregate without GROUP BY", also=(_follow("exp.Min | exp.Max"),)),
    _m("DISTINCT ON passes without the key", "select:_distinct_on", "if on is None:", "if True:", "DISTINCT ON", "DISTINCT ON k", "DISTINCT ON q"),
    # window functions
    _m("window passes without its key", "select:_windows", "if is_partitioned(window, links, block.select):", "if True:", "window function", "PARTITION BY k", "no PARTITION BY"),
    _m("windows in QUALIFY are not looked at", "windows:windows_of", "and id(window) not in named", "and id(window) not in named and window.find_ancestor(exp.Qualify) is None", "window function", "QUALIFY", "PARTITION BY k", "PARTITION BY p", "no PARTITION BY"),
    _m("RANGE frame does not widen", "windows:widening", "None if steps is None else (index, steps)", "None if steps is None else (index, ())", *_RANGES),
    _m("RANGE frame widens backwards only", "windows:_frame", "Shift((-before).delta, after.delta)", "Shift((-before).delta, Offset().delta)", *_RANGES, "preceding to following", "current to following"),
    _m("RANGE frame widens the wrong way", "windows:_frame", "Shift((-before).delta, after.delta)", "Shift((-after).delta, before.delta)", *_RANGES),
    _m("a rank is taken for a framed function", "windows:widening", "isinstance(function, _FRAMED) and", "", "window function", "rank over a RANGE frame", "RANGE over p"),
    _m("DESC is taken for ascending", "windows:widening", 'key.args.get("desc") or ', "", *_RANGES, "order turned", "DESC"),
    _m("ROWS and GROUPS frames are taken for RANGE", "windows:_frame", 'str(spec.args.get("kind")).upper() != "RANGE" or ', "", "window function", "ROWS frame", "GROUPS frame", "order by p"),
    _m("UNBOUNDED is taken for CURRENT ROW", "windows:_reach", 'Offset() if bound.upper() == "CURRENT ROW" else None', "Offset()", *_RANGES, "unbounded to current"),
    # expressions
    _m("date_trunc does not align inwards", "invert:_truncation", "(Align(unit),), (Align(unit),)", "(), (Align(unit),)", "date_trunc", "GROUP BY", "plain SELECT"),
    _m("date_trunc does not align outwards", "invert:_truncation", "(Align(unit),), (Align(unit),)", "(Align(unit),), ()", *_JOINS, "ON another unit"),
    _m("cast to date does not align", "invert:_to_date", "() if inner_kind is Kind.DATE else (_DAY,)", "()", "cast to date", "plain SELECT", "local day"),
    _m("the end of a truncation is rounded down", "swathe.partition.window:Align._ceil", "self.unit.ceil(end)", "self.unit.floor(end)", "cast to date", "plain SELECT", "date_trunc"),
    _m("an interval's sign is flipped", "invert:_sum", "offset.steps_from, offset.steps_to", "offset.steps_to, offset.steps_from", "plus interval", "minus interval", "plain SELECT"),
    _m("subtraction is taken for addition", "invert:_sum", "if isinstance(expression, SUBTRACTIONS):", "if False:", "minus interval", "days taken", "plain SELECT"),
    _m("the start of clipped months is not widened", "swathe.partition.window:_start_plus_months", "if last <= moment.day < _days(moment.year, moment.month):", "if False:", "join", "ON offset", "interval of months", "p of one side", theme=4),
    _m("the end of clipped months is not widened", "swathe.partition.window:_end_plus_months", "_end_plus(datetime(year, month, last), timedelta(days=1))", "moment.replace(year=year, month=month, day=last)", "plus interval", "minus interval", "interval of months", "plain SELECT", theme=4),
    _m("the shift of a time zone is dropped", "invert:_at_time_zone", "Link(strip(expression.this), to_utc, to_local)", "Link(strip(expression.this))", *_ZONES),
    _m("the shift of a time zone is turned round", "invert:_at_time_zone", "Link(strip(expression.this), to_utc, to_local)", "Link(strip(expression.this), to_local, to_utc)", *_ZONES),
    _m("a wall clock is taken for an instant", "invert:_at_time_zone", "Link(strip(expression.this), to_local, to_utc)", "Link(strip(expression.this))", *_ZONES),
    Mutation("coalesce is followed as its first argument", (_follow("exp.Coalesce"),), frozenset({"made of two columns", "coalesce", "ifnull", "plain SELECT"})),
    Mutation("CASE is followed as its first result", (_follow("exp.Case", "expression.args['ifs'][0].args['true']"),), frozenset({"made of two columns", "case", "case of constants", "plain SELECT"})),
    Mutation("functions are followed as their argument", (_follow("exp.LastDay"),), frozenset({"last_day", "plain SELECT"})),
    # comparisons
    _m("an inequality is used the wrong way round", "transfer:_ordered", "yield condition.this, condition.expression", "yield condition.expression, condition.this", "join", "ON range back", "ON range", "ON two inequalities"),
    _m("OR is taken for AND", "transfer:conjuncts", "isinstance(condition, exp.And)", "isinstance(condition, exp.And | exp.Or)", "join", "ON OR", "WHERE OR of both", "LEFT JOIN"),
    _m("NOT is looked through", "transfer:conjuncts", "condition is None:", "condition is None:\n        return\n    if isinstance(condition, exp.Not):\n        yield from conjuncts(condition.this)", "plain SELECT", "WHERE", "conditions connected", "NOT", "NOT OR", "p compared with q"),
    _m("start and end of an inequality are exchanged", "transfer:_from_start_to_end", "Shift(low, high)", "Shift(high, low)", "join", "ON range back", "ON range"),
    _m("bounds are taken without their offsets", "transfer:_from_start_to_end", "low_base.then(Shift(low, high))", "low_base", "join", "ON range back", "ON range"),
    _m("<> is taken for =", "transfer:close", "isinstance(condition, exp.EQ) and algebra.carries(condition)", "isinstance(condition, exp.EQ | exp.NEQ) and algebra.carries(condition)", "plain SELECT", "WHERE", "p compared with q"),
    # joins
    _m("LEFT JOIN is taken for INNER", "joins:_Push._inner", "source.kind is JoinKind.LEFT and self._touches((source,), not_null)", "source.kind is JoinKind.LEFT", "join", "ON several", "p of one side", "ON p", "LEFT JOIN", "ON q too"),
    _m("RIGHT JOIN is taken for INNER", "joins:_Push._inner", "source.kind is JoinKind.RIGHT and self._touches(sources[:index], not_null)", "source.kind is JoinKind.RIGHT", "join", "ON several", "p of one side", "ON p", "RIGHT JOIN", "ON more of the right", "p compared with q"),
    _m("RIGHT JOIN is taken for LEFT", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["LEFT" if side == "RIGHT" else side]', "join", "ON several", "p of one side", "ON p", "RIGHT JOIN", "ON more of the right", "p compared with q"),
    _m("FULL JOIN is taken for LEFT", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["LEFT" if side == "FULL" else side]', "join", "ON several", "p of one side", "ON p", "FULL JOIN", "ON q too", "WHERE after a join", "WHERE of the right"),
    _m("FULL JOIN is taken for INNER", "block:_join_kind", "return JoinKind[side]", 'return JoinKind["INNER" if side == "FULL" else side]', "join", "ON several", "p of one side", "ON p", "FULL JOIN", "ON q too"),
    _m("SEMI and ANTI JOIN are taken for INNER", "block:_join_kind", "return JoinKind[kind]", "return JoinKind.INNER", "join", "ON several", "p of one side", "ON p", "ANTI JOIN", "ON q too", "ON more of the left", "p compared with q"),
    _m("a fact about the right side counts for the left", "joins:_Push.over", "on_left = self._about(before, facts)", "on_left = facts", "join", "LEFT JOIN", "p of both by case", "ON the output column"),
    _m("any expression shows that a side is not padded", "joins:_Push._touches", "isinstance(expression, exp.Column)", "True", "join", "ON several", "p of one side", "ON p", "LEFT JOIN", "ON q too", "WHERE after a join", "WHERE coalesce"),
    _m("the column of USING is the left one", "prepare:_merged", "value = column", "pass", "USING", "RIGHT JOIN", "USING p"),
    _m("the column of USING after FULL JOIN is the left one", "prepare:_merged", 'case (("" | "LEFT"), ("" | "INNER" | "OUTER")):', 'case (("" | "LEFT" | "FULL"), ("" | "INNER" | "OUTER")):', "USING", "FULL JOIN", "USING p"),
    _m("RIGHT JOIN after a comma joins all", "prepare:_mark_unsure", "join.meta[UNSURE_JOIN] = True", "pass", "comma join", "comma", "comma then JOIN", "comma then RIGHT", "ON p", "ON several", "ON more of the right", "p compared with q", "p of one side"),
    _m("USING after a padded side is believed", "prepare:_mark_unsure", "join.meta[UNSURE_CONDITION] = True", "pass", "USING", "USING twice", "RIGHT JOIN", "FULL JOIN", "USING p"),
    # several queries
    _m("a WITH query gets its first reader's demand", "walk:_Walk.visit", "merge(self._with.get(cte, []))", "merge(self._with.get(cte, [])[:1])", "WITH", "WITH query read twice", "WITH query united with itself"),
    _m("the hull of two demands is the first", "requirement:merge", "window.hull(demand.windows[position])", "window", "WITH", "WITH query read twice", "WITH query united with itself"),
    _m("a recursive query is pruned", "walk:_Walk._refuse_recursive", "if with_ is None or not with_.recursive:", "if True:", "recursive", "recursion moves p", "recursive UNION ALL"),
    _m("the branches of a set operation are asked for different columns", "walk:_Walk._set_operation", "self.visit(branch, demand, env, names)", "self.visit(branch, Rows({1 - min(demand.windows): Window()}) if isinstance(demand, Rows) and branch is query.expression and set(demand.windows) <= {0, 1} else demand, env, names)", "set operation", "set operations chained"),
    # sets of values
    _m("the kinds of a set operation's branches are not compared", "values:Values.unites", "return self.united_kind(set(kinds)) is not None", "return True", "set operation", "a changed column", "cast to text", "try_cast to integer", "UNION", "UNION ALL", mode=Mode.VALUES),
    _m("a cast is followed for sets of values", "values:Values.chain", "return (Link(expression),)", "return (Link(expression), Link(expression.this)) if isinstance(expression, exp.Cast) else (Link(expression),)", "cast to text", "cast to boolean", "plain SELECT", "GROUP BY", mode=Mode.VALUES),
    _m("a sum is followed for sets of values", "values:Values.chain", "return (Link(expression),)", "return (Link(expression), Link(expression.this)) if isinstance(expression, exp.Add) else (Link(expression),)", "number added", "plain SELECT", mode=Mode.VALUES),
    _m("inequalities carry sets of values", "transfer:close", "isinstance(condition, exp.EQ) and algebra.carries(condition)", "isinstance(condition, exp.LTE | exp.GTE | exp.EQ)", "join", "ON one-sided", "p compared with q", mode=Mode.VALUES),
    _m("a frame over a range widens sets of values", "values:Values.widens", "return False", "return True", *_RANGES, "days", mode=Mode.VALUES),
]  # fmt: skip

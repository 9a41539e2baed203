"""Comparisons with constants: what is known of an expression where a condition is true.

Like is compared with like only. A text that stands beside a number is converted, and so is a number beside a text: of
those nothing is said, nor of texts that the engine may read as another time than the calendar's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from sqlglot import exp

from swathe.frozen import frozen
from swathe.partition.granularity import TimeSpan
from swathe.partition.held import NULL_ONLY, VALUED, Choice, Held
from swathe.partition.values import Value
from swathe.sql.parse import PARTITION_MARKER
from swathe.sql.prune.algebra import Algebra
from swathe.sql.prune.block import only
from swathe.sql.prune.kinds import Kind, is_pure, kind_of_type, strip
from swathe.sql.prune.transfer import conjuncts

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_WHOLE = re.compile(r"\d{1,18}")

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}

Stated = dict[exp.Expr, Held]


@frozen
class Comparisons:
    """Reads conditions of one SELECT. `values` and `times` are its algebras by these rules."""

    values: Algebra
    times: Algebra

    def stated(self, conditions: Iterable[exp.Expr]) -> Stated:
        """What is known of expressions where all the conditions are true."""
        found: Stated = {}
        for condition in conditions:
            for expression, held in self._one(condition).items():
                found[expression] = found.get(expression, Held()) & held
        return found

    def _one(self, condition: exp.Expr) -> Stated:
        condition = strip(condition)
        match condition:
            case exp.And():
                return self.stated((condition.this, condition.expression))
            case exp.Or():
                one, other = self._one(condition.this), self._one(condition.expression)
                return {expression: one[expression] | other[expression] for expression in one.keys() & other.keys()}
            case exp.Not():
                return self._denied(strip(condition.this))
            case exp.Between() if not condition.args.get("symmetric"):
                return self.stated(conjuncts(condition))
        return self._about_constants(condition)

    def _about_constants(self, condition: exp.Expr) -> Stated:
        match condition:
            case exp.In() if only(condition, "this", "expressions") and condition.expressions:
                return self._among(condition, denied=False)
            case exp.Is():
                return self._is(condition)
            case exp.EQ() | exp.NullSafeEQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                return self._compared(type(condition), condition.this, condition.expression)
            case exp.Column():
                return self._truth(condition, value=True)
        return {}

    def _denied(self, condition: exp.Expr) -> Stated:
        match condition:
            case exp.In() if only(condition, "this", "expressions") and condition.expressions:
                return self._among(condition, denied=True)
            case exp.Is() if isinstance(condition.expression, exp.Null):
                column = strip(condition.this)
                return {column: Held(VALUED)} if isinstance(column, exp.Column) else {}
            case exp.EQ():
                return self._compared(exp.NEQ, condition.this, condition.expression)
            case exp.Column():
                return self._truth(condition, value=False)
        return {}

    def _is(self, condition: exp.Is) -> Stated:
        column = strip(condition.this)
        if not isinstance(column, exp.Column):
            return {}
        if isinstance(condition.expression, exp.Null):
            return {column: Held(NULL_ONLY)}
        if isinstance(condition.expression, exp.Boolean):
            return self._truth(column, value=bool(condition.expression.this))
        return {}

    def _truth(self, column: exp.Column, *, value: bool) -> Stated:
        return {column: Held(Choice(frozenset({value})))} if self.values.types(column) is Kind.BOOLEAN else {}

    def _among(self, condition: exp.In, *, denied: bool) -> Stated:
        """`IN` is the union of its comparisons, and `NOT IN` all of their opposites."""
        each = [
            self._compared(exp.NEQ if denied else exp.EQ, condition.this, constant)
            for constant in condition.expressions
        ]
        expression = strip(condition.this)
        if not all(expression in stated for stated in each):
            return {}
        found = each[0][expression]
        for stated in each[1:]:
            found = found & stated[expression] if denied else found | stated[expression]
        return {expression: found}

    def _compared(self, operator: type[exp.Expr], one: exp.Expr, other: exp.Expr) -> Stated:
        one, other = strip(one), strip(other)
        if _is_constant(one):
            operator, one, other = _MIRRORED.get(operator, operator), other, one
        if _is_constant(one) or not _is_constant(other) or not is_pure(one):
            return {}
        held = Held()
        kind = self.values.types(one)
        if isinstance(one, exp.Column) and kind is not None and (value := _value(other, kind)) is not None:
            held &= _of_value(operator, value)
        time_kind = self.times.types(one)
        if time_kind is not None and (moment := _moment(other, time_kind)) is not None:
            held &= Held(VALUED, times=_of_moment(operator, moment, days=time_kind is Kind.DATE))
        return {} if held.is_anything else {one: held}


def _is_constant(expression: exp.Expr) -> bool:
    if isinstance(expression, exp.Neg | exp.Cast):
        return _is_constant(strip(expression.this))
    return isinstance(expression, exp.Literal | exp.Boolean)


def _value(constant: exp.Expr, kind: Kind) -> Value | None:
    """The constant as a value of a kind, where it is one without being converted."""
    match kind:
        case Kind.TEXT:
            is_text = isinstance(constant, exp.Literal) and constant.is_string
            return constant.name if is_text and not PARTITION_MARKER.search(constant.name) else None
        case Kind.INTEGER:
            digits = strip(constant.this) if isinstance(constant, exp.Neg) else constant
            if isinstance(digits, exp.Literal) and not digits.is_string and _WHOLE.fullmatch(digits.name):
                return -int(digits.name) if digits is not constant else int(digits.name)
        case Kind.BOOLEAN:
            return bool(constant.this) if isinstance(constant, exp.Boolean) else None
        case Kind.DATE:
            found = _moment(constant, Kind.DATE)
            return found.date() if found is not None and found.time() == time() else None
    return None


def _moment(constant: exp.Expr, kind: Kind) -> datetime | None:
    """The time that a constant stands for beside an expression of a kind. Instants are in UTC."""
    written: Kind | None = kind
    if isinstance(constant, exp.Cast):
        if not only(constant, "this", "to") or constant.to.expressions:
            return None
        written = kind_of_type(constant.to)
        constant = strip(constant.this)
    if not isinstance(constant, exp.Literal) or not constant.is_string or written is None:
        return None
    shape = _DAY.fullmatch(constant.name) or (
        written in (Kind.NAIVE, Kind.INSTANT) and _MOMENT.fullmatch(constant.name)
    )
    try:
        return datetime.fromisoformat(constant.name) if shape else None
    except ValueError:
        return None


def _of_value(operator: type[exp.Expr], value: Value) -> Held:
    if operator in (exp.EQ, exp.NullSafeEQ):
        return Held(Choice(frozenset({value})), numbers=_numbers(operator, value))
    if operator is exp.NEQ:
        return Held(Choice(frozenset({value}), others=True))
    return Held(VALUED, numbers=_numbers(operator, value))


def _numbers(operator: type[exp.Expr], value: Value) -> tuple[int | None, int | None]:
    if not isinstance(value, int) or isinstance(value, bool):
        return None, None
    if operator in (exp.EQ, exp.NullSafeEQ):
        return value, value + 1
    if operator in (exp.GT, exp.GTE):
        return value + (operator is exp.GT), None
    return None, value + (operator is exp.LTE)


def _of_moment(operator: type[exp.Expr], moment: datetime, *, days: bool) -> TimeSpan:
    """The times for which a comparison with a moment is true; of whole days where there are no others."""
    if operator is exp.LT:
        return TimeSpan(None, moment)
    start = moment if operator in (exp.GTE, exp.EQ, exp.NullSafeEQ) else None
    if operator is exp.GT:
        start = _after(moment, timedelta(days=1)) if days and moment.time() == time() else moment
    closed = operator in (exp.LTE, exp.EQ, exp.NullSafeEQ)
    return TimeSpan(start, _after(moment, timedelta.resolution) if closed else None)


def _after(moment: datetime, duration: timedelta) -> datetime | None:
    """Nothing beyond the calendar: as a start that is no bound, as an end neither."""
    try:
        return moment + duration
    except OverflowError:
        return None

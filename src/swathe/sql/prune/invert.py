"""How an expression's values are made from one column, link by link.

Each link of a chain carries two windows, rounded outwards. `inward` takes a span of the outer value to a span that
holds every inner value that can give it; `outward` takes a span of the inner value to one that holds every outer value
it gives. Both treat the two ends of a span apart, so a lower bound alone is carried by the same steps. Every expression
here is NULL when its inner value is.

A choice (CASE, COALESCE, LEAST, GREATEST) has the value of one of its arms, whichever it is. Where all arms are made
from one column, it is followed there through the hull of their windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from sqlglot import exp

from swathe.frozen import frozen
from swathe.partition.granularity import Granularity
from swathe.partition.window import Align, LocalToUtc, Step, Truncate, Untruncate, UtcToLocal, Window
from swathe.sql.prune import offsets
from swathe.sql.prune.kinds import (
    ADDITIONS,
    SUBTRACTIONS,
    TO_DATE,
    TRUNCATIONS,
    Kind,
    Types,
    kind_of_type,
    strip,
)
from swathe.sql.prune.offsets import Offset

_SAME = Window()
_FROM_DAY = Window(((Untruncate(Granularity.DAY),),))
_TO_DAY = Window(((Truncate(Granularity.DAY),),))
_MOST_ARMS = 16

_UNITS = {unit.name: unit for unit in Granularity}
_FINER_THAN_AN_HOUR = frozenset({"MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"})
_AROUND_HOURS = Window(((Align(Granularity.HOUR),),))
"""Wide enough for any finer unit, and no widening where spans begin and end on the hour."""

_WEEKS_START_ON_MONDAY = frozenset({"duckdb", "postgres", "redshift", "spark", "databricks", "trino", "clickhouse"})
_DATE_PLUS_DAYS = frozenset({"duckdb", "postgres", "redshift"})


@frozen
class Link:
    """One expression of a chain, with the steps between it and the link before it."""

    expression: exp.Expr
    inward: Window = _SAME
    outward: Window = _SAME


def chain(expression: exp.Expr, types: Types, dialect: str) -> tuple[Link, ...]:
    """From the expression itself inwards, as far as its values can be followed."""
    links = [Link(strip(expression))]
    while link := _next(links[-1].expression, types, dialect):
        links.append(link)
    return tuple(links)


def extend(window: Window, inner: Window) -> Window:
    """The window, then more steps towards the input."""
    return Window(tuple(dict.fromkeys(_joined(head, tail) for head in window.chains for tail in inner.chains)))


def _joined(head: tuple[Step, ...], tail: tuple[Step, ...]) -> tuple[Step, ...]:
    for step in tail:
        if not (isinstance(step, Align | Truncate | Untruncate) and head[-1:] == (step,)):
            head = (*head, step)
    return head


def _next(expression: exp.Expr, types: Types, dialect: str) -> Link | None:
    if isinstance(expression, exp.Cast):
        return _cast(expression, types)
    if isinstance(expression, TO_DATE) and _only(expression, "this"):
        return _to_date(expression.this, types(expression.this))
    if isinstance(expression, TRUNCATIONS):
        return _truncation(expression, types, dialect)
    if isinstance(expression, exp.AtTimeZone):
        return _at_time_zone(expression, types)
    arms = _arms(expression)
    return _sum(expression, types, dialect) if arms is None else _choice(arms, types, dialect)


def _arms(expression: exp.Expr) -> list[exp.Expr] | None:
    """What a choice chooses from; None when the expression is none. It may be NULL as well."""
    match expression:
        case exp.Coalesce() if not expression.args.get("is_null"):
            return [expression.this, *expression.expressions]
        case exp.Least() | exp.Greatest():
            return [expression.this, *expression.expressions]
        case exp.Nullif():
            return [expression.this]
        case exp.Case():
            found = [branch.args["true"] for branch in expression.args["ifs"]]
            return [*found, *filter(None, [expression.args.get("default")])]
        case exp.If():
            return [expression.args["true"], *filter(None, [expression.args.get("false")])]
    return None


def _choice(arms: list[exp.Expr], types: Types, dialect: str) -> Link | None:
    """The first thing that all arms are made from, of one kind of time or another."""
    arms = [arm for arm in map(strip, arms) if not isinstance(arm, exp.Null)]
    if not arms or any(types(arm) is None for arm in arms):
        return None
    chains = [chain(arm, types, dialect) for arm in arms]
    for link in chains[0]:
        places = [_place(link.expression, other) for other in chains]
        if all(place is not None for place in places):
            through = [other[: (place or 0) + 1] for other, place in zip(chains, places, strict=True)]
            inward, outward = _hull(map(_inwards, through)), _hull(map(_outwards, through))
            if max(len(inward.chains), len(outward.chains)) > _MOST_ARMS:
                return None
            return Link(link.expression, inward, outward)
    return None


def _place(expression: exp.Expr, links: tuple[Link, ...]) -> int | None:
    return next((index for index, link in enumerate(links) if link.expression == expression), None)


def _inwards(links: tuple[Link, ...]) -> Window:
    return reduce(extend, (link.inward for link in links), _SAME)


def _outwards(links: tuple[Link, ...]) -> Window:
    return reduce(extend, (link.outward for link in reversed(links)), _SAME)


def _hull(windows: Iterable[Window]) -> Window:
    return reduce(Window.hull, windows)


def _cast(expression: exp.Cast, types: Types) -> Link | None:
    inner_kind = types(expression.this)
    if inner_kind is None or not _only(expression, "this", "to", "safe") or expression.to.expressions:
        return None
    match kind_of_type(expression.to):
        case Kind.DATE:
            return _to_date(expression.this, inner_kind)
        case Kind.NAIVE | Kind.INSTANT:
            return Link(strip(expression.this))
    return None


def _to_date(inner: exp.Expr, inner_kind: Kind | None) -> Link | None:
    if inner_kind is None:
        return None
    if inner_kind is Kind.DATE:
        return Link(strip(inner))
    return Link(strip(inner), _FROM_DAY, _TO_DAY)


def _truncation(expression: exp.Expr, types: Types, dialect: str) -> Link | None:
    name = expression.args["unit"].name.upper() if expression.args.get("unit") else ""
    if types(expression.this) is None or expression.args.get("zone"):
        return None
    if name in _FINER_THAN_AN_HOUR:
        return Link(strip(expression.this), _AROUND_HOURS, _AROUND_HOURS)
    unit = _UNITS.get(name)
    if unit is None:
        return None
    if unit is Granularity.WEEK and dialect not in _WEEKS_START_ON_MONDAY:
        return None
    return Link(strip(expression.this), Window(((Untruncate(unit),),)), Window(((Truncate(unit),),)))


def _sum(expression: exp.Expr, types: Types, dialect: str) -> Link | None:
    if isinstance(expression, exp.TsOrDsAdd):
        return _spark_addition(expression, types)
    if not isinstance(expression, ADDITIONS + SUBTRACTIONS):
        return None
    moment, amount = expression.this, expression.expression
    if isinstance(expression, exp.Add) and types(moment) is None:
        moment, amount = amount, moment
    kind = types(moment)
    if kind is None:
        return None
    offset = _offset(amount, expression.args.get("unit"), kind, dialect)
    if offset is None:
        return None
    if isinstance(expression, SUBTRACTIONS):
        offset = -offset
    return Link(strip(moment), Window((offset.steps_from,)), Window((offset.steps_to,)))


def _offset(amount: exp.Expr, unit: exp.Expr | None, kind: Kind, dialect: str) -> Offset | None:
    if isinstance(strip(amount), exp.Interval):
        # What stands after an interval may be a zone, in which a day is not always 24 hours.
        return offsets.interval(amount) if unit is None or offsets.scaled(1, unit) is not None else None
    if unit is not None:
        return offsets.scaled(offsets.integer(amount), unit)
    return offset_in_days(amount, kind, dialect)


def offset_in_days(amount: exp.Expr, kind: Kind | None, dialect: str) -> Offset | None:
    """A bare number next to a DATE, in the dialects where it counts days."""
    return offsets.days(amount) if kind is Kind.DATE and dialect in _DATE_PLUS_DAYS else None


def _spark_addition(expression: exp.TsOrDsAdd, types: Types) -> Link | None:
    """`date_add(x, n)` of Spark and its kin: `x` is cut to a date first, in some dialects."""
    offset = _offset(expression.expression, expression.args.get("unit"), Kind.TIME, "")
    if offset is None or types(expression.this) is None:
        return None
    inward, outward = Window((offset.steps_from,)), Window((offset.steps_to,))
    return Link(strip(expression.this), extend(inward, _FROM_DAY), extend(_TO_DAY, outward))


def _at_time_zone(expression: exp.AtTimeZone, types: Types) -> Link | None:
    zone = expression.args.get("zone")
    if not (isinstance(zone, exp.Literal) and zone.is_string and _is_plain_zone(zone.name)):
        return None
    to_utc, to_local = Window(((LocalToUtc(zone.name),),)), Window(((UtcToLocal(zone.name),),))
    match types(expression.this):
        case Kind.INSTANT:
            return Link(strip(expression.this), to_utc, to_local)
        case Kind.NAIVE:
            return Link(strip(expression.this), to_local, to_utc)
    return None


@lru_cache(maxsize=64)
def _is_plain_zone(name: str) -> bool:
    """Whether the name means the same zone to every engine; abbreviations and offsets such as `GMT+5` do not."""
    if name == "UTC":
        return True
    try:
        return "/" in name and bool(ZoneInfo(name))
    except (ValueError, OSError, KeyError):
        return False


def _only(expression: exp.Expr, *allowed: str) -> bool:
    return all(name in allowed or not value for name, value in expression.args.items())

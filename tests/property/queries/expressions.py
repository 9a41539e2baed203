"""Expressions of one row: what is followed by the rules, what resembles it, and conditions."""

from __future__ import annotations

from collections.abc import Callable

from queries import only_postgres
from queries.draw import Draw, E, Kind, Mode, Source, united

_ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Asia/Kolkata")
_UNITS = ("hour", "day", "week", "month", "quarter", "year", "minute")


def key(draw: Draw, source: Source) -> E:
    """What the output column `p` is made of: mostly the source's own `p`, mostly by a function that is followed."""
    if draw.chance("made of two columns", 0.07):
        return combined(draw, source.p, source.q)
    return changed(draw, source.p)


def changed(draw: Draw, e: E, plain: float = 7) -> E:
    """A function of one expression."""
    if draw.mode in (Mode.NUMBERS, Mode.NULLS) and e.kind is Kind.INT:
        made = _changed_number(draw, e, plain)
        return _changed_number(draw, made, 1) if draw.dice.random() < 0.15 else made
    if draw.mode is Mode.VALUES or not e.kind.is_time:
        return _changed_value(draw, e, plain)
    made = _changed_time(draw, e, plain)
    return _changed_time(draw, made, 1) if draw.dice.random() < 0.15 else made


def offset(draw: Draw) -> str:
    """A constant interval."""
    unit = draw.pick({f"interval of {unit}s": unit for unit in ("hour", "day", "week", "month", "year", "minute")}, **{"interval of days": 4, "interval of months": 2})  # fmt: skip
    number = draw.dice.choice((1, 1, 1, 2, 3, 5) if unit in ("month", "year") else (1, 1, 2, 3, 6, 30))
    return draw.dice.choice(
        (f"interval {number} {unit}", f"interval '{number} {unit}s'", f"interval '{number}' {unit}")
    )


def _changed_time(draw: Draw, e: E, plain: float) -> E:
    sql, kind = e.sql, e.kind
    unit = draw.dice.choice(_UNITS)
    zone = draw.dice.choice(_ZONES)
    number = draw.dice.randrange(1, 4)
    added = Kind.NAIVE if kind is Kind.DATE else kind
    weights = {"as it is": plain, "cast to date": 2, "date_trunc": 2}
    # PostgreSQL takes a DATE for an instant here.
    truncated = Kind.INSTANT if draw.dialect == "postgres" and kind is Kind.DATE else added
    options: dict[str, E | Callable[[], E]] = {
        " as it is": e,
        "cast to date": E(f"cast({sql} as date)", Kind.DATE),
        "try_cast": E(f"try_cast({sql} as date)", Kind.DATE),
        "cast to timestamp": E(f"cast({sql} as timestamp)", Kind.NAIVE),
        "cast to timestamptz": E(f"{sql}::timestamptz", Kind.INSTANT),
        "date_trunc": E(f"date_trunc('{unit}', {sql})", truncated),
        "plus interval": lambda: E(f"{sql} + {offset(draw)}", added),
        "minus interval": lambda: E(f"{sql} - {offset(draw)}", added),
        "last_day": E(f"last_day({sql})", Kind.DATE),
        "time_bucket": E(f"time_bucket(interval 2 day, {sql})", kind),
        "date_add": lambda: E(f"date_add({sql}, {offset(draw)})", added),
        "macro": E(f"same({sql})", kind),
        "nullif": E(f"nullif({sql}, {draw.constant(kind)})", kind),
        "not monotone": E(f"make_date(2024, 1, 1 + cast(day({sql}) as integer) % 28)", Kind.DATE),
    }
    if kind is Kind.DATE:
        options["days added"] = E(f"({sql} + {number})", Kind.DATE)
        options["days taken"] = E(f"{sql} - {number}", Kind.DATE)
    if kind is not Kind.DATE:
        other = Kind.INSTANT if kind is Kind.NAIVE else Kind.NAIVE
        options["at time zone"] = E(f"{sql} at time zone '{zone}'", other)
        options["local day"] = E(f"cast({sql} at time zone '{zone}' as date)", Kind.DATE)
    if kind is Kind.INSTANT:
        there = f"{sql} at time zone '{zone}'"
        options["zone there and back"] = E(f"(date_trunc('day', {there}) at time zone '{zone}')", Kind.INSTANT)
    if draw.dialect == "postgres":
        native = only_postgres.times(draw, e)
        return draw.pick(options | native, **dict.fromkeys(native, 0.2), **weights)
    return draw.pick(options, **weights)


def _changed_value(draw: Draw, e: E, plain: float) -> E:
    sql, kind = e.sql, e.kind
    options: dict[str, E] = {
        " as it is": e,
        " in parentheses": E(f"({sql})", kind),
        "cast to itself": E(f"cast({sql} as {kind.value})", kind),
        "cast to text": E(f"cast({sql} as varchar)", Kind.TEXT),
        "macro": E(f"same({sql})", kind),
        "nullif": E(f"nullif({sql}, {draw.constant(kind)})", kind),
    }
    match kind:
        case Kind.TEXT:
            options["lower"] = E(f"lower({sql})", kind)
            options["try_cast to integer"] = E(f"try_cast({sql} as integer)", Kind.INT)
            options["concatenated"] = E(f"{sql} || ''", kind)
        case Kind.INT:
            options["number added"] = E(f"{sql} + 1", kind)
            options["cast to boolean"] = E(f"cast({sql} as boolean)", Kind.BOOL)
        case Kind.BOOL:
            options["negated"] = E(f"not {sql}", kind)
    if draw.dialect == "postgres" and kind is Kind.TEXT:
        options |= only_postgres.texts(e)
    return draw.pick(options, **{"as it is": plain * 2.5, "in parentheses": 2})


def _changed_number(draw: Draw, e: E, plain: float) -> E:
    sql, some = e.sql, draw.dice.randrange(1, 5)
    forms = {
        " as it is": sql,
        "number added": f"({sql} + {some})",
        "number taken": f"({sql} - {some})",
        "number before": f"({some} + {sql})",
        "taken from a number": f"({some} - {sql})",
        "multiplied": f"({sql} * {some})",
        "divided": f"({sql} // {some})",
        "remainder": f"({sql} % {some})",
        "number negated": f"(- {sql})",
        "cast to bigint": f"cast({sql} as bigint)",
        "rounded to a step": f"({sql} // {some} * {some})",
        "true division": f"cast({sql} / {some} as integer)",
        "nullif": f"nullif({sql}, {some})",
    }
    if draw.dialect == "postgres":
        native = only_postgres.numbers(sql, some)
        return E(draw.pick(forms | native, **dict.fromkeys(native, 0.4), **{"as it is": plain}), Kind.INT)
    return E(draw.pick(forms, **{"as it is": plain}), Kind.INT)


def combined(draw: Draw, a: E, b: E) -> E:
    """A function of two expressions."""
    kind = united(a.kind, b.kind)
    x, y, some = a.sql, b.sql, draw.constant(a.kind)
    return draw.pick(
        {
            "coalesce": E(f"coalesce({x}, {y})", kind),
            "coalesce of one": E(f"coalesce({x}, {some})", a.kind),
            "coalesce doubled": E(f"coalesce({x}, {y}, {some})", kind),
            "least": E(f"least({x}, {y})", kind),
            "greatest": E(f"greatest({x}, {y})", kind),
            "greatest of one": E(f"greatest({x}, {some})", a.kind),
            "case": E(f"case when {x} > {y} then {x} else {y} end", kind),
            "case of one": E(f"case when {x} > {some} then {x} end", a.kind),
            "case of changed arms": lambda: _arms(
                draw,
                a,
                f"case when {draw.dice.choice((f'{y} > {some}', f'{x} < {some}', f'{y} is null'))} then {{0}} else {{1}} end",
            ),
            "coalesce of changed arms": lambda: _arms(draw, a, f"coalesce(nullif({{0}}, {some}), {{1}})"),
            "greatest of changed arms": lambda: _arms(
                draw, a, f"{draw.dice.choice(('greatest', 'least'))}({{0}}, {{1}})"
            ),
            "case without else": lambda: _arms(
                draw, a, f"case when {y} > {x} then {{0}} when {y} = {x} then {{1}} end"
            ),
            "case of constants": E(f"case {x} when {some} then {draw.constant(a.kind)} else {x} end", a.kind),
            "if": E(f"if({x} is null, {y}, {x})", kind),
            "ifnull": E(f"ifnull({x}, {y})", kind),
            "macro of two": E(f"either({x}, {y})", kind),
            "constant": E(some, a.kind),
            "null": E(f"cast(null as {a.kind.value})", a.kind),
            "the other column": b,
        }
    )


def _arms(draw: Draw, e: E, form: str) -> E:
    """A choice between functions of one expression."""
    first, second = changed(draw, e, 1), changed(draw, e, 1)
    return E(form.format(first.sql, second.sql), united(first.kind, second.kind))


def condition(draw: Draw, source: Source) -> str:
    """A condition on the rows of one source, without subqueries."""
    p, q, x, k = source.columns
    kind = source.p.kind
    low, high = draw.constant(kind), draw.constant(kind)
    simple = {
        "x compared": f"{x} {draw.dice.choice(('>', '<=', '<>'))} {draw.dice.randrange(1, 8)}",
        "k compared": f"{k} = {draw.constant(Kind.TEXT)}",
        "IS NULL": f"{draw.dice.choice((p, q, k, x))} is null",
        "IS NOT NULL": f"{draw.dice.choice((p, q, k))} is not null",
        "p compared with q": f"{p} {draw.dice.choice(('=', '<', '>=', '<>'))} {q}",
        "p compared with a constant": f"{p} {draw.dice.choice(('=', '<', '>=', '<>', '>'))} {low}",
        "BETWEEN": f"{p} between {low} and {high}",
        "NOT BETWEEN": f"{p} not between {low} and {high}",
        "IN list": f"{p} in ({low}, {high}, {draw.constant(kind)})",
        "NOT IN list": f"{p} not in ({low}, {high})",
        "IS DISTINCT FROM": f"{p} is distinct from {q}",
        "IS NOT DISTINCT FROM": f"{p} is not distinct from {q}",
        "LIKE": f"{k} like 'a%'",
        "coalesced condition": f"coalesce({p} = {q}, {x} > 3)",
    }
    if draw.dialect == "postgres":
        simple |= only_postgres.conditions(draw, source)
    return draw.pick(simple, **{"p compared with q": 2})


def connected(draw: Draw, first: str, second: str) -> str:
    """Two conditions made one."""
    return draw.pick(
        {
            "AND": f"{first} and {second}",
            "OR": f"({first} or {second})",
            "NOT": f"not ({first}) and {second}",
            "NOT OR": f"not ({first} or {second})",
        },
        AND=3,
    )

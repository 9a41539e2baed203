"""What only PostgreSQL can say. Texts are written past the translation: see `raw`."""

from __future__ import annotations

from collections.abc import Callable

from queries.draw import Draw, E, Kind, Rel, Source, production
from queries.postgres_sql import raw

_UNITS = ("hour", "day", "week", "month", "quarter", "year")
_ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Asia/Kolkata")


def times(draw: Draw, e: E) -> dict[str, E | Callable[[], E]]:
    """Functions of a time."""
    sql, kind, dice = e.sql, e.kind, draw.dice
    added = Kind.NAIVE if kind is Kind.DATE else kind
    flipped = Kind.INSTANT if kind is Kind.NAIVE else Kind.NAIVE
    zone, unit = dice.choice(_ZONES), dice.choice(_UNITS)
    several = dice.choice(("1 day 2 hours", "1 month -2 days", "-1 month 3 days 4 hours", "1 year 1 month", "P1DT2H"))
    single = dice.choice(("1 day", "-2 days", "1 month", "36:00", "2 hours"))
    hours = dice.choice(("-05", "+02", "UTC+5", "GMT-3"))
    short = dice.choice(("EST", "CET", "EST5EDT"))

    def made(template: str, kind: Kind) -> E:
        return E(raw(template, sql), kind)

    found: dict[str, E | Callable[[], E]] = {
        "date function": made("date({0})", Kind.DATE),
        "rounded to seconds": made("{0}::timestamp(0)", Kind.NAIVE),
        "date_trunc in a zone": made(f"date_trunc('{unit}', {{0}}::timestamptz, '{zone}')", Kind.INSTANT),
        "timezone function": made(f"timezone('{zone}', {{0}})", flipped),
        "zone by its offset": made(f"({{0}} at time zone '{hours}')", flipped),
        "zone by an abbreviation": made(f"({{0}} at time zone '{short}')", flipped),
        "zone by an interval": made("({0} at time zone interval '-05:00')", flipped),
        "zone in other letters": made(f"({{0}} at time zone '{zone.lower()}')", flipped),
        "interval of several units": made(f"({{0}} {dice.choice('+-')} interval '{several}')", added),
        "interval times a number": made(f"({{0}} + {dice.choice(('2', '-1', '0.5'))} * interval '{single}')", added),
        "interval before": made(f"(interval '{single}' + {{0}})", added),
        "an interval made": made("({0} + make_interval(days => 2, months => 1))", added),
        "an interval as text": made(f"({{0}} - '{single}'::interval)", added),
        "epoch there and back": made("to_timestamp(extract(epoch from {0}))", Kind.INSTANT),
        "day in text and back": made("to_date(to_char({0}, 'YYYY-MM-DD'), 'YYYY-MM-DD')", Kind.DATE),
        "date as text cut": made("cast(left({0}::text, 10) as date)", Kind.DATE),
        "made of its parts": made("make_date(extract(year from {0})::int, extract(month from {0})::int, 1)", Kind.DATE),
        "days between": made("(date '2024-01-01' + ({0}::date - date '2024-01-03'))", Kind.DATE),
        "clipped to a constant": made(f"greatest({{0}}, {draw.constant(kind)})", kind),
    }
    if kind is Kind.DATE:
        found["date_trunc of a day"] = E(f"date_trunc('{unit}', {sql})", Kind.INSTANT)
        found["at time zone of a day"] = made(f"({{0}} at time zone '{zone}')", Kind.NAIVE)
        found["truncated day in a zone"] = E(f"(date_trunc('{unit}', {sql}) at time zone '{zone}')", Kind.NAIVE)
        found["time of day added"] = made("({0} + time '05:00')", Kind.NAIVE)
    else:
        found["date_bin"] = made("date_bin('2 days', {0}, timestamp '2001-01-01')", kind)
    return found


def texts(e: E) -> dict[str, E]:
    """Functions of a text."""
    return {
        "cut short": E(raw("{0}::varchar(1)", e.sql), e.kind),
        "padded": E(raw("{0}::char(2)", e.sql), e.kind),
        "a name": E(raw("{0}::name", e.sql), e.kind),
        "with a collation": E(raw('({0} collate "C")', e.sql), e.kind),
        "trimmed": E(raw("trim({0})", e.sql), e.kind),
        "cast to text of any length": E(raw("{0}::text", e.sql), e.kind),
    }


def numbers(sql: str, some: int) -> dict[str, str]:
    """Functions of a whole number."""
    return {
        "div function": raw(f"div({{0}}, {some})::int", sql),
        "mod function": raw(f"mod({{0}}, {some})", sql),
        "divided as numeric": raw(f"({{0}}::numeric / {some})::int", sql),
        "divided by a numeric": raw(f"({{0}} / {some}.0)::bigint", sql),
        "div divided": raw(f"(div({{0}}, {some}) / 2)::int", sql),
        "rounded half": raw("round({0} / 2.0)::int", sql),
        "float and back": raw("({0}::float8 / 2)::int", sql),
        "absolute": raw("abs({0})", sql),
        "shifted right": raw("({0} >> 1)", sql),
        "small": raw("{0}::smallint", sql),
        "plus a numeric": raw(f"({{0}} + {some}.5)::int", sql),
    }


def conditions(draw: Draw, source: Source) -> dict[str, str]:
    """Conditions on the rows of one source."""
    p, q, x, k = source.columns
    kind = source.p.kind
    low, high = draw.constant(kind), draw.constant(kind)
    sign = draw.dice.choice((">", "<=", "=", "<>"))
    made = {
        "ANY of an array": raw(f"{{0}} = any(array[{low}, {high}])", p),
        "not ANY of an array": raw(f"not ({{0}} = any(array[{low}, {high}]))", p),
        "ALL of an array": raw(f"{{0}} {sign} all(array[{low}, {high}])", p),
        "row compared": raw(f"({{0}}, {{1}}) {sign} ({low}, 3)", p, x),
        "rows of columns compared": raw(f"({{0}}, {{1}}) {sign} ({{1}}, {{0}})", p, q),
        "BETWEEN SYMMETRIC": raw(f"{{0}} between symmetric {low} and {high}", p),
        "ILIKE": raw("{0} ilike 'A%'", k),
        "IN VALUES": raw(f"{{0}} in (values ({low}), ({high}))", p),
        "matched": raw("{0} ~ '^[a1]'", k),
        "IS TRUE": raw(f"({{0}} = {low}) is not true", p),
        "equal to a text": raw("{0}::text = '1'", p),
        "constant with an escape": raw("{0} = e'\\x61'", k),
        "constant with a blank": f"{k} = 'a '",
    }
    if kind.is_time:
        moment = draw.moment()
        made["OVERLAPS"] = raw(f"({{0}}, interval '2 days') overlaps ({low}, interval '1 day')", p)
        made["compared with a bare text"] = f"{p} {sign} '{moment.date()}'"
        made["compared with a sum"] = raw(f"{{0}} >= {low} - interval '2 days'", p)
        made["compared with a text of a time"] = f"{p} {sign} '{moment}'"
        made["compared with no end"] = raw("{0} < 'infinity'", p)
        made["compared in a zone"] = raw(f"{{0}} >= timestamptz '{moment}+05'", p)
    return made


def series(draw: Draw, x: str) -> str:
    """Functions in the select list that give several rows."""
    some = ("generate_series(1, abs({0}) % 3)", "generate_series(1, 2) + {0}", "unnest(array[{0}, 1])")
    return raw(draw.dice.choice(some), x)


@production("only in PostgreSQL", 0.4)
def clauses(draw: Draw, depth: int) -> Rel:
    """Clauses of FROM."""
    a, u = draw.table(), draw.name("u")
    p = draw.dice.choice((a.p, a.p, E(f"cast({a.p.sql} as date)", Kind.DATE) if a.p.kind.is_time else a.p))
    shown = f"{p.sql} as p, {a.q.sql} as q"
    form = draw.pick(
        {
            "TABLESAMPLE": f"select {shown}, {a.x} as x, {a.k} as k from {a.sql} tablesample bernoulli (60) repeatable (3)",
            "WITH ORDINALITY": f"select {shown}, cast({u}.n as integer) as x, {a.k} as k from {a.sql}, unnest([{a.x}, 2]) with ordinality as {u}(u, n)",
            "series of a row": f"select {shown}, {u}.u as x, {a.k} as k from {a.sql} cross join lateral generate_series(1, abs({a.x}) % 3) as {u}(u)",
            "FOR UPDATE": f"select {shown}, {a.x} as x, {a.k} as k from {a.sql} for update",
        }
    )
    return Rel(form, p.kind, a.q.kind)

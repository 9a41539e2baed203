"""Whether reading less changes a query's result.

What is compared, and how scans are filtered for it, is told in `readings.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from queries.data import THEMES, WORLDS, Row, World, world
from queries.databases import Database, Refused, database_of
from queries.draw import Draw, Mode
from queries.postgres_sql import UnsayableError, in_postgres
from queries.readings import READINGS, Part, Reading
from swathe.partition.granularity import TimeSpan
from swathe.partition.number_window import NumberSpan

MOST_ROWS = 4000


class Verdict(StrEnum):
    """What came of one query."""

    UNSAID = "unsaid"  # the dialect has no words for it
    SKIPPED = "skipped"  # the database does not run it
    WHOLE = "read whole"  # no scan is filtered
    SAME = "same"
    DIFFERENT = "different"
    ERROR = "error"  # only the filtered query does not run


@dataclass(frozen=True, slots=True)
class Case:
    """One generated query. It is cut by its column `p`."""

    seed: int
    mode: Mode
    world: World
    sql: str
    features: frozenset[str]
    dialect: str = "duckdb"
    unsaid: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `pruned` and `scans` are counts of scans."""

    verdict: Verdict
    detail: str = ""
    pruned: int = 0
    scans: int = 0


def make(
    seed: int,
    focus: frozenset[str] = frozenset(),
    mode: Mode | None = None,
    theme: int | None = None,
    dialect: str = "duckdb",
) -> Case:
    """The query of a seed, among those with certain features, kinds of partitions and weeks."""
    dice = Random(f"{seed} {sorted(focus)}")
    mode = mode or dice.choices([Mode.TIME, Mode.VALUES, Mode.NUMBERS, Mode.NULLS], (8, 2, 2, 1))[0]
    number = dice.randrange(WORLDS)
    found = world(number if theme is None else number // THEMES * THEMES + theme, dialect)
    draw = Draw(dice, found, mode, focus, dialect)
    rel = draw.query(dice.choices((1, 2, 3), (8, 3, 0) if focus else (4, 5, 1))[0])
    case = Case(seed, mode, found, rel.sql, frozenset(draw.used), dialect)
    if dialect == "duckdb":
        return case
    try:
        return replace(case, sql=in_postgres(rel.sql))
    except (UnsayableError, SqlglotError) as error:
        return replace(case, unsaid=str(error).splitlines()[0])


def parsed(sql: str, dialect: str = "duckdb") -> exp.Query:
    """The query with its scans numbered."""
    query = parse_one(sql, dialect=dialect)
    assert isinstance(query, exp.Query), sql
    for number, table in enumerate(query.find_all(exp.Table)):
        if table.db == "s":
            table.meta["scan"] = number
    return query


def check(case: Case, database: str | None = None, outer: bool = True) -> Finding:
    """Run the query whole, then part by part with its scans filtered; `outer=False` forgets the partition's own filter."""
    if case.unsaid:
        return Finding(Verdict.UNSAID, case.unsaid)
    reading = READINGS[case.mode]
    try:
        query = parsed(case.sql, case.dialect)
    except SqlglotError as error:
        return Finding(Verdict.SKIPPED, f"sqlglot: {error}")
    results = reading.results(query, case.dialect)
    found = [result for result in results.values() if isinstance(result, tuple)]
    counts = {"pruned": len(found), "scans": len(results)}
    connection = database_of(case.dialect)
    connection.use(case.world, database)
    try:
        rows, column_type = _whole(connection, case)
    except Refused as error:
        return Finding(Verdict.SKIPPED, str(error), **counts)
    if not found:
        return Finding(Verdict.WHOLE, **counts)
    compare = _Comparison(connection, reading, query, results, rows, outer)
    for part in reading.parts(rows, column_type, case.world, Random(case.seed)):
        finding = compare.part(part)
        if finding is not None:
            return replace(finding, **counts)
    return Finding(Verdict.SAME, **counts)


def filtered(case: Case) -> bool:
    """Whether some scan of the query is filtered, without running it."""
    if case.unsaid:
        return False
    results = READINGS[case.mode].results(parsed(case.sql, case.dialect), case.dialect)
    return any(isinstance(result, tuple) for result in results.values())


def _whole(connection: Database, case: Case) -> tuple[list[Row], str]:
    """All rows as texts, behind the moment that a time is cut by. Raises Refused."""
    moment = {Mode.TIME: connection.moment("p"), Mode.NUMBERS: "cast(p as bigint)"}.get(case.mode, "null")
    rows = connection.texts_of(case.sql, moment, connection.type_of("p"), most=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise Refused("too many rows")
    return [(row[0], *row[2:]) for row in rows], str(rows[0][1]) if rows else ""


class _Comparison:
    def __init__(
        self,
        connection: Database,
        reading: Reading,
        query: exp.Query,
        results: Mapping[int, object],
        rows: list[Row],
        outer: bool,
    ) -> None:
        self._connection = connection
        self._reading = reading
        self._results = results
        self._rows = rows
        self._template = template(query, results, connection.dialect)
        self._outer = outer

    def part(self, part: Part) -> Finding | None:
        inside = self._reading.inside(part)
        filtered = filled(
            self._template, {number: self._reading.filters(r, part) for number, r in self._results.items()}
        )
        sql = f"select * from ({filtered}) as y{f' where {inside}' if self._outer else ''}"
        try:
            got = Counter(self._connection.texts_of(sql))
        except Refused as error:
            return Finding(Verdict.ERROR, f"{inside}: {error}\n{filtered}")
        expected = self._expected(part, inside)
        if got == expected:
            return None
        missing, extra = expected - got, got - expected
        return Finding(Verdict.DIFFERENT, f"{inside}\nmissing {list(missing)[:3]}\nextra {list(extra)[:3]}\n{filtered}")

    def _expected(self, part: Part, inside: str) -> Counter[Row]:
        if isinstance(part, TimeSpan | NumberSpan):
            start: Any = part.start
            end: Any = part.end
            return Counter(row[1:] for row in self._rows if row[0] is not None and start <= row[0] < end)
        return Counter(self._connection.texts_of(f"select * from ({_plain(self._template)}) as y where {inside}"))


_PLACE = re.compile(r"__inside_(\d+)__")


def template(query: exp.Query, results: Mapping[int, object], dialect: str = "duckdb") -> str:
    """The query's text, with a place for a condition at each scan that is filtered."""

    def rewrite(node: exp.Expr) -> exp.Expr:
        number = node.meta.get("scan", -1)
        if not isinstance(node, exp.Table) or not isinstance(results.get(number), tuple):
            return node
        bare = node.copy()
        bare.set("alias", None)
        text = f"(select * from {bare.sql(dialect)} where __inside_{number}__) as {node.alias_or_name}"
        return parse_one(text, dialect=dialect)

    return query.copy().transform(rewrite).sql(dialect)


def filled(text: str, conditions: Mapping[int, str]) -> str:
    """The template with its conditions."""
    return _PLACE.sub(lambda match: conditions[int(match[1])] or "true", text)


def _plain(text: str) -> str:
    return _PLACE.sub("true", text)

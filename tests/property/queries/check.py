"""Whether reading less changes a query's result.

What is compared, and how scans are filtered for it, is told in `readings.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from threading import Timer
from typing import Any

import duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from queries.data import THEMES, WORLDS, Row, World, databases, world
from queries.draw import Draw, Mode
from queries.readings import READINGS, Part, Reading
from swathe.partition.granularity import TimeSpan
from swathe.partition.number_window import NumberSpan

SECONDS = 10
MOST_ROWS = 4000


class Verdict(StrEnum):
    """What came of one query."""

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


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `pruned` and `scans` are counts of scans."""

    verdict: Verdict
    detail: str = ""
    pruned: int = 0
    scans: int = 0


def make(seed: int, focus: frozenset[str] = frozenset(), mode: Mode | None = None, theme: int | None = None) -> Case:
    """The query of a seed, among those with certain features, kinds of partitions and weeks."""
    dice = Random(f"{seed} {sorted(focus)}")
    mode = mode or dice.choices([Mode.TIME, Mode.VALUES, Mode.NUMBERS, Mode.NULLS], (8, 2, 2, 1))[0]
    number = dice.randrange(WORLDS)
    found = world(number if theme is None else number // THEMES * THEMES + theme)
    draw = Draw(dice, found, mode, focus)
    rel = draw.query(dice.choices((1, 2, 3), (8, 3, 0) if focus else (4, 5, 1))[0])
    return Case(seed, mode, found, rel.sql, frozenset(draw.used))


def parsed(sql: str) -> exp.Query:
    """The query with its scans numbered."""
    query = parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query), sql
    for number, table in enumerate(query.find_all(exp.Table)):
        if table.db == "s":
            table.meta["scan"] = number
    return query


def check(case: Case, database: str | None = None, outer: bool = True) -> Finding:
    """Run the query whole, then part by part with its scans filtered; `outer=False` forgets the partition's own filter."""
    reading = READINGS[case.mode]
    try:
        query = parsed(case.sql)
    except SqlglotError as error:
        return Finding(Verdict.SKIPPED, f"sqlglot: {error}")
    results = reading.results(query)
    found = [result for result in results.values() if isinstance(result, tuple)]
    counts = {"pruned": len(found), "scans": len(results)}
    connection = databases().use(case.world, database)
    try:
        with _limited(connection):
            rows, column_type = _whole(connection, case)
    except duckdb.Error as error:
        _restart_after(error)
        return Finding(Verdict.SKIPPED, f"{type(error).__name__}: {str(error).splitlines()[0]}", **counts)
    if len(rows) > MOST_ROWS:
        return Finding(Verdict.SKIPPED, "too many rows", **counts)
    if not found:
        return Finding(Verdict.WHOLE, **counts)
    compare = _Comparison(connection, reading, query, results, rows, outer)
    for part in reading.parts(rows, column_type, case.world, Random(case.seed)):
        finding = compare.part(part, case.mode)
        if finding is not None:
            return replace(finding, **counts)
    return Finding(Verdict.SAME, **counts)


def filtered(case: Case) -> bool:
    """Whether some scan of the query is filtered, without running it."""
    return any(isinstance(result, tuple) for result in READINGS[case.mode].results(parsed(case.sql)).values())


def _whole(connection: duckdb.DuckDBPyConnection, case: Case) -> tuple[list[Row], str]:
    """All rows as texts, behind the moment that a time is cut by."""
    moment = {Mode.TIME: "cast(p as timestamp)", Mode.NUMBERS: "cast(p as bigint)"}.get(case.mode, "null")
    done = connection.execute(f"select {moment}, typeof(p), cast(columns(*) as varchar) from ({case.sql})")
    rows = done.fetchmany(MOST_ROWS + 1)
    return [(row[0], *row[2:]) for row in rows], str(rows[0][1]) if rows else ""


class _Comparison:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
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
        self._template = template(query, results)
        self._outer = outer

    def part(self, part: Part, mode: Mode) -> Finding | None:
        inside = self._reading.inside(part)
        filtered = filled(
            self._template, {number: self._reading.filters(r, part) for number, r in self._results.items()}
        )
        sql = f"select cast(columns(*) as varchar) from (select * from ({filtered}){f' where {inside}' if self._outer else ''})"
        try:
            with _limited(self._connection):
                got = Counter(self._connection.execute(sql).fetchall())
        except duckdb.Error as error:
            _restart_after(error)
            return Finding(Verdict.ERROR, f"{inside}: {error}\n{filtered}")
        expected = self._expected(part, inside, mode)
        if got == expected:
            return None
        missing, extra = expected - got, got - expected
        return Finding(Verdict.DIFFERENT, f"{inside}\nmissing {list(missing)[:3]}\nextra {list(extra)[:3]}\n{filtered}")

    def _expected(self, part: Part, inside: str, mode: Mode) -> Counter[Row]:
        if isinstance(part, TimeSpan | NumberSpan):
            start: Any = part.start
            end: Any = part.end
            return Counter(row[1:] for row in self._rows if row[0] is not None and start <= row[0] < end)
        whole = f"select cast(columns(*) as varchar) from (select * from ({_plain(self._template)}) where {inside})"
        return Counter(self._connection.execute(whole).fetchall())


def _restart_after(error: duckdb.Error) -> None:
    """An internal error of the database ends it: the next query finds a new one."""
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        databases.cache_clear()


_PLACE = re.compile(r"__inside_(\d+)__")


def template(query: exp.Query, results: Mapping[int, object]) -> str:
    """The query's text, with a place for a condition at each scan that is filtered."""

    def rewrite(node: exp.Expr) -> exp.Expr:
        number = node.meta.get("scan", -1)
        if not isinstance(node, exp.Table) or not isinstance(results.get(number), tuple):
            return node
        bare = node.copy()
        bare.set("alias", None)
        text = f"(select * from {bare.sql('duckdb')} where __inside_{number}__) as {node.alias_or_name}"
        return parse_one(text, dialect="duckdb")

    return query.copy().transform(rewrite).sql("duckdb")


def filled(text: str, conditions: Mapping[int, str]) -> str:
    """The template with its conditions."""
    return _PLACE.sub(lambda match: conditions[int(match[1])] or "true", text)


def _plain(text: str) -> str:
    return _PLACE.sub("true", text)


@contextmanager
def _limited(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    timer = Timer(SECONDS, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

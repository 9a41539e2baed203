"""The SQL of audits says the same to every database: what counts, and what shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from support.postgres import PostgresDatabase
from swathe.errors import Location
from swathe.model.audit import (
    AcceptedValues,
    Audit,
    BadRows,
    Check,
    Holds,
    NotNull,
    Relationships,
    RowCount,
    Unique,
    Within,
)
from swathe.model.definition import Column, InputName, InputRef, PartitionBy, TimeColumn, ValuesColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.sql.audits import AuditedRows, AuditSql, Counts
from swathe.sql.parse import parse_query
from swathe.sql.region import Region
from swathe.sql.rendered import THIS_SCHEMA

Run = Callable[[str], list[tuple[Any, ...]]]

COLUMNS = (Column("day", "DATE"), Column("who", "VARCHAR"), Column("n", "INTEGER"))
TABLES = """
CREATE SCHEMA IF NOT EXISTS s;
CREATE TABLE s.t (day DATE, who VARCHAR, n INTEGER);
CREATE TABLE s.people (id VARCHAR);
INSERT INTO s.people VALUES ('a'), ('b'), (NULL);
INSERT INTO s.t VALUES
  ('2024-01-01', 'a', 1), ('2024-01-01', 'a', 2), ('2024-01-01', NULL, 3), ('2024-01-01', NULL, NULL),
  ('2024-01-02', 'a', 1), ('2024-01-02', 'b', 4),
  ('2024-01-03', 'it''s', 5), ('2024-01-03', 'b', 4),
  ('2024-01-04', 'z', 9);
"""
ONE, TWO, THREE = 19723, 19724, 19725
AUDITED = Rectangle(Interval(ONE, ONE + 3))


@pytest.fixture(params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, Run]]:
    if request.param == "duckdb":
        with duckdb.connect() as connection:
            connection.execute(TABLES)
            yield "duckdb", lambda statement: connection.execute(statement).fetchall()
        return
    made: PostgresDatabase = request.getfixturevalue("postgres_database")
    with made.connect() as server:
        server.execute(TABLES)
        yield "postgres", lambda statement: server.execute(statement).fetchall()


def audit(check: Check, where: str | None = None) -> AuditSql:
    query = None
    if isinstance(check, BadRows):
        names = {(THIS_SCHEMA, "t"): InputRef(InputName("t")), ("swathe:ref", "people"): InputRef(InputName("people"))}
        query = parse_query(check.sql, names, "duckdb", lambda _: Location("m.yml")).template
    condition = check.condition if isinstance(check, Holds) else None
    return AuditSql(Audit("a", check, Location("m.yml"), where=where), where, condition, query)


def rows(dialect: str, by: PartitionBy, partitions: Rectangle) -> AuditedRows:
    reads = {InputName("people"): '"s"."people"'}
    return AuditedRows('"s"."t"', COLUMNS, dialect, reads, Region(by, by.scheme, COLUMNS, dialect), partitions)


FOUND: list[tuple[Check, str | None, dict[int, int]]] = [
    (NotNull(("who",)), None, {ONE: 2}),
    (NotNull(("who",)), "n is not null -- known", {ONE: 1}),
    (Unique(("who",)), None, {ONE: 2}),
    (Unique(("who", "n")), None, {}),
    (Unique(("who", "n"), Within.TABLE), None, {ONE: 1, TWO: 2, THREE: 1}),
    (Unique(("n",), Within.TABLE), "n <> 4", {ONE: 1, TWO: 1}),
    (AcceptedValues("who", ("a", "b")), None, {THREE: 1}),
    (AcceptedValues("who", ("a", "b", "it's")), None, {}),
    (AcceptedValues("n", (1, 2, 3.0, "4")), None, {THREE: 1}),
    (RowCount(1), None, {ONE: 4, TWO: 2, THREE: 2}),
    (RowCount(1), "n > 2", {ONE: 1, TWO: 1, THREE: 2}),
    (Relationships("who", InputName("people"), "id"), None, {THREE: 1}),
    (Holds("n < 4 or who is null"), None, {TWO: 1, THREE: 2}),
]
QUERY = BadRows(
    'with p as (select id from "swathe:ref"."people") '
    'select * from "swathe:this"."t" where who not in (select id from p where id is not null)'
)


@pytest.mark.parametrize(("check", "where", "found"), FOUND)
def test_each_counts_by_partition_and_shows_its_bad_rows(
    database: tuple[str, Run], check: Check, where: str | None, found: dict[int, int]
) -> None:
    dialect, run = database
    looked_at = rows(dialect, PartitionBy((TimeColumn("day", Granularity.DAY),)), AUDITED)
    (counts,) = looked_at.counts([audit(check, where)], run(looked_at.counting([audit(check, where)])))
    assert {ordinal: number for ordinal, number in counts.by_partition.items() if number} == found
    shown = looked_at.bad_rows(audit(check, where), 100)
    if not isinstance(check, RowCount):
        assert shown is not None
        assert len(run(shown)) == sum(found.values())


def test_one_statement_counts_for_all(database: tuple[str, Run]) -> None:
    dialect, run = database
    looked_at = rows(dialect, PartitionBy((TimeColumn("day", Granularity.DAY),)), AUDITED)
    audits = [*(audit(check, where) for check, where, _ in FOUND), audit(QUERY), audit(QUERY, "n > 5")]
    counts = looked_at.counts(audits, run(looked_at.counting(audits)))
    assert [{at: n for at, n in each.by_partition.items() if n} for each in counts] == [
        *(found for *_, found in FOUND), {}, {},
    ]  # fmt: skip
    assert [each.overall for each in counts[-2:]] == [1, 0]
    shown = looked_at.bad_rows(audit(QUERY), 3)
    assert shown is not None
    assert run(shown) == [(date(2024, 1, 3), "it's", 5)]


def test_a_table_cut_by_values_with_null(database: tuple[str, Run]) -> None:
    dialect, run = database
    by = PartitionBy((ValuesColumn("who", ("a", "b"), own_null=True),))
    looked_at = rows(dialect, by, Rectangle(Interval(0, 1), (0, 1, 2)))
    audits = [audit(NotNull(("n",))), audit(Unique(("n",))), audit(QUERY)]
    counts = looked_at.counts(audits, run(looked_at.counting(audits)))
    assert [sum(each.by_partition.values()) for each in counts] == [1, 4, 0]
    assert len({at for at, number in counts[1].by_partition.items() if number}) == 2
    assert counts[2] == Counts(counts[2].by_partition, 0)

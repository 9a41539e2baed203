"""Audits as SQL: one statement counts, another shows, and what users write stays data or one expression."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlglot

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
    Scalar,
    Unique,
    Within,
)
from swathe.model.definition import Column, InputName, InputRef, PartitionBy, TimeColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.partition.values import ValueKind
from swathe.sql.audits import AuditedRows, AuditSql, Counts, scalar_literal
from swathe.sql.parse import parse_query
from swathe.sql.region import Region
from swathe.sql.rendered import THIS_SCHEMA

COLUMNS = (Column("day", "DATE"), Column("who", "VARCHAR"), Column("n", "INTEGER"))
BY = PartitionBy((TimeColumn("day", Granularity.DAY),))
TWO_DAYS = Rectangle(Interval(19723, 19725))
DAY = '"day"'
INSIDE = "\"day\" >= DATE '2024-01-01' AND \"day\" < DATE '2024-01-03'"


def rows(partitions: Rectangle | None = TWO_DAYS, dialect: str = "duckdb") -> AuditedRows:
    region = Region(BY, BY.scheme, COLUMNS, dialect)
    reads = {InputName("people"): '"main"."people"'}
    return AuditedRows('"main"."t"', COLUMNS, dialect, reads, region, partitions)


def audit(check: Check, where: str | None = None) -> AuditSql:
    condition = check.condition if isinstance(check, Holds) else None
    declared = Audit("a", check, Location("m.yml"), where=where)
    query = None
    if isinstance(check, BadRows):
        names = {(THIS_SCHEMA, "t"): InputRef(InputName("t")), ("swathe:ref", "people"): InputRef(InputName("people"))}
        query = parse_query(check.sql, names, "duckdb", lambda _: Location("m.yml")).template
    return AuditSql(declared, where, condition, query, frozenset({InputName("people")}))


def test_what_looks_at_single_rows_is_counted_in_one_pass() -> None:
    audits = [
        audit(NotNull(("who",))),
        audit(AcceptedValues("who", ("a", "it's"))),
        audit(Holds("n > 0 -- why")),
        audit(RowCount(1), "n > 0"),
    ]
    counting = rows().counting(audits)
    assert counting.count("FROM") == 1
    assert counting == (
        f'SELECT 1, {DAY}, COUNT(CASE WHEN ("who" IS NULL) THEN 1 END), '
        "COUNT(CASE WHEN (\"who\" NOT IN ('a', 'it''s')) THEN 1 END), "
        "COUNT(CASE WHEN (NOT (\nn > 0 -- why\n)) THEN 1 END), "
        "COUNT(CASE WHEN (TRUE) AND (\nn > 0\n) THEN 1 END)\n"
        f'FROM "main"."t" WHERE ({INSIDE})\nGROUP BY 2'
    )


def test_the_rest_are_branches_of_the_same_statement() -> None:
    audits = [
        audit(Unique(("who",))),
        audit(Unique(("who", "n"), Within.TABLE)),
        audit(Relationships("who", InputName("people"), "id")),
        audit(BadRows('select * from "swathe:this"."t" where n < 0')),
    ]
    counting = rows().counting(audits)
    assert counting.count("UNION ALL") == 4
    assert "GROUP BY b0, k0 HAVING COUNT(*) > 1" in counting
    assert '(k0, k1) IN (SELECT k0, k1 FROM (SELECT "who" AS k0, "n" AS k1 FROM "main"."t" WHERE' in counting
    assert 'NOT EXISTS (SELECT 1 FROM "main"."people" AS p WHERE p."id" = r.k0)' in counting
    assert f'(SELECT * FROM "main"."t" WHERE ({INSIDE})) AS "t" where n < 0' in counting


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize(
    "check",
    [
        NotNull(("who", "n")),
        Unique(("who",)),
        Unique(("who", "n")),
        Unique(("who", "day"), Within.TABLE),
        AcceptedValues("n", (1, -2, 2.5)),
        RowCount(1),
        Relationships("who", InputName("people"), "id"),
        Holds("n > 0 or who is null"),
        BadRows('with x as (select * from "swathe:this"."t") select who from x join "swathe:ref"."people" using (who)'),
    ],
)
def test_each_statement_is_one_query_of_the_dialect(check: Check, dialect: str) -> None:
    made = audit(check, "n < 5 -- few")
    for partitions in (TWO_DAYS, None):
        looked_at = rows(partitions, dialect)
        for statement in (looked_at.counting([made]), looked_at.bad_rows(made, 3)):
            if statement is not None:
                (tree,) = sqlglot.parse(statement, dialect=dialect)
                assert isinstance(tree, sqlglot.exp.Query)


def test_bad_rows_show_the_key_and_the_columns_of_the_audit_first() -> None:
    assert rows().bad_rows(audit(NotNull(("n",))), 3) == (
        f'SELECT "day", "n", "who"\nFROM "main"."t" WHERE ({INSIDE}) AND ("n" IS NULL)\nORDER BY "day", "n"\nLIMIT 3'
    )
    assert rows().bad_rows(audit(RowCount(1)), 3) is None


def test_counts_are_told_by_partition_and_of_a_query_overall() -> None:
    audits = [audit(NotNull(("who",))), audit(BadRows("select 1"))]
    fetched = [
        (1, datetime(2024, 1, 1), 2, 0),
        (1, datetime(2024, 1, 2), 0, 0),
        (0, None, 0, 5),
    ]
    assert rows().counts(audits, fetched) == (Counts({19723: 2, 19724: 0}), Counts({19723: 0, 19724: 0}, 5))


def test_of_a_table_in_one_piece_there_is_one_count() -> None:
    whole = AuditedRows('"main"."t"', COLUMNS, "duckdb", {}, None, Rectangle(Interval(0, 1)))
    audits = [audit(Unique(("who",)))]
    assert "GROUP BY 2" not in whole.counting(audits)
    assert whole.counts(audits, [(1, 0), (1, 4)]) == (Counts({0: 4}),)


@pytest.mark.parametrize(
    ("value", "kind", "literal"),
    [
        ("a'); drop table t; --", ValueKind.TEXT, "'a''); drop table t; --'"),
        (1, ValueKind.TEXT, "'1'"),
        (True, ValueKind.TEXT, "'true'"),
        (date(2024, 1, 31), ValueKind.TEXT, "'2024-01-31'"),
        ("1", ValueKind.INTEGER, "'1'"),
        (1, ValueKind.INTEGER, "1"),
        (-2.5, None, "-2.5"),
        (False, ValueKind.BOOLEAN, "FALSE"),
        (date(2024, 1, 31), ValueKind.DATE, "DATE '2024-01-31'"),
        (datetime(2024, 1, 31, 5), None, "TIMESTAMP '2024-01-31 05:00:00'"),
        (datetime(2024, 1, 31, 5, tzinfo=UTC), None, "TIMESTAMPTZ '2024-01-31 05:00:00+00:00'"),
    ],
)
def test_values_are_literals(value: Scalar, kind: ValueKind | None, literal: str) -> None:
    assert scalar_literal(value, kind, "duckdb") == literal


def test_names_are_quoted() -> None:
    odd = AuditedRows('"t"', (Column('a" or 1=1 --', "VARCHAR"),), "duckdb", {InputName("p"): "p"})
    names = ('a" or 1=1 --',)
    for check in (NotNull(names), Unique(names), Relationships(names[0], InputName("p"), names[0])):
        counting = odd.counting([audit(check)])
        assert '"a"" or 1=1 --"' in counting
        (tree,) = sqlglot.parse(counting, dialect="duckdb")
        assert isinstance(tree, sqlglot.exp.Query)

"""Audits count what a look at each row says, and what is of one partition does not depend on how batches are cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swathe.errors import Location
from swathe.model.audit import AcceptedValues, Audit, Check, Holds, NotNull, RowCount, Unique, Within
from swathe.model.definition import Column, PartitionBy, TimeColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.sql.audits import AuditedRows, AuditSql
from swathe.sql.region import Region

FIRST = date(2024, 1, 1)
START = 19723
DAYS = 5
COLUMNS = (Column("day", "DATE"), Column("who", "VARCHAR"), Column("n", "INTEGER"))
BY = PartitionBy((TimeColumn("day", Granularity.DAY),))

Row = tuple[int, str | None, int | None]
ROWS = st.lists(
    st.tuples(
        st.integers(0, DAYS - 1), st.none() | st.sampled_from(["a", "b", "it's"]), st.none() | st.integers(-2, 2)
    ),
    max_size=12,
)
AUDITS: tuple[tuple[Check, str | None], ...] = (
    (NotNull(("who",)), None),
    (Unique(("who",)), None),
    (Unique(("who", "n")), "n <> 0"),
    (Unique(("n",), Within.TABLE), None),
    (Unique(("who", "n"), Within.TABLE), "n < 2"),
    (AcceptedValues("who", ("a", "it's")), "n > 0"),
    (Holds("n > 0"), None),
    (RowCount(1), "who is not null"),
)


def audit(check: Check, where: str | None) -> AuditSql:
    condition = check.condition if isinstance(check, Holds) else None
    return AuditSql(Audit("a", check, Location("m.yml"), where=where), where, condition)


def passes(where: str | None, row: Row) -> bool:
    _, who, n = row
    match where:
        case None:
            return True
        case "n <> 0":
            return n is not None and n != 0
        case "n < 2":
            return n is not None and n < 2
        case "n > 0":
            return n is not None and n > 0
        case "who is not null":
            return who is not None
    raise AssertionError(where)


def key(columns: tuple[str, ...], row: Row) -> tuple[object, ...] | None:
    """None where a part of it is NULL."""
    named = dict(zip(("day", "who", "n"), row, strict=True))
    found = tuple(named[column] for column in columns)
    return None if None in found else found


def expected(check: Check, where: str | None, rows: list[Row]) -> dict[int, int]:
    """Bad rows by day; all rows of an audit that counts them."""
    seen = [row for row in rows if passes(where, row)]
    match check:
        case NotNull(columns):
            bad = [row for row in seen if key(columns, row) is None]
        case Unique(columns, within):
            keys = Counter((within is Within.TABLE or row[0], key(columns, row)) for row in seen)
            bad = [
                row
                for row in seen
                if key(columns, row) is not None and keys[within is Within.TABLE or row[0], key(columns, row)] > 1
            ]
        case AcceptedValues(_, values):
            bad = [row for row in seen if row[1] is not None and row[1] not in values]
        case Holds():
            bad = [row for row in seen if row[2] is not None and not row[2] > 0]
        case _:
            bad = seen
    return dict(Counter(START + row[0] for row in bad))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute('create table "t" (day date, who varchar, n integer)')
        yield connection


@given(rows=ROWS, cuts=st.sets(st.integers(1, DAYS - 1)))
def test_audits_count_what_a_look_at_each_row_says(
    warehouse: duckdb.DuckDBPyConnection, rows: list[Row], cuts: set[int]
) -> None:
    bounds = [0, *sorted(cuts), DAYS]
    batches = [Rectangle(Interval(START + first, START + last)) for first, last in pairwise(bounds)]
    audits = [audit(check, where) for check, where in AUDITS]
    warehouse.execute('delete from "t"')
    for row in rows:
        warehouse.execute('insert into "t" values (?, ?, ?)', (FIRST + timedelta(days=row[0]), *row[1:]))
    found: list[dict[int, int]] = [{} for _ in audits]
    for batch in batches:
        counting = looked_at(batch).counting(audits)
        counts = looked_at(batch).counts(audits, warehouse.execute(counting).fetchall())
        for each, counted in zip(found, counts, strict=True):
            each |= {at: number for at, number in counted.by_partition.items() if number}
    assert found == [expected(check, where, rows) for check, where in AUDITS]


@given(rows=ROWS)
@settings(max_examples=30)
def test_the_rows_that_are_shown_are_those_that_count(warehouse: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    warehouse.execute('delete from "t"')
    for row in rows:
        warehouse.execute('insert into "t" values (?, ?, ?)', (FIRST + timedelta(days=row[0]), *row[1:]))
    for check, where in AUDITS:
        shown = looked_at(Rectangle(Interval(START, START + DAYS))).bad_rows(audit(check, where), 100)
        if shown is not None:
            days = Counter(START + (found[0] - FIRST).days for found in warehouse.execute(shown).fetchall())
            assert days == expected(check, where, rows)


def looked_at(batch: Rectangle) -> AuditedRows:
    return AuditedRows('"t"', COLUMNS, "duckdb", {}, Region(BY, BY.scheme, COLUMNS, "duckdb"), batch)

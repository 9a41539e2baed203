"""How a table is put in the order of its partitions, and how far it is from that."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from swathe.model.definition import Column, PartitionBy, TimeColumn, ValuesColumn
from swathe.partition.granularity import Granularity
from swathe.run.compact import Scatter
from swathe.sql.order import rewrite, scatter
from swathe.sql.region import Region

DAY = TimeColumn('d a"y', Granularity.DAY)
PLACE = ValuesColumn("place", ("a", "b"), own_null=True)
COLUMNS = (Column('d a"y', "DATE"), Column("place", "VARCHAR"))


def region(*columns: TimeColumn | ValuesColumn) -> Region:
    by = PartitionBy(columns)
    return Region(by, by.scheme, COLUMNS, "duckdb")


def order_of(by: Region) -> str:
    return next(line for text in rewrite("t", by) for line in text.splitlines() if line.startswith("ORDER BY"))


def test_rows_are_sorted_by_what_cuts_them() -> None:
    assert order_of(region(DAY)) == 'ORDER BY "d a""y", ROW_NUMBER() OVER ()'
    assert order_of(region(PLACE)) == 'ORDER BY "place", ROW_NUMBER() OVER ()'
    assert order_of(region(DAY, PLACE)) == 'ORDER BY "d a""y", "place", "d a""y", ROW_NUMBER() OVER ()'


def lying(days: str, places: str, by: Region, group: int) -> Scatter:
    """A table of days (by number) and places (a dot is NULL), as its rows lie."""
    with duckdb.connect() as connection:
        connection.execute('create table t ("d a""y" date, place varchar)')
        for day, place in zip(days, places, strict=True):
            connection.execute(
                "insert into t values (?, ?)", [date(2024, 1, int(day)), None if place == "." else place]
            )
        ask = lambda: Scatter(*connection.execute(scatter("t", by, group)).fetchall()[0])  # noqa: E731
        found = ask()
        connection.execute("begin")
        for statement in rewrite("t", by):
            connection.execute(statement)
        then = ask()
        connection.execute("commit")
        assert ask() == then
        assert then.looked == then.least == found.least
    return found


@pytest.mark.parametrize(
    ("days", "places", "by", "found"),
    [
        ("11223344", "aaaaaaaa", (DAY,), Scatter(8, 4, 4, 4, 4)),
        ("44332211", "aaaaaaaa", (DAY,), Scatter(8, 4, 4, 4, 4)),
        ("14142323", "aaaaaaaa", (DAY,), Scatter(8, 4, 4, 12, 4)),
        ("1112", "aaaa", (DAY,), Scatter(4, 2, 2, 3, 3)),
        ("1111", "a.b.", (PLACE,), Scatter(4, 3, 2, 4, 3)),
        ("1212", "abba", (DAY, PLACE), Scatter(4, 4, 2, 8, 4)),
        ("1", "a", (DAY,), Scatter(1, 1, 1, 1, 1)),
    ],
)  # fmt: skip
def test_partitions_are_looked_for_where_they_may_lie(
    days: str, places: str, by: tuple[TimeColumn | ValuesColumn, ...], found: Scatter
) -> None:
    assert lying(days, places, region(*by), 2) == found


def test_an_empty_table_is_in_order() -> None:
    found = lying("", "", region(DAY), 2)
    assert found == Scatter(0, 0, 0, 0, 0)
    assert found.is_in_order
    assert found.groups_each == found.least_each == 0

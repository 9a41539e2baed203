"""What is filtered at a scan for a rectangle of partitions, where it holds partitions for NULL."""

from __future__ import annotations

import pytest

from swathe.model.definition import Column, InputName, InputRef, PartitionBy, ValuesColumn
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.sql.logic import SameColumn, ScanFilter
from swathe.sql.region import Region
from swathe.sql.template import Scan

SCAN = Scan(0, InputRef(InputName("x")), ("s", "x"), None, 0)
K = SameColumn("shop", "k", "VARCHAR")
J = SameColumn("shop", "j", "VARCHAR")


@pytest.mark.parametrize(
    ("slices", "values", "nulls", "predicates"),
    [
        ((0,), (K,), (), ["\"k\" = 'a'"]),
        ((1,), (K,), (), []),
        ((1,), (K,), (J,), ['"j" IS NULL']),
        ((0, 1), (K,), (), []),
        ((0, 1), (), (K,), []),
        ((0, 1), (K,), (J,), []),
        ((0, 1), (K, J), (J,), ['("j" = \'a\' OR "j" IS NULL)']),
    ],
)
def test_of_null_and_values_what_both_reach(
    slices: tuple[int, ...], values: tuple[SameColumn, ...], nulls: tuple[SameColumn, ...], predicates: list[str]
) -> None:
    by = PartitionBy((ValuesColumn("shop", ("a",), own_null=True),))
    region = Region(by, by.scheme, (Column("shop", "VARCHAR"),), "duckdb")
    found = region.scan_predicates(ScanFilter(SCAN, (), values, nulls), Rectangle(Interval(0, 1), slices))
    assert list(found) == predicates

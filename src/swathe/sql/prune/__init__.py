"""Proved pruning: which rows of each input decide a partition of a query's result."""

from swathe.sql.prune.constants import hold
from swathe.sql.prune.requirement import (
    AlsoNull,
    NullsResult,
    SameValues,
    ScanResult,
    Schema,
    Unpruned,
    ValuesResult,
)
from swathe.sql.prune.scans import prune, prune_nulls, prune_numbers, prune_values
from swathe.sql.pruned import Pruned

__all__ = [
    "AlsoNull",
    "NullsResult",
    "Pruned",
    "SameValues",
    "ScanResult",
    "Schema",
    "Unpruned",
    "ValuesResult",
    "hold",
    "prune",
    "prune_nulls",
    "prune_numbers",
    "prune_values",
]

"""Proved pruning: which rows of each input decide a partition of a query's result."""

from swathe.sql.prune.requirement import Pruned, SameValues, ScanResult, Schema, Unpruned, ValuesResult
from swathe.sql.prune.walk import prune, prune_numbers, prune_values

__all__ = [
    "Pruned",
    "SameValues",
    "ScanResult",
    "Schema",
    "Unpruned",
    "ValuesResult",
    "prune",
    "prune_numbers",
    "prune_values",
]

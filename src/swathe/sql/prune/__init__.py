"""Proved pruning: which rows of each input decide a partition of a query's result."""

from swathe.sql.prune.requirement import Pruned, ScanResult, Schema, Unpruned
from swathe.sql.prune.walk import prune

__all__ = ["Pruned", "ScanResult", "Schema", "Unpruned", "prune"]

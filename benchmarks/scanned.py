"""How many rows DuckDB reads from storage, as its own profile has it.

`rows_scanned` of DuckDB 2 counts what is left after whole row groups and parts of them were passed over by their
smallest and largest values. Before 2.0 the profile counts the whole table instead, so nothing is measured there.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import ProcessError, output_of

PROFILED = """
import sys, duckdb
log, *arguments = sys.argv[1:]
connect, cursor = duckdb.connect, duckdb.DuckDBPyConnection.cursor
def profiled(connection):
    connection.execute("pragma enable_profiling = 'no_output'")
    connection.execute("set profiling_coverage = 'ALL'")
    return connection
def opened(*given, **named):
    connection = connect(*given, **named)
    connection.execute("call enable_logging('Metrics', storage = 'file', storage_path = ?)", [log])
    return profiled(connection)
duckdb.connect = opened
duckdb.DuckDBPyConnection.cursor = lambda connection: profiled(cursor(connection))
from swathe.cli.main import main
sys.argv[1:] = arguments
sys.exit(main())
"""

_METRIC = re.compile(r"\{'metric': ([\w.]+), 'value': (.*), 'start_time': .*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scanned:
    rows: int
    files: int = 0
    """Files that were opened, be it only for what stands in their footers."""


def by_statements(path: Path, statements: Sequence[str]) -> Scanned:
    """Run statements in a transaction, and take all back. They name files relative to the database's folder."""
    profile = path.with_suffix(".profile.json")
    rows = files = 0
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"set file_search_path = '{path.parent}'")
        connection.execute("begin")
        connection.execute("pragma enable_profiling = 'json'")
        connection.execute(f"set profiling_output = '{profile}'")
        connection.execute("set profiling_coverage = 'ALL'")
        for statement in statements:
            connection.execute(statement).fetchall()  # a SELECT is profiled when all of it was read
            scans = list(_scans(json.loads(profile.read_text())))
            rows += sum(scan["rows_scanned"] for scan in scans)
            files += sum(int(scan["extra_info"].get("Total Files Read", 0)) for scan in scans)
        connection.execute("pragma disable_profiling")
        connection.execute("rollback")
    return Scanned(rows, files)


def by_swathe(folder: Path, *arguments: str) -> Scanned:
    """All that a whole process reads but its own records: plan, checks, rows, measuring."""
    log = folder / "metrics"
    for old in log.glob("*.csv"):
        old.unlink()
    output_of([sys.executable, "-c", PROFILED, str(log), *arguments], folder)
    statements = [metrics for metrics in _logged(log) if "swathe_state" not in metrics.get("query.sql", "")]
    if not statements:
        raise ProcessError("DuckDB logged no metrics")
    return Scanned(sum(int(metrics.get("query.total_rows_scanned", 0)) for metrics in statements))


def _logged(log: Path) -> list[dict[str, str]]:
    """The metrics of each statement."""
    with (log / "duckdb_log_contexts.csv").open(newline="") as file:
        query = {row["context_id"]: (row["connection_id"], row["query_id"]) for row in csv.DictReader(file)}
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with (log / "duckdb_log_entries.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if (metric := _METRIC.fullmatch(row["message"])) and row["context_id"] in query:
                found[query[row["context_id"]]][metric[1]] = metric[2]
    return list(found.values())


def _scans(profile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operator in profile.get("operator", ()):
        yield from _within(operator)


def _within(operator: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "rows_scanned" in operator:
        yield operator
    for below in operator.get("children", ()):
        yield from _within(below)

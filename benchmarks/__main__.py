"""`python -m benchmarks`: see the package's docstring."""

from __future__ import annotations

import argparse
import inspect
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks import (
    backfill_duckdb,
    backfill_postgres,
    growth,
    many_models,
    peers,
    pruning,
    startup,
    state_statements,
    ten_million,
    ten_million_postgres,
)
from benchmarks.measure import Figure, Part, ProcessError, Scale
from benchmarks.report import BEGIN, END, conditions, table, takes_figures, write

PARTS: dict[str, Part] = {
    "startup": startup.figures,
    "duckdb": backfill_duckdb.figures,
    "postgres": backfill_postgres.figures,
    "state": state_statements.figures,
    "models": many_models.figures,
    "pruning": pruning.figures,
    "growth": growth.figures,
    "records": ten_million.figures,
    "records-postgres": ten_million_postgres.figures,
}
ON_REQUEST: dict[str, Part] = {
    "peers": peers.figures,
}
"""Those that are measured only where they are named."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--only", choices=[*PARTS, *ON_REQUEST], action="append", metavar="PART")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the markers of a page, too")
    options = parser.parse_args()
    if options.write is not None and not takes_figures(options.write):
        parser.error(f"{options.write} has no {BEGIN} and {END} to write between")
    scale = Scale(options.runs, options.scale)
    known, failed = PARTS | ON_REQUEST, False
    for name in options.only or PARTS:
        found, error = _measure(known[name], scale)
        if found:
            about = (inspect.getdoc(inspect.getmodule(known[name])) or "").partition("\n")[0]
            text = f"{about}\n\n{table(found)}\n\n{conditions(scale)}."
            print(f"### {name}\n\n{text}\n", flush=True)
            if options.write is not None:
                write(options.write, {name: text})
        if error is not None:
            failed = True
            print(f"{name}: {error}", file=sys.stderr, flush=True)
    return int(failed)


def _measure(part: Part, scale: Scale) -> tuple[list[Figure], Exception | None]:
    """The figures up to the first failure, and what failed."""
    found: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="swathe-bench-") as folder:
            for figure in part(scale, Path(folder)):
                print(f"{figure.work}: {figure.measured:.2f} {figure.unit}", file=sys.stderr, flush=True)
                found.append(figure)
    except (ProcessError, duckdb.Error) as error:
        return found, error
    return found, None


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks`: see the package's docstring."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks import backfill_duckdb, many_models, startup, ten_million
from benchmarks.measure import Figure, Part, Scale, table

PARTS: dict[str, Part] = {
    "startup": startup.figures,
    "duckdb": backfill_duckdb.figures,
    "models": many_models.figures,
    "records": ten_million.figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    scale = Scale(options.runs, options.scale)
    found: list[Figure] = []
    for name in options.only or PARTS:
        with tempfile.TemporaryDirectory(prefix="swathe-bench-") as folder:
            for figure in PARTS[name](scale, Path(folder)):
                print(f"{figure.work}: {figure.measured:.2f} {figure.unit}", file=sys.stderr, flush=True)
                found.append(figure)
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "sqlglot", "psycopg"))
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}; medians of {scale.runs}\n")
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

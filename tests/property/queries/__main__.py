"""`python -m queries --cases 20000 --seed 0` from the folder above: many cases, and how often each feature was filtered.

`--dialect postgres` runs them on a PostgreSQL server, which is started for it unless `--dsn` names a database.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from queries.databases import use_postgres
from queries.deep import run
from queries.postgres import PostgresWorlds

sys.path.append(str(Path(__file__).parents[2]))

from support.postgres import PostgresServer

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dialect", choices=("duckdb", "postgres"), default="duckdb")
    parser.add_argument("--dsn", help="an empty database to use")
    asked = parser.parse_args()
    with ExitStack() as stack:
        if asked.dialect == "postgres":
            dsn = asked.dsn
            if dsn is None:
                dsn = stack.enter_context(stack.enter_context(PostgresServer.launch()).database()).dsn
            worlds = PostgresWorlds(dsn)
            stack.callback(worlds.close)
            use_postgres(worlds)
        told = run(asked.seed, asked.cases, lambda text: print(text, flush=True), asked.dialect)
        for line in told.report():
            print(line)

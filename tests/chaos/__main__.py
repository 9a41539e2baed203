"""`python -m chaos --rounds N --seed S`, from the folder `tests`: see the package's docstring."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from chaos.rounds import Rounds
from support.postgres import PostgresServer


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="swathe-chaos-") as folder,
        PostgresServer.launch() as server,
        Rounds.prepared(Path(folder) / "project", server, options.seed) as rounds,
    ):
        for number in range(1, options.rounds + 1):
            rounds.play()
            if number % 25 == 0 or rounds.report.problems:
                print(f"{number} rounds in {time.monotonic() - started:.0f} s", flush=True)
            if rounds.report.problems:
                break
        print(rounds.report)
        if rounds.report.problems:
            for said in sorted((Path(folder) / "project").glob("said-*.txt")):
                print(f"--- {said.name}\n{said.read_text()[-3000:]}")
    return 1 if rounds.report.problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m queries --cases 20000 --seed 0` from the folder above: many cases, and how often each feature was filtered."""

from __future__ import annotations

import argparse

from queries.deep import run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for line in run(asked.seed, asked.cases, lambda text: print(text, flush=True)).report():
        print(line)

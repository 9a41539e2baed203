"""How soon something is on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Figure, Scale, median_of, swathe


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    for option in ("--help", "--version"):
        yield Figure(f"`swathe {option}`", median_of(scale.runs, partial(swathe, folder, option)), 0.4)

"""Timing, and what a benchmark gives."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scale:
    """How often each thing is measured, and how much of the full work is done."""

    runs: int = 5
    size: float = 1.0

    def of(self, count: int) -> int:
        return max(1, round(count * self.size))

    def median(self, measure: Callable[[], float]) -> float:
        """Of so many measurements."""
        return statistics.median(measure() for _ in range(self.runs))


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. Seconds, or a plain number with its unit."""

    work: str
    measured: float
    target: float
    by_hand: float | None = None
    rule: str = ""
    unit: str = "s"

    @property
    def met(self) -> bool:
        return self.measured <= self.target

    @property
    def ratio(self) -> float | None:
        return None if not self.by_hand else self.measured / self.by_hand


Part = Callable[[Scale, Path], Iterator[Figure]]


def median_of(runs: int, action: Callable[[], object], before: Callable[[], object] | None = None) -> float:
    """The median of several timings. `before` is done before each, and not timed."""
    taken = []
    for _ in range(runs):
        if before is not None:
            before()
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def swathe(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """A whole process. Gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "swathe", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"swathe {' '.join(arguments)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def python(script: str, *arguments: str) -> float:
    """What a script in a process of its own prints: the seconds that it took for its work."""
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    return float(done.stdout)


def table(figures: Sequence[Figure]) -> str:
    """In Markdown."""
    lines = ["| work | swathe | by hand | ratio | target | met |", "|---|--:|--:|--:|---|---|"]
    for figure in figures:
        by_hand = "" if figure.by_hand is None else _shown(figure.by_hand, figure.unit)
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        rule = figure.rule or f"≤ {_shown(figure.target, figure.unit)}"
        measured = _shown(figure.measured, figure.unit)
        lines.append(f"| {figure.work} | {measured} | {by_hand} | {ratio} | {rule} | {'yes' if figure.met else 'no'} |")
    return "\n".join(lines)


def _shown(number: float, unit: str) -> str:
    return f"{number:.2f} s" if unit == "s" else f"{number:,.0f} {unit}".rstrip()

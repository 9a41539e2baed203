"""Timing, and what a benchmark gives."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LONGEST_SECONDS = 3600


class ProcessError(Exception):
    """A process that was measured failed, so that there is nothing to compare."""


class Timing(float):
    """The median of several measurements, which knows how far they lay apart."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, taken: Iterable[float]) -> Self:
        """Raises StatisticsError for none."""
        all_taken = sorted(taken)
        timing = cls(statistics.median(all_taken))
        timing.lowest, timing.highest = all_taken[0], all_taken[-1]
        return timing


@dataclass(frozen=True, slots=True)
class Scale:
    """How often each thing is measured, and how much of the full work is done."""

    runs: int = 5
    size: float = 1.0

    def of(self, count: int) -> int:
        return max(1, round(count * self.size))

    def median(self, measure: Callable[[], float]) -> Timing:
        """Of so many measurements."""
        return Timing.of(measure() for _ in range(self.runs))

    def alternate(self, *measures: Callable[[], float]) -> list[Timing]:
        """The medians of several measurements that are taken in turn, so that a noisy minute hits all of them alike."""
        rounds = [[measure() for measure in measures] for _ in range(self.runs)]
        return [Timing.of(taken) for taken in zip(*rounds, strict=True)]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. Seconds, or a plain number with its unit.

    `by_hand` is what it is compared with: `beside` says what that is where it is something else.
    """

    work: str
    measured: float
    target: float
    by_hand: float | None = None
    rule: str = ""
    unit: str = "s"
    beside: str = "by hand"

    @property
    def met(self) -> bool:
        return self.measured <= self.target

    @property
    def ratio(self) -> float | None:
        return None if not self.by_hand else self.measured / self.by_hand


Part = Callable[[Scale, Path], Iterator[Figure]]


def timed(action: Callable[[], object], before: Callable[[], object] | None = None) -> Callable[[], float]:
    """A measurement of the seconds that an action takes. `before` is done before each, and not timed."""

    def measure() -> float:
        if before is not None:
            before()
        start = time.perf_counter()
        action()
        return time.perf_counter() - start

    return measure


def median_of(runs: int, action: Callable[[], object], before: Callable[[], object] | None = None) -> Timing:
    """The median of several timings. `before` is done before each, and not timed."""
    return Scale(runs).median(timed(action, before))


def swathe(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """A whole process. Gives what it printed. Raises ProcessError."""
    return output_of([sys.executable, "-m", "swathe", *arguments], folder, environment)


def python(script: str, *arguments: str) -> float:
    """What a script in a process of its own prints: the seconds that it took for its work. Raises ProcessError."""
    printed = output_of([sys.executable, "-c", script, *arguments])
    try:
        return float(printed)
    except ValueError:
        raise ProcessError(f"a script printed no seconds, but: {printed[-1000:]!r}") from None


def output_of(command: Sequence[str], folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a process prints to its standard output. Python keeps its compiled files, as it does unless it is told not
    to. Raises ProcessError with all that was printed.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    shown = " ".join(part if len(part) < 100 else f"{part[:40].strip()} …" for part in command)
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            env={**kept, **(environment or {})}, timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ProcessError(f"still running after {error.timeout:.0f} s: {shown}") from None
    except OSError as error:
        raise ProcessError(f"can't be started: {shown}: {error}") from None
    if done.returncode:
        raise ProcessError(f"failed with {done.returncode}: {shown}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout

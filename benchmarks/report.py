"""Figures as Markdown: the tables that are printed, and the same in a page of the documentation."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Figure, Scale, Timing

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)


def table(figures: Sequence[Figure]) -> str:
    """Medians, and the range of what was measured where there was more than one measurement."""
    besides = {figure.beside for figure in figures if figure.by_hand is not None}
    compared = ["/".join(sorted(besides)), "ratio"] if besides else []
    heading = ["work", "swathe", *compared, "target", "met"]
    ruler = ["---", "--:", *("--:" for _ in compared), "---", "---"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ruler, *(_cells(f, compared) for f in figures)))


def _cells(figure: Figure, compared: Sequence[str]) -> list[str]:
    by_hand = "" if figure.by_hand is None else _shown(figure.by_hand, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return [
        figure.work,
        _shown(figure.measured, figure.unit),
        *([by_hand, ratio] if compared else []),
        figure.rule or f"≤ {_shown(figure.target, figure.unit)}",
        "yes" if figure.met else "no",
    ]


def conditions(scale: Scale) -> str:
    """When, on what and with what something was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("swathe", "duckdb", "sqlglot", "psycopg"))
    size = "" if scale.size == 1 else f", {scale.size:g} of the full size"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} CPUs, {_processor()}, {platform.system()}; "
        f"Python {platform.python_version()}, {versions}; medians of {scale.runs}{size}"
    )


def takes_figures(page: Path) -> bool:
    """Whether a page is there and has the two markers."""
    if not page.is_file():
        return False
    _, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return bool(begin) and END in rest


def write(page: Path, sections: Mapping[str, str]) -> None:
    """Replace these sections between the page's two markers, and keep those of other names."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    kept, _, after = rest.partition(END)
    _, *parts = _HEADING.split(kept)
    merged = {**dict(zip(parts[::2], parts[1::2], strict=True)), **sections}
    written = "".join(f"### {name}\n\n{text.strip()}\n\n" for name, text in merged.items())
    page.write_text(f"{before}{BEGIN}\n\n{written}{END}{after}", encoding="utf-8")


def _processor() -> str:
    """The model of the processor where the system tells it, else its kind."""
    about = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", about.read_text(), re.MULTILINE) if about.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _shown(number: float, unit: str) -> str:
    if unit != "s":
        return f"{number:,.0f} {unit}".rstrip()
    if isinstance(number, Timing) and number.lowest != number.highest:
        return f"{number:.2f} s ({number.lowest:.2f}-{number.highest:.2f})"
    return f"{number:.2f} s"

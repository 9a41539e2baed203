"""A model's partitions as a line of characters: one each while they fit, else the worst of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from swathe.plan.verdict import Verdict

GLYPHS = {
    Verdict.CURRENT: "█",
    Verdict.MISSING: "·",
    Verdict.STALE_LOGIC: "▒",
    Verdict.STALE_INPUT: "░",
    Verdict.FAILED: "x",
    Verdict.RUNNING: ">",
    Verdict.FROZEN: "▪",
    Verdict.RETIRED: "-",
}
"""Distinct without colour, and in ASCII through `encoding.PLAIN` too."""

STYLES = {
    Verdict.CURRENT: "green",
    Verdict.MISSING: "bright_black",
    Verdict.STALE_LOGIC: "yellow",
    Verdict.STALE_INPUT: "magenta",
    Verdict.FAILED: "bold red",
    Verdict.RUNNING: "blue",
    Verdict.FROZEN: "cyan",
    Verdict.RETIRED: "bright_black",
}

_WORST_FIRST = (
    Verdict.FAILED,
    Verdict.MISSING,
    Verdict.STALE_LOGIC,
    Verdict.STALE_INPUT,
    Verdict.RUNNING,
    Verdict.RETIRED,
    Verdict.FROZEN,
    Verdict.CURRENT,
)
_RANK = {verdict: rank for rank, verdict in enumerate(_WORST_FIRST)}


def fold(runs: Sequence[tuple[int, Verdict]], width: int) -> list[Verdict]:
    """The verdict of each cell, from runs of partitions as (how many, verdict). At most `width` cells, which differ in
    size by one partition at most.

    >>> [str(cell) for cell in fold([(8, Verdict.CURRENT), (2, Verdict.MISSING)], 5)]
    ['current', 'current', 'current', 'current', 'missing']
    """
    total = sum(count for count, _ in runs)
    width = min(total, width)
    cells = [Verdict.CURRENT] * width
    start = 0
    for count, verdict in runs:
        end = start + count
        if count:
            for cell in range(start * width // total, (end - 1) * width // total + 1):
                cells[cell] = min(cells[cell], verdict, key=_RANK.__getitem__)
        start = end
    return cells


def strip(runs: Sequence[tuple[int, Verdict]], width: int) -> Text:
    """The same as characters, in colour."""
    text = Text(no_wrap=True)
    for cell in fold(runs, width):
        text.append(GLYPHS[cell], STYLES[cell])
    return text


def legend(verdicts: Iterable[Verdict]) -> Text:
    """What the characters mean, for those that were shown."""
    shown = set(verdicts)
    return Text("   ").join(
        Text.assemble((GLYPHS[verdict], STYLES[verdict]), f" {verdict}") for verdict in Verdict if verdict in shown
    )


def counts(numbers: Sequence[tuple[Verdict, int]]) -> Text:
    """`353 current, 10 missing`, without zeros."""
    return Text(", ").join(
        Text.assemble((f"{number:,} {verdict}", STYLES[verdict])) for verdict, number in numbers if number
    )

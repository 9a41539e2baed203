"""Partitions as a line of characters: one each while they fit, else the worst of several."""

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
    spans = []
    start = 0
    for count, verdict in runs:
        spans.append((start, start + count, verdict))
        start += count
    return [cell for cell in fold_spans(spans, start, width) if cell is not None]


def fold_spans(spans: Iterable[tuple[int, int, Verdict]], total: int, width: int) -> list[Verdict | None]:
    """The same from spans of positions (the end exclusive) out of `total`, which may overlap. A cell in which no span
    lies is None.

    >>> [str(cell) for cell in fold_spans([(0, 1, Verdict.FAILED), (0, 2, Verdict.CURRENT)], 3, 9)]
    ['failed', 'current', 'None']
    """
    width = min(total, width)
    cells: list[Verdict | None] = [None] * width
    for start, end, verdict in spans:
        if start < end:
            for cell in range(start * width // total, (end - 1) * width // total + 1):
                before = cells[cell]
                cells[cell] = verdict if before is None else min(before, verdict, key=_RANK.__getitem__)
    return cells


def strip(cells: Iterable[Verdict | None]) -> Text:
    """Cells as characters, in colour."""
    text = Text(no_wrap=True)
    for cell in cells:
        text.append(*((" ", "") if cell is None else (GLYPHS[cell], STYLES[cell])))
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

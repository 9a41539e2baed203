"""A model's partitions as strips: one, or one for each of its values along one time or number line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from swathe.cli.ranges import line_key, slice_label
from swathe.cli.strip import fold, fold_spans, strip
from swathe.cli.words import listed
from swathe.frozen import frozen
from swathe.partition.grid import NULL_LINE, Grid, Scheme, by_slice, line_scheme, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import NULL_KEY
from swathe.plan.plan import ModelPlan
from swathe.plan.verdict import Verdict

STRIP_WIDTH = 60
_LEAST = 6
_MOST_ROWS = 8

Runs = list[tuple[Interval, Verdict]]
"""Stretches of the line."""


@frozen
class _Row:
    label: str
    runs: Runs


def strip_lines(model: ModelPlan, width: int) -> list[Text]:
    """Between first and last key a strip of all partitions; nothing for a model without any.

    A table cut by values along a line has a strip for each slice, one below the other, while they are few; else one
    that shows the worst of all slices.
    """
    if not model.verdicts:
        return []
    scheme = model.spec.scheme
    if not isinstance(line_scheme(scheme), WholeScheme):
        return _lines(model, scheme, width)
    ends = model.verdicts[0].partitions.start, model.verdicts[-1].partitions.last
    names = [slice_label(scheme, slice_of(end)) if isinstance(scheme, Grid) else scheme.key(end) for end in ends]
    first, last = (_cut(name, width // 3) for name in names)
    room = min(STRIP_WIDTH, width - cell_len(first) - cell_len(last) - 4)
    cells = fold([(len(run.partitions), run.verdict) for run in model.verdicts], max(room, _LEAST))
    line = Text.assemble("  ", (first, "dim"), " ", strip(cells))
    return [line if ends[0] == ends[1] else line.append(" ").append(last, "dim")]


def _lines(model: ModelPlan, scheme: Scheme, width: int) -> list[Text]:
    by_number: dict[int, Runs] = {}
    for run in model.verdicts:
        for number, stretches in by_slice(IntervalSet.of(run.partitions)).items():
            by_number.setdefault(number, []).extend((stretch, run.verdict) for stretch in stretches)
    rows, note = _rows(scheme, by_number)
    axis = IntervalSet.merge(run for row in rows for run, _ in row.runs if run.start != NULL_LINE)
    has_null = any(run.start == NULL_LINE for row in rows for run, _ in row.runs)
    keys = [line_key(scheme, ordinal) for ordinal in (axis.intervals[0].start, axis.intervals[-1].last)] if axis else []
    widest = max(cell_len(row.label) for row in rows)
    label = min(widest, max(10, width // 4))
    taken = 2 + (label + 2 if label else 0) + sum(len(key) + 1 for key in keys) + (len(NULL_KEY) + 4 if has_null else 0)
    room = max(_LEAST, min(STRIP_WIDTH, width - taken))
    lines: list[Text] = []
    for index, row in enumerate(rows):
        line = Text("  ", no_wrap=True)
        if label:
            line.append(set_cell_size(_cut(row.label, label), label) + "  ", "bold" if len(rows) > 1 else "dim")
        line.append_text(_along(row.runs, axis, keys, room, first=index == 0))
        if has_null:
            line.append("  " + (NULL_KEY if index == 0 else " " * len(NULL_KEY)) + " ", "dim")
            nulls = [(0, 1, verdict) for run, verdict in row.runs if run.start == NULL_LINE]
            line.append_text(strip(fold_spans(nulls, 1, 1)))
        line.rstrip()
        lines.append(line)
    return [*lines, Text(f"  {note}", "dim")] if note else lines


def _along(runs: Runs, axis: IntervalSet, keys: list[str], room: int, *, first: bool) -> Text:
    """A strip along the axis of all rows, with the keys of its ends beside the first one."""
    if not axis:
        return Text()
    firsts = [run.start for run in axis]
    places = list(accumulate((len(run) for run in axis), initial=0))
    spans = []
    for stretch, verdict in runs:
        if stretch.start != NULL_LINE:
            inside = bisect_right(firsts, stretch.start) - 1
            at = places[inside] + stretch.start - firsts[inside]
            spans.append((at, at + len(stretch), verdict))
    cells = strip(fold_spans(spans, axis.count, room))
    before, *after = keys if axis.count > 1 else keys[:1]
    text = Text.assemble((before if first else " " * len(before), "dim"), " ", cells)
    for key in after:
        text.append(f" {key if first else ' ' * len(key)}", "dim")
    return text


def _rows(scheme: Scheme, by_number: dict[int, Runs]) -> tuple[list[_Row], str]:
    """A row for each slice while they are few, else one of all that the cut has now; what there is to say of it."""
    if not isinstance(scheme, Grid) or not scheme.dimensions:
        return [_Row("", [run for runs in by_number.values() for run in runs])], ""
    if len(by_number) <= _MOST_ROWS:
        return [_Row(slice_label(scheme, number), runs) for number, runs in by_number.items()], ""
    due = {number: runs for number, runs in by_number.items() if number < scheme.declared}
    if due and len(due) <= _MOST_ROWS:
        rows = [_Row(slice_label(scheme, number), runs) for number, runs in due.items()]
        gone = [by_number[number] for number in by_number if number not in due]
        return [*rows, _Row(f"{len(gone):,} retired", _joined(gone))], ""
    names = listed(sorted((dimension.column for dimension in scheme.dimensions), key=scheme.columns.index))
    what = f"values of {names}" if len(scheme.dimensions) == 1 else f"combinations of {names}"
    shown = due or by_number
    return [_Row("", _joined(shown.values()))], f"each character shows the worst of {len(shown):,} {what}"


def _joined(slices: Iterable[Runs]) -> Runs:
    return [run for runs in slices for run in runs]


def _cut(label: str, width: int) -> str:
    return label if cell_len(label) <= width else f"{set_cell_size(label, width - 1).rstrip()}…"

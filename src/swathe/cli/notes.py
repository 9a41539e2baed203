"""What there is to say of a model beside its partitions: what waits, what is retired, what does not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from rich.console import Console
from rich.text import Text

from swathe.api.plan import Planned
from swathe.cli.console import print_indented
from swathe.cli.ranges import ranges_in_words
from swathe.cli.waiting import waiting_in_words
from swathe.cli.words import counted, glued, listed
from swathe.model.definition import ModelConfig, TimeColumn
from swathe.partition.grid import NULL_LINE, Grid, line_of, line_scheme, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.values import NULL_KEY, spell_text
from swathe.plan.plan import ModelPlan, Reason
from swathe.plan.recut import cut_changed
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Verdict

_MOST_KEYS = 3


def show_notes(console: Console, planned: Planned, model: ModelPlan, *, named: bool) -> None:
    """Each on a line of its own; `named`: with the model's name before it."""
    prefix, indent = (f"{model.spec.name}: ", 0) if named else ("", 2)
    for note in _notes(planned, model):
        print_indented(console, Text(prefix + note, "dim"), indent)


def _notes(planned: Planned, model: ModelPlan) -> Iterator[str]:
    spec = model.spec
    if others := planned.cuts.waiting.get(spec.name):
        yield waiting_in_words(others)
    retired = IntervalSet.merge(run.partitions for run in model.verdicts if run.verdict is Verdict.RETIRED)
    if retired:
        yield from _retired(spec, planned.workspace.project.models[spec.name].config, retired)
    facts = planned.records.get(spec.name)
    if facts is not None and facts.other_units:
        units = " and ".join(f"`{unit}`" for unit in sorted(facts.other_units))
        text = f"records by {units} don't count: the model is now cut by `{spec.scheme.unit}`"
        if model.former is not None:
            kept = IntervalSet.merge(work.partitions for work in model.work if work.reason is Reason.RECUT)
            yield f"{text}; the next backfill keeps the rows of {counted(kept.count, 'partition')}"
        else:
            yield f"{text}; `swathe backfill {spec.name} --full` builds it anew" if cut_changed(facts) else text


def _retired(spec: ModelSpec, config: ModelConfig, retired: IntervalSet) -> Iterator[str]:
    """Why partitions are retired, in groups that one command can wipe."""
    gone = [
        run for run in retired if isinstance(spec.scheme, Grid) and slice_of(run.start) not in spec.scheme.due_slices
    ]
    if gone:
        keys = _gone_values(spec, gone)
        values = f"{_named(keys)} {'is' if len(keys) == 1 else 'are'} not in the cut any more"
        yield _told(spec, gone, values, keys)
    left = retired - IntervalSet.merge(gone)
    nulls = [run for run in left if line_of(run.start) == NULL_LINE]
    if nulls:
        column = getattr(line_scheme(spec.scheme), "column", "")
        key = NULL_KEY if _is_alone(spec) else f"{spell_text(column)}={NULL_KEY}"
        yield _told(spec, nulls, f"NULL in `{column}` is no partition any more", [key])
    if outside := left - IntervalSet.merge(nulls):
        line = config.partition_by.line if config.partition_by else None
        bounds = "`begin` and `end`" if isinstance(line, TimeColumn) else "`start` and `stop`"
        yield _told(spec, outside.intervals, f"outside {bounds}, {ranges_in_words(spec, outside)}", [])


def _named(keys: Sequence[str]) -> str:
    names = [f"`{glued(key)}`" for key in keys]
    more = len(names) - _MOST_KEYS
    return listed(names if more <= 0 else [*names[:_MOST_KEYS], f"{more:,} more"])


def _told(spec: ModelSpec, runs: Sequence[Interval], why: str, keys: Sequence[str]) -> str:
    options = " ".join(f"--partition {quote(key)}" for key in keys) if len(keys) <= _MOST_KEYS else ""
    wipe = glued(f"`swathe wipe {spec.name} {options or '--partition KEY'}`")
    return f"{counted(sum(map(len, runs)), 'partition')} retired: {why}; left as they are, {wipe} drops them"


def _gone_values(spec: ModelSpec, runs: Sequence[Interval]) -> list[str]:
    """Keys of the values that are not in the cut any more."""
    assert isinstance(spec.scheme, Grid)  # noqa: S101 - nothing else has slices
    found: dict[str, None] = {}
    for number in dict.fromkeys(slice_of(run.start) for run in runs):
        for dimension, at in zip(spec.scheme.dimensions, spec.scheme.slices[number], strict=True):
            if at not in dimension.coordinates:
                value = dimension.spell(at)
                found[value if _is_alone(spec) else f"{spell_text(dimension.column)}={value}"] = None
    return list(found)


def _is_alone(spec: ModelSpec) -> bool:
    """Whether keys are bare: the table is cut by one column."""
    return not isinstance(spec.scheme, Grid) or len(spec.scheme.columns) == 1

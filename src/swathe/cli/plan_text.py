"""A plan for people."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from swathe.api.plan import LogicChange, Planned
from swathe.cli.console import print_indented
from swathe.cli.model_strips import strip_lines
from swathe.cli.notes import show_notes
from swathe.cli.ranges import ranges_in_words
from swathe.cli.strip import STYLES, counts
from swathe.cli.words import about, counted, duration, listed
from swathe.frozen import frozen
from swathe.model.definition import (
    Materialized,
    ModelConfig,
    ModelName,
    PartitionColumn,
    RangeColumn,
    TimeColumn,
    ValuesColumn,
)
from swathe.partition.interval import Interval
from swathe.partition.scheme import WholeScheme
from swathe.plan.plan import ModelPlan, Plan, Work
from swathe.plan.verdict import DUE, Verdict, short

_MOST_DIFF_LINES = 40
_REASON_STYLES = {str(verdict): STYLES[verdict] for verdict in DUE} | {"missing": "bold"}


@frozen
class Group:
    """Runs of partitions with the same reason."""

    reason: str
    detail: str
    maybe: bool
    runs: tuple[Interval, ...]

    @property
    def partitions(self) -> int:
        return sum(len(run) for run in self.runs)


def grouped_work(work: Sequence[Work]) -> list[Group]:
    """In the order in which reasons first occur. Which slice of an input changed differs from run to run and is told
    only where there is one.
    """
    found: dict[tuple[str, str, bool], list[Work]] = {}
    for entry in work:
        head, changed, _ = _detail(entry).partition("` changed")
        found.setdefault((str(entry.reason), head + changed, entry.maybe), []).append(entry)
    groups = []
    for (reason, detail, maybe), same in found.items():
        told = {_detail(entry) for entry in same}
        text = told.pop() if len(told) == 1 else detail
        groups.append(Group(reason, text, maybe, tuple(entry.partitions for entry in same)))
    return groups


def _detail(work: Work) -> str:
    """Without what the reason says already."""
    return work.detail.removeprefix(f"{work.reason}: ")


def kind_of(config: ModelConfig) -> str:
    """How a model is cut.

    >>> kind_of(ModelConfig(Materialized.VIEW))
    'view'
    """
    if config.partition_by is None:
        return "table in one piece" if config.materialized is Materialized.TABLE else str(config.materialized)
    return "by " + listed([_column_in_words(part) for part in config.partition_by.columns])


def _column_in_words(part: PartitionColumn) -> str:
    match part:
        case TimeColumn():
            return f"{part.units.name} of {part.column}" + (f" in {part.timezone}" if part.scheme.is_zoned else "")
        case RangeColumn():
            return f"{part.step:,} of {part.column}"
        case ValuesColumn():
            return part.column


def show_plan(console: Console, planned: Planned) -> None:
    """Models with work one by one, the others in a line, totals."""
    idle: list[ModelPlan] = []
    for model in planned.plan.models:
        if model.work or model.blocked:
            _show_model(console, planned, model)
        else:
            idle.append(model)
            show_notes(console, planned, model, named=True)
    waiting = planned.cuts.waiting
    current = [model for model in idle if not not_current(model) and model.spec.name not in waiting]
    if current and len(idle) < len(planned.plan.models):
        names = ", ".join(model.spec.name for model in current)
        print_indented(console, Text.assemble(("current: ", "green"), names), 0)
    for model in idle:
        if not_current(model):
            left = Text.assemble((model.spec.name, "bold"), ": nothing to do here, but ", counts(verdict_counts(model)))
            console.print(left)
    console.print(closing(planned.plan, waiting))


def closing(plan: Plan, waiting: Container[ModelName] = ()) -> Text:
    """The last line: totals, or that there is nothing to do. `waiting` are models that have no partitions yet."""
    known = tuple(model for model in plan.models if model.spec.name not in waiting or model.work or model.blocked)
    text = _closing(replace(plan, models=known)) if known or not plan.models else Text("nothing to do yet")
    if more := len(plan.models) - len(known):
        text.append(f"; {counted(more, 'model')} can't be planned yet")
    return text


def _closing(plan: Plan) -> Text:
    busy = [model for model in plan.models if model.work]
    blocked = Text(f"{counted(plan.blocked, 'partition')} blocked", STYLES[Verdict.FAILED]) if plan.blocked else None
    if busy:
        parts = [
            counted(len(busy), "model"),
            counted(plan.partitions, "partition"),
            counted(plan.statements, "statement"),
        ]
        seconds = estimated_seconds(busy)
        if seconds is not None:
            parts.append(f"about {duration(seconds)}")
        text = Text("to do: " + ", ".join(parts), "bold")
        return text if blocked is None else text.append("; ").append_text(blocked)
    if blocked is not None:
        return Text("nothing can be built: ").append_text(blocked)
    return nothing_to_do(plan)


def nothing_to_do(plan: Plan) -> Text:
    """Why there is no work: all is current, or what is not was not asked for."""
    if not plan.models:
        return Text("no model is selected")
    open_ = [(verdict, sum(model.count(verdict) for model in plan.models)) for verdict in Verdict]
    left = [(verdict, number) for verdict, number in open_ if number and (verdict in DUE or verdict is Verdict.RUNNING)]
    if left:
        return Text.assemble("nothing to do in what was asked for; elsewhere ", counts(left))
    partitions = sum(number for verdict, number in open_ if verdict in (Verdict.CURRENT, Verdict.FROZEN))
    return Text(
        f"everything is current: {counted(partitions, 'partition')} of {counted(len(plan.models), 'model')}", "green"
    )


def not_current(model: ModelPlan) -> bool:
    """Whether any partition of the model is due or in work elsewhere."""
    return any(run.verdict in DUE or run.verdict is Verdict.RUNNING for run in model.verdicts)


def verdict_counts(model: ModelPlan) -> list[tuple[Verdict, int]]:
    return [(verdict, model.count(verdict)) for verdict in Verdict]


def estimated_seconds(models: Sequence[ModelPlan]) -> float | None:
    """None when any of the models has no history."""
    found = [None if model.seconds_each is None else model.seconds_each * model.partitions.count for model in models]
    return None if None in found else sum(seconds for seconds in found if seconds is not None)


def _show_model(console: Console, planned: Planned, model: ModelPlan) -> None:
    spec = model.spec
    config = planned.workspace.project.models[spec.name].config
    console.print(
        Text.assemble((spec.name, "bold"), f"  {kind_of(config)}", (f"  logic {short(spec.fingerprint)}", "dim"))
    )
    if _has_strip(model):
        for line in strip_lines(model, console.width):
            console.print(line)
    for change in planned.logic_changes:
        if change.model == spec.name:
            show_change(console, change)
    if spec.name in planned.column_changes:
        for description in planned.column_changes[spec.name].describe():
            print_indented(console, Text.assemble(("columns: ", "yellow"), description), 2)
    for group in grouped_work(model.work):
        _show_group(console, model, group)
    _show_blocked(console, model)
    if waits_for_others(model) or not model.blocked:
        show_notes(console, planned, model, named=False)
    if len(model.work) > 1:
        text = f"{counted(model.partitions.count, 'partition')} in {counted(model.statements, 'statement')}"
        guess = _estimate(model, model.partitions.count)
        console.print(Text(f"  {text}{guess and f', {guess}'}", "dim"))
    console.print()


def _has_strip(model: ModelPlan) -> bool:
    return sum(len(run.partitions) for run in model.verdicts) > 1


def _show_group(console: Console, model: ModelPlan, group: Group) -> None:
    text = Text.assemble((f"{group.reason}: ", _REASON_STYLES.get(group.reason, "bold")), group.detail)
    if group.maybe:
        text.append("; may turn out current", "dim")
    parts = [guess] if (guess := _estimate(model, group.partitions)) else []
    if len(model.work) == 1 and model.statements > 1:
        parts.append(counted(model.statements, "statement"))
    more = Text(f"   {', '.join(parts)}" if parts else "", "dim")
    if isinstance(model.spec.scheme, WholeScheme):
        print_indented(console, text.append_text(more), 2)
        return
    print_indented(console, text, 2)
    print_indented(console, Text(ranges_in_words(model.spec, group.runs)).append_text(more), 4)


def _show_blocked(console: Console, model: ModelPlan) -> None:
    by: dict[tuple[str, str], list[Interval]] = {}
    for entry in model.blocked:
        by.setdefault((entry.by, entry.detail), []).append(entry.partitions)
    for (_, detail), runs in by.items():
        print_indented(console, Text.assemble(("blocked: ", STYLES[Verdict.FAILED]), detail), 2)
        print_indented(console, Text(ranges_in_words(model.spec, runs)), 4)
    if waits_for_others(model):
        print_indented(console, Text(f"hint: add `+{model.spec.name}` to build what it reads first"), 2)


def waits_for_others(model: ModelPlan) -> bool:
    """Whether partitions are blocked by what they read; else it is their own model that must be built anew."""
    return any(entry.by != model.spec.name for entry in model.blocked)


def show_change(console: Console, change: LogicChange) -> None:
    """The difference in SQL."""
    were = "partition was" if change.partitions == 1 else "partitions were"
    title = f"the SQL changed since {change.partitions:,} {were} built by logic {short(change.before)}:"
    print_indented(console, Text(title), 2)
    show_diff(console, change.diff, 4)


def show_diff(console: Console, diff: Sequence[str], indent: int) -> None:
    """The lines of a difference, the first of many."""
    for line in diff[:_MOST_DIFF_LINES]:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")
        print_indented(console, Text(line.expandtabs(4), style, overflow="fold"), indent)
    if len(diff) > _MOST_DIFF_LINES:
        print_indented(console, Text(f"… and {len(diff) - _MOST_DIFF_LINES:,} more lines", "dim"), indent)
    if not diff:
        print_indented(console, Text("only in what it reads through views or macros", "dim"), indent)


def _estimate(model: ModelPlan, partitions: int) -> str:
    if model.rows_each is None or model.seconds_each is None:
        return ""
    rows = counted_about(model.rows_each * partitions)
    return f"about {rows}, {duration(model.seconds_each * partitions)}"


def counted_about(rows: float) -> str:
    return f"{about(rows)} {'row' if round(rows) == 1 else 'rows'}"

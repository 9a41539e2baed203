"""A plan for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from swathe.api.plan import LogicChange, Planned
from swathe.cli.strip import STYLES, counts, strip
from swathe.cli.words import about, counted, duration, key_range
from swathe.model.definition import Materialized, ModelConfig
from swathe.partition.interval import Interval
from swathe.partition.scheme import WholeScheme
from swathe.plan.planner import ModelPlan, Plan, Work, cut_changed
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, Verdict, short

STRIP_WIDTH = 60
_MOST_RANGES = 6
_MOST_DIFF_LINES = 40
_REASON_STYLES = {str(verdict): STYLES[verdict] for verdict in DUE} | {"missing": "bold"}


@dataclass(frozen=True, slots=True)
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
    by = config.partition_by
    return f"by {by.units.name} of {by.column}" + (f" in {by.timezone}" if by.scheme.is_zoned else "")


def show_plan(console: Console, planned: Planned) -> None:
    """Models with work one by one, the others in a line, totals."""
    idle = []
    for model in planned.plan.models:
        if model.work or model.blocked:
            _show_model(console, planned, model)
        else:
            idle.append(model)
            show_notes(console, planned, model, named=True)
    current = [model for model in idle if not not_current(model)]
    if current and len(idle) < len(planned.plan.models):
        names = ", ".join(model.spec.name for model in current)
        print_indented(console, Text.assemble(("current: ", "green"), names), 0)
    for model in idle:
        if not_current(model):
            left = Text.assemble((model.spec.name, "bold"), ": nothing to do here, but ", counts(verdict_counts(model)))
            console.print(left)
    console.print(closing(planned.plan))


def closing(plan: Plan) -> Text:
    """The last line: totals, or that there is nothing to do."""
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


def strip_line(model: ModelPlan, width: int) -> Text | None:
    """First key, strip, last key; None for a model without partitions."""
    if not model.verdicts:
        return None
    first = model.spec.scheme.key(model.verdicts[0].partitions.start)
    last = model.spec.scheme.key(model.verdicts[-1].partitions.last)
    room = min(STRIP_WIDTH, width - len(first) - len(last) - 4)
    cells = strip([(len(run.partitions), run.verdict) for run in model.verdicts], max(room, 10))
    line = Text.assemble("  ", (first, "dim"), " ", cells)
    return line if last == first else line.append(" ").append(last, "dim")


def show_notes(console: Console, planned: Planned, model: ModelPlan, *, named: bool) -> None:
    """What of a model's records is not part of its partitions any more."""
    prefix, indent = (f"{model.spec.name}: ", 0) if named else ("", 2)
    if retired := model.count(Verdict.RETIRED):
        text = f"{prefix}{counted(retired, 'partition')} retired: outside `begin` and `end`, and left as they are"
        print_indented(console, Text(text, "dim"), indent)
    facts = planned.records.get(model.spec.name)
    if facts is not None and facts.other_units:
        units = " and ".join(f"`{unit}`" for unit in sorted(facts.other_units))
        text = f"{prefix}records by {units} don't count: the model is now cut by `{model.spec.scheme.unit}`"
        if cut_changed(facts):
            text += f"; `swathe backfill {model.spec.name} --full` builds it anew"
        print_indented(console, Text(text, "dim"), indent)


def _show_model(console: Console, planned: Planned, model: ModelPlan) -> None:
    spec = model.spec
    config = planned.workspace.project.models[spec.name].config
    console.print(
        Text.assemble((spec.name, "bold"), f"  {kind_of(config)}", (f"  logic {short(spec.fingerprint)}", "dim"))
    )
    if (line := strip_line(model, console.width)) is not None and len(line) and _has_strip(model):
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


def ranges_in_words(spec: ModelSpec, runs: Sequence[Interval], most: int = _MOST_RANGES) -> str:
    """The runs, the first few when there are many."""
    shown = runs if len(runs) <= most + 1 else runs[:most]
    words = [key_range(spec.scheme.key(run.start), spec.scheme.key(run.last), len(run)) for run in shown]
    rest = runs[len(shown) :]
    if rest:
        words.append(f"… and {len(rest):,} more ranges ({sum(len(run) for run in rest):,})")
    return ", ".join(words)


def show_change(console: Console, change: LogicChange) -> None:
    """The difference in SQL."""
    were = "partition was" if change.partitions == 1 else "partitions were"
    title = f"the SQL changed since {change.partitions:,} {were} built by logic {short(change.before)}:"
    print_indented(console, Text(title), 2)
    for line in change.diff[:_MOST_DIFF_LINES]:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")
        print_indented(console, Text(line.expandtabs(4), style, overflow="fold"), 4)
    if len(change.diff) > _MOST_DIFF_LINES:
        print_indented(console, Text(f"… and {len(change.diff) - _MOST_DIFF_LINES:,} more lines", "dim"), 4)
    if not change.diff:
        print_indented(console, Text("only in what it reads through views or macros", "dim"), 4)


def _estimate(model: ModelPlan, partitions: int) -> str:
    if model.rows_each is None or model.seconds_each is None:
        return ""
    rows = counted_about(model.rows_each * partitions)
    return f"about {rows}, {duration(model.seconds_each * partitions)}"


def counted_about(rows: float) -> str:
    return f"{about(rows)} {'row' if round(rows) == 1 else 'rows'}"


def print_indented(console: Console, text: Text, indent: int) -> None:
    """A text with all its lines indented."""
    for line in text.wrap(console, console.width - indent):
        line.rstrip()
        console.print(Text.assemble(" " * indent, line))

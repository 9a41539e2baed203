"""A run as it happens, on stderr: a live bar on a terminal, a line per batch elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from swathe.api.plan import Planned
from swathe.cli.console import ask, can_ask, print_indented, print_rows
from swathe.cli.plan_text import counted_about, estimated_seconds
from swathe.cli.ranges import corners, partitions_in_words, rectangle_in_words
from swathe.cli.warnings import show_warnings
from swathe.cli.words import about, counted, duration, unglued
from swathe.model.definition import Materialized, ModelName
from swathe.partition.rectangle import Rectangle
from swathe.partition.scheme import WholeScheme
from swathe.run.events import (
    BatchFinished,
    BatchSplit,
    BatchStarted,
    Event,
    PartitionsBlocked,
    PartitionsFailed,
    PartitionsHeld,
    PartitionsKept,
    PartitionsSkipped,
    Retrying,
    RunStarted,
)

_SHORT_MODELS = 1
_SHORT_PARTITIONS = 10
_NAME_WIDTH = 46
_ROOM_FOR_GUESSES = 72


class Report:
    """Shows the plan, asks, and tells what happens, a line each. `rows_outside` is kept per model for the summary."""

    def __init__(self, console: Console, *, ask_first: bool) -> None:
        self.console = console
        self.rows_outside: dict[str, int] = {}
        self._ask_first = ask_first
        self._planned: Planned | None = None
        self._last_error: dict[str, str] = {}
        self._warned: set[ModelName] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def confirm(self, planned: Planned) -> bool:
        """Warns, shows a long plan in brief, and asks when somebody can answer."""
        self._planned = planned
        plan = planned.plan
        busy = [model for model in plan.models if model.work]
        news = [model.spec.name for model in busy if model.spec.name not in self._warned]
        show_warnings(self.console, (planned.workspace.project.models[name] for name in news))
        self._warned.update(news)
        if len(busy) <= _SHORT_MODELS and plan.partitions <= _SHORT_PARTITIONS:
            return True
        show_brief(self.console, planned)
        if not self._ask_first or not can_ask():
            return True
        return ask(f"run {counted(plan.partitions, 'partition')} of {counted(len(busy), 'model')}?")

    def __call__(self, event: Event) -> None:
        match event:
            case BatchFinished():
                self.finished(event)
            case BatchSplit():
                self.say(f"{_named(event)}: failed, and is tried again in two halves", "dim")
            case PartitionsFailed():
                self._failed(event)
            case PartitionsBlocked():
                text = f"{event.model}: {counted(event.partitions, 'partition')} blocked by `{event.by}`"
                self.say(text, "yellow")
            case PartitionsSkipped():
                self.say(f"{event.model}: {counted(event.partitions, 'partition')} turned out current", "dim")
            case PartitionsKept():
                text = f"{event.model}: {counted(event.partitions, 'partition')} cut anew; their rows stay as they are"
                self.say(text, "dim")
            case PartitionsHeld():
                self._held(event)
            case Retrying():
                error = self._redact(event.error.splitlines()[0] if event.error else "")
                self.say(f"{event.model}: trying again in {duration(event.wait_seconds)}: {error}", "dim")
            case RunStarted() | BatchStarted():
                pass

    def say(self, text: str, style: str = "") -> None:
        print_indented(self.console, Text(text, style), 0)

    def finished(self, event: BatchFinished) -> None:
        what = " as a view" if self._is_view(event.model) else f": {counted(event.rows, 'row')}"
        self.say(f"{_named(event)}{what} in {duration(event.seconds)}{self.outside(event)}")

    def outside(self, event: BatchFinished) -> str:
        """Notes rows that were left out."""
        if not event.rows_outside:
            return ""
        self.rows_outside[event.model] = self.rows_outside.get(event.model, 0) + event.rows_outside
        return f"; {counted(event.rows_outside, 'row')} outside the partition left out"

    def _failed(self, event: PartitionsFailed) -> None:
        name = _named(event)
        error = self._redact(event.error.strip())
        if self._last_error.get(event.model) == error:
            self.say(f"failed: {name}, with the same error", "red")
            return
        self._last_error[event.model] = error
        self.say(f"failed: {name}", "bold red")
        if self._planned is not None:
            self.say(f"  --> {self._planned.workspace.project.models[event.model].path}")
        print_indented(self.console, Text(error), 2)

    def _held(self, event: PartitionsHeld) -> None:
        where = partitions_in_words(event.scheme, event.partitions)
        name = event.model if isinstance(event.scheme, WholeScheme) else f"{event.model} {where}"
        by = " and ".join(event.by)
        self.say(f"{name}: left to {by}" if event.left else f"{name}: waiting for {by}", "yellow")

    def _is_view(self, model: ModelName) -> bool:
        if self._planned is None:
            return False
        return self._planned.workspace.project.models[model].config.materialized is Materialized.VIEW

    def _redact(self, text: str) -> str:
        return self._planned.workspace.profile.redact(text) if self._planned is not None else text


class LiveReport(Report):
    """The same with a bar, and without a line for what goes well."""

    def __init__(self, console: Console, *, ask_first: bool) -> None:
        super().__init__(console, ask_first=ask_first)
        self._rows = 0
        self._running: dict[tuple[ModelName, Rectangle], str] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=console,
            expand=True,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, rows="", visible=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves the terminal as it was."""
        self._progress.stop()

    def confirm(self, planned: Planned) -> bool:
        """A run may ask again for what it found on its way."""
        self._progress.stop()
        return super().confirm(planned)

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._progress.update(self._task, total=event.partitions, visible=True)
                self._progress.start()
            case BatchStarted():
                self._running[event.model, event.partitions] = _named(event)
            case BatchFinished():
                self._rows += event.rows
                self._settled(len(event.partitions))
                self._running.pop((event.model, event.partitions), None)
            case BatchSplit():
                self._running.pop((event.model, event.partitions), None)
            case PartitionsFailed():
                self._settled(len(event.partitions))
                self._running.pop((event.model, event.partitions), None)
            case PartitionsSkipped() | PartitionsKept() | PartitionsBlocked():
                self._settled(event.partitions)
            case PartitionsHeld(left=True):
                self._settled(event.partitions.count)
            case Retrying():
                pass
        super().__call__(event)
        self._show_running()

    def finished(self, event: BatchFinished) -> None:
        if outside := self.outside(event):
            self.say(f"{_named(event)}{outside}", "dim")

    def _settled(self, partitions: int) -> None:
        self._progress.update(self._task, advance=partitions, rows=counted_about(self._rows))

    def _show_running(self) -> None:
        names = list(self._running.values())
        text = names[0] if names else ""
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        room = _NAME_WIDTH - len(more)
        text = text if len(text) <= room else text[: room - 1] + "…"
        self._progress.update(self._task, description=unglued(text) + more)


def _named(event: BatchStarted | BatchFinished | BatchSplit | PartitionsFailed) -> str:
    """The model and the partitions of a batch; a model in one piece by its name alone."""
    if isinstance(event.scheme, WholeScheme):
        return event.model
    return f"{event.model} {rectangle_in_words(event.scheme, event.partitions)}"


def make_report(console: Console, *, ask_first: bool) -> Report:
    """Live on a terminal that can move its cursor."""
    live = console.is_terminal and not console.is_dumb_terminal
    return LiveReport(console, ask_first=ask_first) if live else Report(console, ask_first=ask_first)


def show_brief(console: Console, planned: Planned) -> None:
    """A line per model with work."""
    busy = [model for model in planned.plan.models if model.work]
    guessed = any(model.rows_each is not None for model in busy) and console.width >= _ROOM_FOR_GUESSES
    known = ("rows", "time") if guessed else ()
    rows = []
    for model in busy:
        count = model.partitions.count
        why = dict.fromkeys("maybe" if work.maybe else str(work.reason) for work in model.work)
        guess = ("", "")
        if model.rows_each is not None and model.seconds_each is not None:
            guess = (about(model.rows_each * count), duration(model.seconds_each * count))
        first, last, values = corners(model.spec.scheme, model.partitions)
        row = (model.spec.name, f"{count:,}", first, last, values, ", ".join(why))
        rows.append((*row, *guess) if known else row)
    columns = ("model", "partitions", "from", "to", "values", "why", *known)
    print_rows(console, columns, rows, long="values", right=("partitions", *known))
    for name, changes in planned.column_changes.items():
        for description in changes.describe():
            console.print(Text.assemble((f"{name}: ", "bold"), description))
    if planned.plan.blocked:
        console.print(Text(f"{counted(planned.plan.blocked, 'partition')} blocked: `swathe plan` says why", "yellow"))
    total = estimated_seconds(busy)
    if total is not None:
        console.print(Text(f"about {duration(total)} of work, by what it took before", "dim"))

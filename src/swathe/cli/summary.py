"""What a backfill did, on stdout."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from swathe.api.backfill import Backfilled
from swathe.api.plan import Planned
from swathe.cli.console import plain_table, print_indented, print_table
from swathe.cli.plan_text import closing
from swathe.cli.ranges import ranges_in_words
from swathe.cli.waiting import left_waiting, waiting_in_words
from swathe.cli.words import counted, duration
from swathe.model.definition import Materialized
from swathe.partition.rectangle import Rectangle
from swathe.run.audits import joined
from swathe.run.progress import ModelProgress

_MOST_FAILURES = 10


def show_summary(console: Console, done: Backfilled, rows_outside: Mapping[str, int]) -> None:
    """A table of models, what failed with its error, and what to do next."""
    if done.declined:
        console.print(Text("nothing was run"))
        return
    if done.outcome is None:
        console.print(closing(done.planned.plan, done.planned.cuts.waiting))
        _show_blocked(console, done.planned)
        _show_waiting(console, done)
        return
    shown = [model for model in done.outcome.models if model.plan.work or model.blocked]
    _show_table(console, shown)
    for name, rows in rows_outside.items():
        console.print(Text(f"{name}: {counted(rows, 'row')} lay outside the partition and were left out", "yellow"))
    for model in shown:
        _show_elsewhere(console, model)
        _show_warnings(console, model)
    failed = [model for model in shown if model.failures]
    for model in failed:
        _show_failures(console, done.planned, model)
    _show_next(console, done, shown)


def _show_table(console: Console, shown: list[ModelProgress]) -> None:
    numbers = ("built", "skipped", "failed", "blocked", "rows", "seconds")
    table = plain_table("model", *numbers, right=numbers)
    for model in shown:
        table.add_row(
            model.name,
            f"{model.succeeded:,}",
            f"{model.skipped:,}",
            Text(f"{model.failed:,}", "red" if model.failed else ""),
            Text(f"{model.blocked:,}", "yellow" if model.blocked else ""),
            "" if model.spec.materialized is Materialized.VIEW else f"{model.rows:,}",
            f"{model.seconds:.2f}",
        )
    if len(shown) > 1:
        table.add_row(
            Text("all", "bold"),
            f"{sum(model.succeeded for model in shown):,}",
            f"{sum(model.skipped for model in shown):,}",
            f"{sum(model.failed for model in shown):,}",
            f"{sum(model.blocked for model in shown):,}",
            f"{sum(model.rows for model in shown):,}",
            f"{sum(model.seconds for model in shown):.2f}",
        )
    print_table(console, table)


def _show_warnings(console: Console, model: ModelProgress) -> None:
    """Audits that found bad rows in what was committed."""
    for result in joined(model.warnings):
        first, *rows = result.text.splitlines()
        console.print()
        print_indented(console, Text.assemble(("warning: ", "bold yellow"), f"{model.name}: {first}"), 0)
        for row in rows:
            print_indented(console, Text(row.strip()), 2)


def _show_failures(console: Console, planned: Planned, model: ModelProgress) -> None:
    """One error with all the partitions that it stopped."""
    by_error: dict[str, list[Rectangle]] = {}
    for failure in sorted(model.failures, key=lambda entry: entry.partitions.first):
        by_error.setdefault(failure.error, []).append(failure.partitions)
    for error, parts in list(by_error.items())[:_MOST_FAILURES]:
        words = ranges_in_words(model.spec, [run for part in parts for run in part.partitions()], _MOST_FAILURES)
        console.print()
        print_indented(console, Text.assemble((f"{model.name}: ", "bold red"), words), 0)
        print_indented(console, Text(planned.workspace.profile.redact(error.strip())), 2)
    if len(by_error) > _MOST_FAILURES:
        console.print(Text(f"… and {len(by_error) - _MOST_FAILURES:,} more errors of {model.name}", "dim"))


def _show_elsewhere(console: Console, model: ModelProgress) -> None:
    """What other runs did, or were left to do."""
    for run_id, count in model.elsewhere.built.items():
        were = "was" if count == 1 else "were"
        text = f"{model.name}: {counted(count, 'partition')} {were} built by run {run_id} meanwhile"
        print_indented(console, Text(text, "dim"), 0)
    if left := model.elsewhere.left:
        words = ranges_in_words(model.spec, left)
        text = f"{model.name}: {words} left to another run, which was building there"
        print_indented(console, Text(text, "yellow"), 0)


def _show_blocked(console: Console, planned: Planned) -> None:
    for model in planned.plan.models:
        for by, detail in dict.fromkeys((entry.by, entry.detail) for entry in model.blocked):
            runs = [entry.partitions for entry in model.blocked if (entry.by, entry.detail) == (by, detail)]
            print_indented(console, Text(f"{model.spec.name}: {ranges_in_words(model.spec, runs)} {detail}"), 0)
            if by != model.spec.name:
                console.print(Text(f"hint: `swathe backfill +{model.spec.name}` builds what it reads first"))


def _show_waiting(console: Console, done: Backfilled) -> None:
    """The models that have no partitions yet, since what finds them was not built in this run either."""
    selected = {model.spec.name for model in done.planned.plan.models}
    for name, others in left_waiting(done).items():
        print_indented(console, Text(f"{name}: {waiting_in_words(others)}"), 0)
        if not selected.issuperset(others):
            console.print(Text(f"hint: `swathe backfill +{name}` builds what it reads first"))


def _show_next(console: Console, done: Backfilled, shown: list[ModelProgress]) -> None:
    outcome = done.outcome
    if outcome is None or outcome.cancelled:
        return
    console.print()
    if not outcome.failed:
        text = f"done in {duration(outcome.seconds)}: {done.run_id}"
        console.print(Text(text, "green"))
        _show_waiting(console, done)
        return
    failed, blocked = (sum(getattr(model, name) for model in shown) for name in ("failed", "blocked"))
    parts = [f"{counted(failed, 'partition')} failed"] if failed else []
    parts += [f"{blocked:,} blocked" if failed else f"{counted(blocked, 'partition')} blocked"] if blocked else []
    console.print(Text(f"{', '.join(parts)} in {duration(outcome.seconds)}; what was built is committed", "bold"))
    if failed:
        names = " ".join(model.name for model in shown if model.failures)
        console.print(Text("next: fix the cause, then run the same command again: it takes up what is not current"))
        console.print(Text(f"      swathe runs {done.run_id}   every try; failed here: {names}", "dim"))
    _show_blocked(console, done.planned)
    _show_waiting(console, done)

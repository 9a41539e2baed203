"""`swathe runs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from rich.console import Console

    from swathe.api.history import RunDetails
    from swathe.state.audits import AuditRow
    from swathe.state.runs import AttemptRow, Run

_STYLES = {"succeeded": "green", "failed": "red", "killed": "red", "crashed": "red", "running": "blue"}


def runs(
    project: ProjectArgs,
    run_id: Annotated[
        str | None, typer.Argument(metavar="ID", show_default=False, help="one run in full; its first characters do")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="most runs to show")] = 20,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show what has been run.

    Runs, newest first; with an ID every try of one run.
    """
    from swathe.api.history import recent_runs, run_details
    from swathe.cli.console import write_json
    from swathe.cli.json_output import run_json, runs_json

    options = project.options()
    if run_id is not None:
        details = run_details(options, run_id)
        if output is Output.JSON:
            write_json(run_json(details))
        else:
            _show_run(details)
        return 0
    found = recent_runs(options, limit)
    if output is Output.JSON:
        write_json(runs_json(found))
    else:
        _show_runs(found)
    return 0


def _show_runs(found: list[Run]) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console, plain_table, print_table

    console = data_console(wide=True)
    if not found:
        console.print(Text("nothing has been run yet"))
        return
    table = plain_table(
        "run", "started (UTC)", "took", "status", "command", "done", "failed", "rows", "reason",
        right=("took", "done", "failed", "rows"),
    )  # fmt: skip
    for run in found:
        table.add_row(
            run.run_id,
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            took(run),
            Text(run.status, _STYLES.get(run.status, "yellow")),
            run.command,
            f"{run.succeeded:,}",
            f"{run.failed:,}",
            f"{run.row_count:,}",
            Text(run.reason or ""),
        )
    print_table(console, table)


def _show_run(details: RunDetails) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console, print_indented
    from swathe.cli.ranges import keys_in_words
    from swathe.cli.words import counted

    run = details.run
    console = data_console(wide=True)
    status = (run.status, _STYLES.get(run.status, "yellow"))
    when = f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.ended_at is not None:
        when += f", took {took(run)}"
    console.print(Text.assemble((run.run_id, "bold"), "  ", status, f"  {run.command} on {run.target}, started {when}"))
    if run.reason:
        console.print(Text(f"reason: {run.reason}"))
    console.print(
        Text(f"{counted(run.partitions, 'partition')} planned, {run.succeeded:,} done, {run.failed:,} failed")
    )
    if details.attempts:
        console.print()
        _show_attempts(console, details.attempts)
    for attempt in details.attempts:
        if attempt.error and attempt.status == "failed":
            keys = keys_in_words(attempt.first_key, attempt.last_key, attempt.partitions)
            console.print()
            print_indented(console, Text(f"{attempt.model} {keys}", "red"), 0)
            print_indented(console, Text(attempt.error.strip()), 2)
    if details.audits:
        _show_audits(console, details.audits)


def _show_audits(console: Console, audits: Sequence[AuditRow]) -> None:
    """How many passed, and what the others found. What failed stands with its attempt."""
    from collections import Counter

    from rich.text import Text

    from swathe.cli.console import print_indented
    from swathe.cli.ranges import keys_in_words
    from swathe.cli.words import counted

    console.print()
    numbers = Counter(audit.status for audit in audits)
    told = ", ".join(f"{numbers[status]:,} {status}" for status in ("passed", "warned", "failed") if numbers[status])
    console.print(Text(f"{counted(len(audits), 'audit')} of batches: {told}"))
    for audit in audits:
        if audit.message and audit.status == "warned":
            keys = keys_in_words(audit.first_key, audit.last_key, audit.partitions)
            console.print()
            print_indented(console, Text(f"{audit.model} {keys}", "yellow"), 0)
            for line in audit.message.splitlines():
                print_indented(console, Text(line.strip()), 2)


def _show_attempts(console: Console, attempts: Sequence[AttemptRow]) -> None:
    from rich.text import Text

    from swathe.cli.console import print_rows
    from swathe.cli.ranges import keys_in_words

    rows = [
        (
            attempt.model,
            keys_in_words(attempt.first_key, attempt.last_key, attempt.partitions),
            attempt.reason,
            str(attempt.attempt),
            Text(attempt.status, _STYLES.get(attempt.status, "yellow")),
            "" if attempt.row_count is None else f"{attempt.row_count:,}",
            f"{attempt.seconds:.2f}",
        )
        for attempt in attempts
    ]
    columns = ("model", "partitions", "why", "try", "status", "rows", "seconds")
    print_rows(console, columns, rows, long="partitions", right=("try", "rows", "seconds"))


def took(run: Run) -> str:
    """How long a run took; a run that has not ended has no length."""
    from swathe.cli.words import duration

    if run.ended_at is None:
        return ""
    return duration(max(0.0, (run.ended_at - run.started_at).total_seconds()))

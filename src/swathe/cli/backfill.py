"""`swathe backfill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import (
    KeyArgs,
    ModelArgs,
    Output,
    OutputOption,
    ProjectArgs,
    ReasonOption,
    YesOption,
    told_reason,
)
from swathe.cli.plan import WorkArgs, choice_of, show
from swathe.errors import SelectionError, did_you_mean
from swathe.frozen import frozen

if TYPE_CHECKING:
    from swathe.api.backfill import Backfilled, BackfillOptions

FAILED = 1
STOPPED = 130

_ORDERS = ("oldest", "newest")


@frozen
class RunArgs:
    """How a plan is run."""

    order: Annotated[str, typer.Option("--order", metavar="oldest|newest", help="which partitions first")] = "oldest"
    parallel: Annotated[
        int | None,
        typer.Option("--parallel", metavar="N", min=1, help="statements at once; else the profile's threads"),
    ] = None
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="stop at the first failure")] = False
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="leave what other runs are building to them, instead of waiting for it")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show the plan, as `swathe plan` does")] = False
    yes: YesOption = False
    reason: ReasonOption = None

    def how(self) -> BackfillOptions:
        """Raises SelectionError."""
        from swathe.api.backfill import BackfillOptions

        if self.order not in _ORDERS:
            hint = did_you_mean(self.order, _ORDERS, otherwise="oldest or newest")
            raise SelectionError(f"`--order` can't be `{self.order}`", hint=hint)
        return BackfillOptions(
            workers=self.parallel,
            newest_first=self.order == "newest",
            fail_fast=self.fail_fast,
            reason=told_reason(self.reason) or None,
            waits=not self.no_wait,
        )


def backfill(
    models: ModelArgs,
    keys: KeyArgs,
    work: WorkArgs,
    run: RunArgs,
    project: ProjectArgs,
    output: OutputOption = Output.TEXT,
) -> int:
    """Bring partitions up to date.

    Makes a plan and runs it. Without a range that is everything that is not current. Each batch of partitions commits
    together with the record of it, so stop it at any time: the same command goes on where it was.
    """
    choice = choice_of(models, keys, work)
    how = run.how()
    options = project.options()
    if run.dry_run:
        from swathe.api.plan import plan

        show(plan(options, choice), output)
        return 0

    from swathe.api.backfill import backfill as run_backfill
    from swathe.cli.console import message_console
    from swathe.cli.progress import make_report

    console = message_console()
    with make_report(console, ask_first=not run.yes) as report:
        done = run_backfill(options, choice, how, report.confirm, report)
    _tell(done, report.rows_outside, output)
    if done.outcome is not None and done.outcome.cancelled:
        console.print("interrupted: what was in flight was rolled back, and the rest is committed", style="bold yellow")
        console.print("hint: run the same command to go on")
        return STOPPED
    return FAILED if _anything_failed(done) else 0


def _tell(done: Backfilled, rows_outside: dict[str, int], output: Output) -> None:
    from swathe.cli.console import data_console, write_json

    if output is Output.JSON:
        from swathe.cli.json_output import backfill_json

        write_json(backfill_json(done))
        return
    from swathe.cli.summary import show_summary

    show_summary(data_console(), done, rows_outside)


def _anything_failed(done: Backfilled) -> bool:
    from swathe.cli.waiting import is_blocked

    if done.declined:
        return False
    if done.outcome is None:
        return is_blocked(done.planned)
    return bool(done.outcome.failed)

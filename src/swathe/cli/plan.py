"""`swathe plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from swathe.api.plan import Choice, Planned

WORK_TO_DO = 4


@dataclass(frozen=True, slots=True)
class WorkArgs:
    """How far a plan goes."""

    only: Annotated[
        str, typer.Option("--only", metavar="missing|failed|stale|all", help="take only partitions that are so")
    ] = "all"
    full: Annotated[bool, typer.Option("--full", help="rebuild what is current, too")] = False


def plan(
    models: ModelArgs,
    keys: KeyArgs,
    work: WorkArgs,
    project: ProjectArgs,
    check: Annotated[bool, typer.Option("--check", help="exit with 4 when there is work to do")] = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show what would run, and why.

    Ranges of partitions with reasons, what changed in the SQL, rows and seconds by what they took before. Writes
    nothing.
    """
    from swathe.api.plan import plan as make_plan
    from swathe.cli.waiting import is_blocked

    planned = make_plan(project.options(), choice_of(models, keys, work))
    show(planned, output)
    return WORK_TO_DO if check and (planned.plan.partitions or is_blocked(planned)) else 0


def choice_of(models: ModelArgs, keys: KeyArgs, work: WorkArgs) -> Choice:
    """Raises SelectionError."""
    from swathe.api.plan import Choice
    from swathe.errors import SelectionError, did_you_mean
    from swathe.plan.plan import Only

    try:
        only = Only(work.only)
    except ValueError:
        known = [str(entry) for entry in Only]
        hint = did_you_mean(work.only, known, otherwise="one of " + ", ".join(known))
        raise SelectionError(f"`--only` can't be `{work.only}`", hint=hint) from None
    return Choice(models.selected, models.excluded, keys.range(), only, work.full)


def show(planned: Planned, output: Output) -> None:
    """The plan on stdout."""
    from swathe.cli.console import data_console, write_json
    from swathe.cli.json_output import plan_json
    from swathe.cli.plan_text import show_plan

    if output is Output.JSON:
        write_json(plan_json(planned))
    else:
        show_plan(data_console(), planned)

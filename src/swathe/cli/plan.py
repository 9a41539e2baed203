"""`swathe plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs
from swathe.frozen import frozen

if TYPE_CHECKING:
    from swathe.api.plan import Choice, Planned

WORK_TO_DO = 4


@frozen
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
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="MODEL", help="why one partition of it is as it is, down to the root"),
    ] = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show what would run, and why.

    Ranges of partitions with reasons, what changed in the SQL, rows and seconds by what they took before. Writes
    nothing.

    With --explain MODEL --partition KEY the whole chain of why for one partition: what it was built from, what of that
    changed, and why that did. It is explained in the plan of the selected models, without a selection of all. Of
    several partitions that a key covers, the first one with work is explained.
    """
    if explain is not None:
        return _explain(explain, models, keys, work, project, output, check=check)
    from swathe.api.plan import plan as make_plan
    from swathe.cli.waiting import is_blocked

    planned = make_plan(project.options(), choice_of(models, keys, work))
    show(planned, output)
    return WORK_TO_DO if check and (planned.plan.partitions or is_blocked(planned)) else 0


def _explain(
    model: str, models: ModelArgs, keys: KeyArgs, work: WorkArgs, project: ProjectArgs, output: Output, *, check: bool
) -> int:
    from swathe.api.explain import Asked, explain_partition
    from swathe.cli.console import data_console, write_json
    from swathe.cli.explain import show_explained
    from swathe.cli.json_explain import explained_json
    from swathe.errors import SelectionError

    asked = keys.range()
    others = {"--check": check, "--full": work.full, "--only": work.only != "all"}
    for option in (option for option, given in others.items() if given):
        raise SelectionError(f"`--explain` and `{option}` can't be used together", hint="leave one of them out")
    if asked.is_range:
        hint = "name one with `--partition`"
        raise SelectionError("`--explain` is about one partition, and takes no range of them", hint=hint)
    explained = explain_partition(project.options(), Asked(model, asked.keys, models.selected, models.excluded))
    if output is Output.JSON:
        write_json(explained_json(explained))
    else:
        show_explained(data_console(), explained)
    return 0


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
    """The plan on stdout, its warnings on stderr."""
    from swathe.cli.console import data_console, message_console, write_json
    from swathe.cli.json_output import plan_json
    from swathe.cli.plan_text import show_plan
    from swathe.cli.warnings import show_warnings

    if output is Output.JSON:
        write_json(plan_json(planned))
    else:
        models = planned.workspace.project.models
        show_warnings(message_console(), (models[model.spec.name] for model in planned.plan.models))
        show_plan(data_console(), planned)

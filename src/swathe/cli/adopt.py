"""`swathe adopt`."""

from __future__ import annotations

from typing import Annotated

import typer

from swathe.cli.changes import ChangeArgs, Words, run_change
from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption

_WORDS = Words(
    verb="adopt",
    ask="adopt",
    done="adopted",
    nothing="no such partition is both without a record and with rows",
    after="next: `swathe plan` shows what is left to build",
)


def adopt(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    empty: Annotated[bool, typer.Option("--empty", help="take partitions that hold no rows, too")] = False,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Trust the rows of a table that exists already.

    The way in for a table that was made by hand or by another tool. Checks its columns and keys, measures it, and
    records its partitions as built by the present logic from the present inputs: they are current until one of the
    two changes. Shows them first, and asks on a terminal. Writes no table.
    """
    from functools import partial

    from swathe.api.adopt import adopt as trust

    return run_change(ChangeArgs(models, keys, project, reason, yes, output), _WORDS, partial(trust, empty=empty))

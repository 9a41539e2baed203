"""`swathe thaw`."""

from __future__ import annotations

from swathe.cli.changes import ChangeArgs, Words, run_change
from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption

_WORDS = Words(
    verb="thaw",
    ask="thaw",
    done="thawed",
    nothing="no such partition was frozen with `swathe freeze`",
    after="next: `swathe plan` shows which of them are no longer true",
)


def thaw(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Let frozen partitions be rebuilt again.

    Shows them first, and asks on a terminal. They are then judged like all others, so the next backfill rebuilds
    those that are no longer true.
    """
    from swathe.api.marks import thaw as release

    return run_change(ChangeArgs(models, keys, project, reason, yes, output), _WORDS, release)

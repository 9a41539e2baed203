"""`swathe freeze`."""

from __future__ import annotations

from swathe.cli.changes import ChangeArgs, Words, run_change
from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption

_WORDS = Words(
    verb="freeze",
    ask="freeze",
    done="frozen",
    nothing="no such partition is built, or all are frozen already",
    after="`swathe thaw` takes it back",
)


def freeze(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Protect built partitions from being rebuilt.

    Shows them first, and asks on a terminal. Nothing rebuilds or wipes a frozen partition, not even --full, until
    it is thawed; what reads it takes it as it is. Partitions that are not built are left out.
    """
    from swathe.api.marks import freeze as protect

    return run_change(ChangeArgs(models, keys, project, reason, yes, output), _WORDS, protect)

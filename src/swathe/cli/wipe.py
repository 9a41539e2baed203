"""`swathe wipe`."""

from __future__ import annotations

from swathe.cli.changes import ChangeArgs, Words, run_change
from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption

_WORDS = Words(
    verb="wipe",
    ask="wipe",
    done="wiped",
    nothing="no such partition is built, or all are frozen",
    after="next: `swathe backfill` builds them anew",
)


def wipe(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Drop rows and records of built partitions.

    Shows them first, and asks on a terminal. The partitions are missing then, and the next backfill builds them.
    Frozen partitions are left alone, and so are rows that swathe did not write.
    """
    from swathe.api.wipe import wipe as drop

    return run_change(ChangeArgs(models, keys, project, reason, yes, output), _WORDS, drop)

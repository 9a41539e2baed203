"""`swathe invalidate`."""

from __future__ import annotations

from swathe.cli.changes import ChangeArgs, Words, run_change
from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption

_WORDS = Words(
    verb="invalidate",
    ask="mark",
    done="marked",
    nothing="no such partition is built, or all are frozen",
    after="next: `swathe backfill` rebuilds them",
)


def invalidate(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Mark built partitions to be rebuilt.

    Shows them first, and asks on a terminal. The next backfill rebuilds them; until then tables stay as they are.
    Frozen partitions are left alone.
    """
    from swathe.api.marks import invalidate as mark

    return run_change(ChangeArgs(models, keys, project, reason, yes, output), _WORDS, mark)

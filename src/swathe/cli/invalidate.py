"""`swathe invalidate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption
from swathe.errors import SelectionError

if TYPE_CHECKING:
    from swathe.api.invalidate import Invalidation


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
    from swathe.api.invalidate import invalidate as mark
    from swathe.api.plan import Choice
    from swathe.cli.console import write_json
    from swathe.cli.json_output import invalidate_json

    choice = Choice(select=models.selected, exclude=models.excluded, keys=keys.range())
    if not choice.select and not choice.keys:
        raise SelectionError("say what to invalidate", hint="name models or partitions; `--select '*'` is everything")
    seen: list[Invalidation] = []
    marked = mark(project.options(), choice, (reason or "").strip(), _confirm(seen, yes=yes))
    if output is Output.JSON:
        write_json(invalidate_json(marked))
    else:
        _tell(marked, declined=bool(seen) and not marked)
    return 0


def _confirm(seen: list[Invalidation], *, yes: bool) -> Callable[[list[Invalidation]], bool]:
    from rich.text import Text

    from swathe.cli.console import ask, can_ask, message_console
    from swathe.cli.plan_text import print_indented, ranges_in_words
    from swathe.cli.words import counted

    def confirm(found: list[Invalidation]) -> bool:
        seen.extend(found)
        console = message_console()
        for entry in found:
            what = f"  {counted(entry.partitions.count, 'partition')}"
            console.print(Text.assemble((entry.spec.name, "bold"), what))
            print_indented(console, Text(ranges_in_words(entry.spec, entry.partitions.intervals)), 2)
        if yes or not can_ask():
            return True
        count = sum(entry.partitions.count for entry in found)
        return ask(f"mark {counted(count, 'partition')} of {counted(len(found), 'model')}?")

    return confirm


def _tell(marked: list[Invalidation], *, declined: bool) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console
    from swathe.cli.words import counted

    console = data_console()
    if declined:
        console.print(Text("nothing was marked"))
    elif not marked:
        console.print(Text("nothing to mark: no such partition is built, or all are frozen"))
    else:
        count = sum(entry.partitions.count for entry in marked)
        console.print(Text(f"marked {counted(count, 'partition')} of {counted(len(marked), 'model')}"))
        console.print(Text("next: `swathe backfill` rebuilds them", "dim"))

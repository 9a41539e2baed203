"""What the commands that change records say and ask, each in its own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from swathe.cli.options import KeyArgs, ModelArgs, Output, ProjectArgs, told_reason
from swathe.errors import SelectionError
from swathe.frozen import frozen

if TYPE_CHECKING:
    from rich.console import Console

    from swathe.api.changes import Change, Changed, Confirm
    from swathe.api.plan import Choice
    from swathe.api.workspace import ProjectOptions


@frozen
class Words:
    """A command in a question, in the past, and what may come after it."""

    verb: str
    ask: str
    done: str
    nothing: str
    after: str = ""


@frozen
class ChangeArgs:
    """What all of these commands take."""

    models: ModelArgs
    keys: KeyArgs
    project: ProjectArgs
    reason: str | None
    yes: bool
    output: Output


Call = Callable[["ProjectOptions", "Choice", str, "Confirm"], "Changed"]


def run_change(args: ChangeArgs, words: Words, call: Call) -> int:
    """Run a command that changes records, and tell what it did. Returns the exit code."""
    from swathe.api.plan import Choice
    from swathe.cli.console import write_json
    from swathe.cli.json_output import changed_json

    choice = Choice(select=args.models.selected, exclude=args.models.excluded, keys=args.keys.range())
    if not choice.select and not choice.keys:
        hint = "name models or partitions; `--select '*'` is everything"
        raise SelectionError(f"say what to {words.verb}", hint=hint)
    changed = call(args.project.options(), choice, told_reason(args.reason), _confirm(words, yes=args.yes))
    if args.output is Output.JSON:
        write_json(changed_json(changed))
    else:
        _tell(changed, words)
    return 0


def _confirm(words: Words, *, yes: bool) -> Confirm:
    from swathe.cli.console import ask, can_ask, message_console

    def confirm(found: Sequence[Change]) -> bool:
        _show(message_console(), found)
        return yes or not can_ask() or ask(f"{words.ask} {_what(found)}?")

    return confirm


def _show(console: Console, found: Sequence[Change]) -> None:
    from rich.text import Text

    from swathe.cli.console import print_indented
    from swathe.cli.plan_text import counted_about
    from swathe.cli.ranges import ranges_in_words
    from swathe.cli.words import counted

    for change in found:
        if not (change.partitions or change.left_out):
            continue
        what = ""
        if change.partitions:
            what = f"  {counted(change.partitions.count, 'partition')}"
            what += f", {counted_about(change.rows)}" if change.rows else ""
        console.print(Text.assemble((change.spec.name, "bold"), what))
        if change.partitions:
            print_indented(console, Text(ranges_in_words(change.spec, change.partitions.intervals)), 2)
        for part in change.left_out:
            ranges = ranges_in_words(change.spec, part.partitions.intervals)
            print_indented(console, Text.assemble(("left as it is: ", "dim"), f"{ranges}: {part.why}"), 2)
        for note in change.notes:
            print_indented(console, Text.assemble(("note: ", "yellow"), note), 2)


def _what(changes: Sequence[Change]) -> str:
    from swathe.cli.words import counted

    touched = [change for change in changes if change.partitions]
    count = sum(change.partitions.count for change in touched)
    return f"{counted(count, 'partition')} of {counted(len(touched), 'model')}"


def _tell(changed: Changed, words: Words) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console, message_console

    console = data_console()
    if changed.declined:
        console.print(Text(f"nothing was {words.done}"))
    elif not changed.run_id:
        _show(message_console(), changed.found)
        console.print(Text(f"nothing to {words.ask}: {words.nothing}"))
    else:
        console.print(Text(f"{words.done} {_what(changed.done)}"))
        if words.after:
            console.print(Text(words.after, "dim"))

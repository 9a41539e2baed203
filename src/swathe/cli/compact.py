"""`swathe compact`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from swathe.cli.options import ModelArgs, Output, OutputOption, ProjectArgs, ReasonOption, YesOption, told_reason

if TYPE_CHECKING:
    from rich.text import Text

    from swathe.api.changes import Change
    from swathe.api.compact import Compacted, ConfirmCompact
    from swathe.model.definition import ModelName
    from swathe.run.compact import Scatter


def compact(
    models: ModelArgs,
    project: ProjectArgs,
    reason: ReasonOption = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Write DuckDB's tables anew in the order of their partitions.

    Partitions that are rebuilt are appended at the end of their table, so reading one of them reads ever more of it.
    This puts the rows of each partition together again. No query of a model runs, and no row and no record changes.
    Shows first in how many groups of rows a partition is looked for, now and afterwards, and asks on a terminal.
    Tables that are in order are left alone. A table takes its own size once more on the disk while it is written.
    """
    from swathe.api.compact import compact as put_in_order
    from swathe.api.plan import Choice
    from swathe.cli.console import write_json
    from swathe.cli.json_compact import compacted_json

    choice = Choice(select=models.selected, exclude=models.excluded)
    done = put_in_order(project.options(), choice, told_reason(reason), _confirm(yes=yes))
    if output is Output.JSON:
        write_json(compacted_json(done))
    else:
        _tell(done)
    return 0


def _confirm(*, yes: bool) -> ConfirmCompact:
    from swathe.cli.console import ask, can_ask

    def confirm(found: Sequence[Change], scatters: Mapping[ModelName, Scatter]) -> bool:
        _show(found, scatters)
        return yes or not can_ask() or ask(f"compact {_tables(scatters)}?")

    return confirm


def _show(found: Sequence[Change], scatters: Mapping[ModelName, Scatter]) -> None:
    from swathe.cli.console import message_console, print_indented

    console = message_console()
    for change in found:
        head, *more = _lines(change, scatters.get(change.spec.name))
        print_indented(console, head, 0)
        for line in more:
            print_indented(console, line, 2)


def _lines(change: Change, scatter: Scatter | None) -> Iterator[Text]:
    from rich.text import Text

    from swathe.cli.words import counted

    if scatter is None:
        why = ", ".join(part.why for part in change.left_out)
        yield Text.assemble(("left as it is: ", "dim"), (change.spec.name, "bold"), f": {why}")
        return
    what = f"  {counted(scatter.partitions, 'partition')}, {counted(scatter.rows, 'row')}"
    yield Text.assemble((change.spec.name, "bold"), what)
    least = f"{scatter.least_each:,.1f} once they are in order"
    yield Text(f"{_looked(scatter)}; {least}")


def _tell(done: Compacted) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console, print_indented

    console, changed = data_console(), done.changed
    if changed.declined:
        console.print(Text("nothing was compacted"))
    elif not changed.run_id:
        _show(changed.found, {})
        console.print(Text("nothing to compact"))
    else:
        console.print(Text(f"compacted {_tables(done.after)}"))
        for name, after in done.after.items():
            line = Text.assemble((name, "bold"), f"  {_looked(after)}; before in {done.before[name].groups_each:,.1f}")
            print_indented(console, line, 2)


def _looked(scatter: Scatter) -> str:
    from swathe.cli.words import counted

    groups = counted(scatter.groups, "group")
    return f"a partition is looked for in {scatter.groups_each:,.1f} of {groups} of rows"


def _tables(scatters: Mapping[ModelName, Scatter]) -> str:
    from swathe.cli.words import counted

    return counted(len(scatters), "table")

"""`swathe diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from swathe.api.diff import Difference


def diff(
    model: Annotated[str, typer.Argument(metavar="MODEL", show_default=False, help="one model")],
    project: ProjectArgs,
    partition: Annotated[
        str | None,
        typer.Option("--partition", metavar="KEY", help="which partitions, as in plan; else the newest that has ended"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="COLUMNS",
            help="match rows by these columns, with commas between them; else some are found",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="most rows of each kind to show")] = 5,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show what a rebuild would change.

    Compares the rows that the model's query gives now with those that are stored: which are added, removed and changed,
    and in which columns. Writes nothing.
    """
    from swathe.api.diff import diff as run_diff
    from swathe.cli.console import data_console, write_json
    from swathe.cli.json_diff import diff_json

    found = run_diff(project.options(), model, partition, key, limit)
    if output is Output.JSON:
        write_json(diff_json(found, partition))
    else:
        _show(data_console(wide=True), found)
    return 0


def _show(console: Console, found: Difference) -> None:
    from rich.text import Text

    from swathe.cli.ranges import ranges_in_words
    from swathe.cli.words import unglued

    keys = unglued(ranges_in_words(found.spec, found.partitions))
    console.print(Text.assemble((found.spec.name, "bold"), f" {keys}: ", _logic(found)))
    console.print(_counts(found))
    for note in _notes(found):
        console.print(Text(note, "dim"))
    _show_columns(console, found)
    _show_rows(console, found)


def _logic(found: Difference) -> Text:
    """Whether what built the stored rows is what would build them now."""
    from rich.text import Text

    from swathe.cli.words import counted, listed
    from swathe.plan.verdict import short

    now = listed([short(fingerprint) for fingerprint in found.fingerprints])
    if not found.built:
        why = "nothing is stored" if not found.rows.stored else "no record says what built the stored rows"
        return Text(f"{why}; logic {now}")
    unbuilt = found.partitions.count - sum(entry.partitions for entry in found.built)
    if len(found.built) == 1:
        (entry,) = found.built
        one = entry.partitions == 1
        last = f"{'' if one else 'last '}{entry.built_at:%Y-%m-%d %H:%M:%S}"
        by = f"built by logic {short(entry.fingerprint)} ({last})"
    else:
        each = [f"{short(entry.fingerprint)} ({entry.partitions:,})" for entry in found.built]
        by = f"built by logic {listed(each)}"
    more = f", {counted(unbuilt, 'partition')} never built" if unbuilt else ""
    if found.logic_differs:
        return Text.assemble(("the logic differs", "yellow"), f": {by}{more}, now {now}")
    return Text.assemble(("the same logic", "green"), f": {by}{more}")


def _counts(found: Difference) -> Text:
    from rich.text import Text

    from swathe.cli.words import counted, listed

    rows = found.rows
    text = Text(f"{counted(rows.stored, 'row')} stored, {rows.now:,} now: ")
    if not rows.stored and not rows.now:
        return Text("no rows stored, and none now")
    if not rows.stored:
        where = "" if found.has_table else "there is no table yet: "
        return Text(f"{where}nothing is stored, so all {counted(rows.now, 'row')} would be added", "green")
    if not rows.now:
        return text.append(f"all {rows.stored:,} would be removed", "red")
    if not (rows.added or rows.removed or rows.changed):
        return text.append("no difference", "green")
    parts = [
        (f"{rows.added:,} added", "green" if rows.added else "dim"),
        (f"{rows.removed:,} removed", "red" if rows.removed else "dim"),
    ]
    if rows.changed is not None:
        parts.append((f"{rows.changed:,} changed", "yellow" if rows.changed else "dim"))
    parts.append((f"{rows.same:,} the same", ""))
    for number, part in enumerate(parts):
        text.append(", " if number else "").append(*part)
    if found.key is not None:
        text.append(f", matched by {listed(list(found.key))}")
    return text


def _notes(found: Difference) -> Iterator[str]:
    if found.rows.changed is None:
        yield "no columns were found that tell rows apart, so a changed row counts as removed and added; see `--key`"
    if found.stays:
        yield f"{found.stays}: a backfill leaves the stored rows as they are"
    if found.reads_itself and found.partitions.count > 1:
        yield "the model reads its own table: each partition is computed from the earlier ones as they are stored"


def _show_columns(console: Console, found: Difference) -> None:
    """How often each column changed, and what became of the columns themselves."""
    from rich.text import Text

    from swathe.cli.console import plain_table, print_table

    columns = found.columns
    if found.rows.changes:
        table = plain_table("column", "changed", right=("changed",))
        for index, count in found.rows.changes.items():
            table.add_row(Text(columns.shared[index].name), f"{count:,}")
        console.print()
        print_table(console, table)
    if not found.has_table:
        return
    lines = [
        *(f"column {c.name} {c.type} is only in the query: not compared" for c in columns.added),
        *(f"column {c.name} {c.type} is only in the table: not compared" for c in columns.removed),
        *(
            f"column {c.name} was {c.stored.type} and is {c.now.type}{': compared as text' if c.as_text else ''}"
            for c in columns.shared
            if c.is_retyped
        ),
    ]
    if lines:
        console.print()
    for line in lines:
        console.print(Text(line, "yellow"))


def _show_rows(console: Console, found: Difference) -> None:
    from swathe.cli.cells import print_cells

    names = [column.name for column in found.columns.shared]
    rows = found.rows
    for word, style, shown, count in (
        ("added", "green", rows.added_rows, rows.added),
        ("removed", "red", rows.removed_rows, rows.removed),
    ):
        if shown:
            _title(console, word, style, len(shown), count)
            print_cells(console, names, shown)
    if rows.changed_rows:
        _title(console, "changed", "yellow", len(rows.changed_rows), rows.changed or 0)
        _show_changed(console, found, names)


def _show_changed(console: Console, found: Difference, names: list[str]) -> None:
    """A line for each column that differs; the row's key before the first one."""
    from rich.text import Text

    from swathe.cli.cells import cell, is_number
    from swathe.cli.console import plain_table, print_table

    key = [names.index(name) for name in found.key or ()]
    changed = found.rows.changed_rows
    table = plain_table()
    for index in key:
        number = all(is_number(row.now[index]) for row in changed)
        table.add_column(Text(names[index]), justify="right" if number else "left", overflow="ellipsis", no_wrap=True)
    table.add_column("column", no_wrap=True, overflow="ellipsis")
    values = [value for row in changed for index in row.differs for value in (row.stored[index], row.now[index])]
    numbers = all(value is None or is_number(value) for value in values)
    for title in ("stored", "now"):
        table.add_column(title, justify="right" if numbers else "left", overflow="ellipsis", no_wrap=True)
    for row in changed:
        for line, index in enumerate(row.differs):
            own = [Text("") if line else cell(row.now[at]) for at in key]
            table.add_row(*own, Text(names[index]), cell(row.stored[index]), cell(row.now[index]))
    print_table(console, table)


def _title(console: Console, word: str, style: str, shown: int, count: int) -> None:
    from rich.text import Text

    some = "" if shown == count else f", {shown:,} of {count:,}"
    console.print()
    console.print(Text(f"{word}{some}:", style))

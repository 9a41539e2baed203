"""`swathe preview`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from swathe.api.preview import Preview


def preview(
    model: Annotated[str, typer.Argument(metavar="MODEL", show_default=False, help="one model")],
    project: ProjectArgs,
    partition: Annotated[
        str | None,
        typer.Option("--partition", metavar="KEY", help="which partition, as in plan; else the newest that has ended"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="most rows to show")] = 20,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show rows of one partition.

    Runs the model's query as it stands. Writes nothing.
    """
    from swathe.api.preview import preview as run_preview
    from swathe.cli.console import write_json
    from swathe.cli.json_output import preview_json

    shown = run_preview(project.options(), model, partition, limit)
    if output is Output.JSON:
        write_json(preview_json(shown, partition))
    else:
        _show(shown)
    return 0


def _show(shown: Preview) -> None:
    from rich.text import Text

    from swathe.cli.cells import print_cells
    from swathe.cli.console import data_console
    from swathe.cli.ranges import keys_in_words
    from swathe.cli.words import counted, duration, unglued

    console = data_console(wide=True)
    if shown.rows:
        print_cells(console, shown.columns, shown.rows)
    keys = unglued(keys_in_words(*shown.keys))
    rows = counted(shown.row_count, "row")
    if len(shown.rows) < shown.row_count:
        rows = f"{len(shown.rows):,} of {rows}"
    console.print(Text(f"{shown.model} {keys}: {rows} in {duration(shown.seconds)}", "dim"))

"""`swathe lineage`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from rich.console import Console

    from swathe.api.lineage import ColumnPath, ModelLineage, Reading, Step
    from swathe.sql.lineage_reach import InputColumn


def lineage(
    models: ModelArgs,
    project: ProjectArgs,
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="follow this column, up to the sources and down")
    ] = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Show what models are made from, and who reads them.

    Which slice of each input decides a partition, which of its columns each column is made from, and which decide the
    rows. Views are looked through. Writes nothing.
    """
    from swathe.api.lineage import LineageChoice
    from swathe.api.lineage import lineage as find_lineage
    from swathe.cli.console import data_console, write_json
    from swathe.cli.json_lineage import lineage_json

    found = find_lineage(project.options(), LineageChoice(models.selected, models.excluded, column))
    if output is Output.JSON:
        write_json(lineage_json(found))
        return 0
    console = data_console()
    for number, entry in enumerate(found):
        if number:
            console.print()
        if entry.path is None:
            _show_model(console, entry)
        else:
            _show_path(console, entry, entry.path)
    return 0


def _show_model(console: Console, entry: ModelLineage) -> None:
    from rich.text import Text

    from swathe.cli.compile import window_in_words
    from swathe.cli.console import print_indented
    from swathe.cli.plan_text import kind_of

    config = entry.model.config
    console.print(Text.assemble((entry.model.name, "bold"), f"  {kind_of(config)}"))
    edges = [("reads", str(needed.window.name), window_in_words(needed, config)) for needed in entry.inputs]
    edges += [("read by", reading.reader.name, _window(reading)) for reading in entry.readers]
    width = max((len(f"{verb} {name}") for verb, name, _ in edges), default=0)
    for verb, name, window in edges:
        print_indented(console, Text.assemble(f"{f'{verb} {name}':<{width}}  ", (window, "dim")), 2)
    width = max((len(column.name) for column in entry.model.columns), default=0)
    for column in entry.model.columns:
        made_from = entry.lineage.made_from[column.name.lower()]
        print_indented(console, Text(f"{column.name:<{width}} ← {_listed(made_from) or 'no column'}"), 4)
    if only := entry.only_decide:
        print_indented(console, Text(f"rows also decided by {_listed(only)}"), 4)


def _show_path(console: Console, entry: ModelLineage, path: ColumnPath) -> None:
    from rich.text import Text

    from swathe.cli.console import print_indented

    start = (str(entry.model.name), path.column)
    console.print(Text.assemble(f"{entry.model.name}.", (path.column, "bold")))
    if not path.up:
        print_indented(console, Text("← no column"), 2)
    for step, depth, note in _tree(path.up, start, up=True):
        _show_step(console, f"← {_name(step.source)}", step, depth, note)
    if decide := entry.lineage.decided_by - entry.lineage.made_from[path.column.lower()]:
        print_indented(console, Text(f"rows also decided by {_listed(decide)}"), 2)
    for step, depth, note in _tree(path.down, start, up=False):
        reader = step.reading.reader.name
        name = f"the rows of {reader}" if step.column is None else f"{reader}.{step.column}"
        _show_step(console, f"→ {name}", step, depth, note)


def _show_step(console: Console, what: str, step: Step, depth: int, note: str) -> None:
    from rich.text import Text

    from swathe.cli.console import print_indented

    print_indented(console, Text.assemble(what, (f"  {_window(step.reading)}{note}", "dim")), 2 * depth)


_Place = tuple[str, str | None]


def _tree(steps: Sequence[Step], start: _Place, *, up: bool) -> Iterator[tuple[Step, int, str]]:
    """Each step with its depth, from 1, below the step that it goes on from. What goes on from a column is shown once:
    where the column comes again, a note says so.
    """
    onwards: dict[_Place, list[Step]] = {}
    for step in steps:
        onwards.setdefault(_ends(step, up=up)[0], []).append(step)
    shown = {start}
    left = [(step, 1) for step in reversed(onwards.get(start, []))]
    while left:
        step, depth = left.pop()
        place = _ends(step, up=up)[1]
        again = place in shown and place in onwards
        yield step, depth, ", as above" if again else ""
        shown.add(place)
        left += [] if again else [(more, depth + 1) for more in reversed(onwards.get(place, []))]


def _ends(step: Step, *, up: bool) -> tuple[_Place, _Place]:
    reader: _Place = (step.reading.reader.name, step.column)
    source: _Place = (step.source.input, step.source.column)
    return (reader, source) if up else (source, reader)


def _window(reading: Reading) -> str:
    from swathe.cli.compile import window_in_words

    return window_in_words(reading.needed, reading.reader.config)


def _listed(columns: Iterable[InputColumn]) -> str:
    from swathe.api.lineage import in_order

    return ", ".join(_name(column) for column in in_order(columns))


def _name(column: InputColumn) -> str:
    return f"any of {column.input}" if column.column is None else f"{column.input}.{column.column}"

"""`swathe compile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from swathe.api.compile import Compilation, CompiledInput
    from swathe.errors import Location
    from swathe.model.definition import LineColumn, ModelConfig
    from swathe.partition.grid import Dimension
    from swathe.partition.held import Choice


def compile_(
    models: ModelArgs,
    keys: KeyArgs,
    project: ProjectArgs,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", metavar="NAME", help="another engine's statements: bigquery, snowflake, …"),
    ] = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Turn models into statements, without running any.

    Says which slice of each input a partition reads, or why it is all of it. Writes the statements below
    target/compiled: one partition as an example, or those that are named. Prints them, too, when it is one model.
    """
    from swathe.api.compile import CompileChoice, compile_models
    from swathe.cli.console import data_console, message_console, print_lines, write_json
    from swathe.cli.warnings import show_warnings

    choice = CompileChoice(select=models.selected, exclude=models.excluded, keys=keys.range(), dialect=dialect)
    compiled = compile_models(project.options(), choice)
    if output is Output.JSON:
        from swathe.cli.json_compile import compile_json

        write_json(compile_json(compiled))
        return 0
    show_warnings(message_console(), (entry.model for entry in compiled))
    console = data_console()
    print_lines(console, (line for entry in compiled for line in _lines(console, entry)))
    if len(compiled) == 1:
        _show_statements(compiled[0])
    return 0


def _lines(console: Console, entry: Compilation) -> Iterator[Text]:
    from rich.text import Text

    from swathe.cli.console import indented
    from swathe.cli.plan_text import kind_of
    from swathe.cli.waiting import waiting_in_words
    from swathe.cli.words import glued
    from swathe.plan.verdict import short

    title = Text.assemble(
        (entry.model.name, "bold"),
        f"  {kind_of(entry.model.config)}",
        (f"  logic {short(entry.spec.fingerprint)}", "dim"),
    )
    yield from indented(console, title, 0)
    width = max((len(needed.window.name) for needed in entry.inputs), default=0)
    for needed in entry.inputs:
        line = Text(f"reads {needed.window.name:<{width}}  ")
        line.append(window_in_words(needed, entry.model.config))
        if at := _place(needed, entry.model.config):
            line.append(f"  {glued(str(at))}", "dim")
        yield from indented(console, line, 2)
    if entry.waiting:
        yield from indented(console, Text(waiting_in_words(entry.waiting)), 2)
    paths = [part.path for part in entry.statements]
    if paths:
        more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
        yield from indented(console, Text(f"  → {paths[0]}{more}", "dim"), 0)


def window_in_words(needed: CompiledInput, config: ModelConfig) -> str:
    """Which slice of an input decides a partition."""
    by = config.partition_by
    claimed = ", as `ref()` says" if needed.window.claimed else ""
    same = [f"the same {link.reader}" for link in needed.window.links]
    line = by.line if by else None
    values, along = _held(needed)
    if not needed.whole and line is not None:
        return ", ".join([_along(needed, line, claimed), *same, *values, *along])
    if same and line is None:
        return ", ".join([*same, *values, *along])
    some = [*same, *values]
    whole = along or ([f"any {line.column}"] if some and line else [] if some else ["all"])
    return ", ".join([*some, *whole]) + (f": {needed.window.reason}" if needed.window.reason else claimed)


def _held(needed: CompiledInput) -> tuple[list[str], list[str]]:
    """What the query itself asks of the input, by values and along its line."""
    from swathe.partition.held import VALUED

    held = needed.held
    if held is None:
        return [], []
    linked = {link.input for link in needed.window.links}
    values = [
        f"{dimension.column} {_choice(dimension, choice)}"
        for dimension, choice in held.values
        if choice != VALUED or dimension.column.lower() not in linked  # the same value is one
    ]
    if held.nothing:
        return values, ["nothing"]
    if held.along is None or (held.along == (None, None) and not needed.whole):
        return values, []
    return values, [_between(held.column or "", *held.along)]


def _between(column: str, first: str | None, last: str | None) -> str:
    from swathe.partition.values import NULL_KEY

    if last == NULL_KEY:
        return f"{column} NULL"
    if first is None:
        return f"{column} not NULL" if last is None else f"up to {last}"
    if last is None:
        return f"from {first}"
    return f"only {first}" if first == last else f"from {first} up to {last}"


def _choice(dimension: Dimension, choice: Choice) -> str:
    from swathe.cli.words import any_of

    values = sorted(dimension.kind.spell(value) for value in choice.values)
    if choice.others:
        return f"not {any_of(values)}" if values else "not NULL"
    return any_of([*values, *(["NULL"] if choice.null else [])]) or "none"


def _place(needed: CompiledInput, config: ModelConfig) -> Location | None:
    """Where the reason stands, if there is one to tell."""
    by_values = config.partition_by is not None and config.partition_by.line is None
    told = needed.whole and needed.window.reason and not (by_values and needed.window.links)
    return needed.window.at if told else None


def _along(needed: CompiledInput, line: LineColumn, claimed: str) -> str:
    from swathe.model.definition import TimeColumn

    if needed.example is not None:
        first = "everything" if needed.first is None else str(needed.first)
        last = "the end" if needed.last is None else str(needed.last)
        return f"{first} up to {last} for the range {needed.example}{claimed}"
    unit = line.units.noun if isinstance(line, TimeColumn) else "range"
    if (needed.first, needed.last) == (0, 0):
        return f"the same {unit}{claimed}"
    first = "everything" if needed.first is None else _offset(needed.first, unit)
    last = "the end" if needed.last is None else _offset(needed.last, unit)
    return f"{first} up to {last}{claimed}"


def _offset(count: int, unit: str) -> str:
    if count == 0:
        return f"the same {unit}"
    return f"{abs(count)} {unit}{'' if abs(count) == 1 else 's'} {'before' if count < 0 else 'after'}"


def _show_statements(entry: Compilation) -> None:
    import sys

    for part in entry.statements:
        sys.stdout.write(f"\n-- partition {part.key}\n" + ";\n\n".join(part.statements) + ";\n")

"""`swathe compile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from rich.console import Console

    from swathe.api.compile import Compilation, CompiledInput
    from swathe.errors import Location
    from swathe.model.definition import LineColumn, ModelConfig


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
    from swathe.cli.console import data_console, message_console, write_json
    from swathe.cli.json_compile import compile_json
    from swathe.cli.warnings import show_warnings

    choice = CompileChoice(select=models.selected, exclude=models.excluded, keys=keys.range(), dialect=dialect)
    compiled = compile_models(project.options(), choice)
    if output is Output.JSON:
        write_json(compile_json(compiled))
        return 0
    show_warnings(message_console(), (entry.model for entry in compiled))
    console = data_console()
    for entry in compiled:
        _show(console, entry)
    if len(compiled) == 1:
        _show_statements(compiled[0])
    return 0


def _show(console: Console, entry: Compilation) -> None:
    from rich.text import Text

    from swathe.cli.console import print_indented
    from swathe.cli.plan_text import kind_of
    from swathe.cli.waiting import waiting_in_words
    from swathe.cli.words import glued
    from swathe.plan.verdict import short

    title = Text.assemble(
        (entry.model.name, "bold"),
        f"  {kind_of(entry.model.config)}",
        (f"  logic {short(entry.spec.fingerprint)}", "dim"),
    )
    console.print(title)
    width = max((len(needed.window.name) for needed in entry.inputs), default=0)
    for needed in entry.inputs:
        line = Text(f"reads {needed.window.name:<{width}}  ")
        line.append(window_in_words(needed, entry.model.config))
        if at := _place(needed, entry.model.config):
            line.append(f"  {glued(str(at))}", "dim")
        print_indented(console, line, 2)
    if entry.waiting:
        print_indented(console, Text(waiting_in_words(entry.waiting)), 2)
    paths = [part.path for part in entry.statements]
    if paths:
        more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
        console.print(Text(f"  → {paths[0]}{more}", "dim"))


def window_in_words(needed: CompiledInput, config: ModelConfig) -> str:
    """Which slice of an input decides a partition."""
    by = config.partition_by
    claimed = ", as `ref()` says" if needed.window.claimed else ""
    same = [f"the same {link.reader}" for link in needed.window.links]
    line = by.line if by else None
    if not needed.whole and line is not None:
        return ", ".join([_along(needed, line, claimed), *same])
    if same and line is None:
        return ", ".join(same)
    whole = f"any {line.column}" if same and line else "all"
    return ", ".join([*same, whole + (f": {needed.window.reason}" if needed.window.reason else claimed)])


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

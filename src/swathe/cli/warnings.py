"""What is not wrong, and yet not as it should be: told on stderr, or in a model's `warnings` in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from swathe.cli.console import print_indented
from swathe.cli.words import glued
from swathe.project.analysis import CompiledModel
from swathe.project.compiled import VolatileUse


def show_warnings(console: Console, models: Iterable[CompiledModel]) -> None:
    """A line for each call, also where several models read it through one view, and a hint for each kind of calls."""
    found: dict[str, dict[VolatileUse, None]] = {}
    for model in models:
        for use in model.volatile:
            found.setdefault(use.hint, {})[use] = None
    for hint, uses in found.items():
        for use in uses:
            line = Text.assemble(("warning: ", "bold yellow"), use.message, (f"  {glued(str(use.at))}", "dim"))
            print_indented(console, line, 0)
        print_indented(console, Text.assemble(("hint: ", "bold cyan"), hint), 0)


def warnings_json(model: CompiledModel) -> list[dict[str, Any]]:
    return [
        {
            "message": use.message,
            "path": use.at.path,
            "line": use.at.line,
            "column": use.at.column,
            "hint": use.hint,
        }
        for use in model.volatile
    ]

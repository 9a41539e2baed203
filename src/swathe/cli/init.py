"""`swathe init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from swathe.cli.options import current_folder


def init(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", show_default=False, help="made when it does not exist; else here")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="name of the project; else that of the folder")
    ] = None,
) -> int:
    """Write a small project that runs at once.

    Three models over a CSV file, in a DuckDB warehouse. Overwrites nothing.
    """
    from swathe.api.init import init_project

    here = current_folder()
    made = init_project(here / directory if directory else here, name)
    lines = [f"made the project `{made.name}`", *(f"  {path}" for path in made.written)]
    if made.kept:
        lines.append("left as it was: " + ", ".join(made.kept))
    steps = [f"cd {directory}"] if directory and made.root != here else []
    steps += ["swathe plan       # what would run, and why", "swathe backfill   # run it", "swathe status"]
    sys.stdout.write("\n".join([*lines, "", "next:", *(f"  {step}" for step in steps)]) + "\n")
    return 0

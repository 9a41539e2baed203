"""The commands, by name. One of them can be made ready without the others, which saves their imports."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from swathe import __version__
from swathe.cli.arguments import grouped
from swathe.cli.coercion import PlainCommand, PlainGroup

NAMES = (
    "init", "compile", "plan", "backfill", "status", "preview", "diff", "audit", "lineage", "invalidate", "freeze",
    "thaw", "adopt", "wipe", "compact", "runs",
)  # fmt: skip
"""As `swathe --help` lists them. Each has a module of its name here."""


def command_line(arguments: Sequence[str] = ()) -> Any:
    """typer's command for these arguments: of the command that they begin with, else of all."""
    chosen = arguments[:1] if arguments and arguments[0] in NAMES else NAMES
    app = typer.Typer(
        name="swathe",
        cls=PlainGroup,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
    app.callback()(_root)
    for name in chosen:
        app.command(name=name, cls=PlainCommand)(grouped(_body(name)))
    return typer.main.get_command(app)


def _body(name: str) -> Any:
    module = import_module(f"swathe.cli.{name}")
    # A name that Python has for itself gets an underscore.
    return getattr(module, name, None) or getattr(module, f"{name}_")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"swathe {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keeps partitioned warehouse tables true: finds the partitions that are missing or no longer what a full refresh
    would give, and rebuilds exactly those.
    """

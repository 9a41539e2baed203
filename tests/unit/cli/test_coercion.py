"""Plain values are taken as typer would turn them, and all that is not plain goes to typer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer

from swathe.cli.coercion import PlainCommand, plain_value


class Kind(StrEnum):
    """Two kinds."""

    TEXT = "text"
    JSON = "json"


LINES = [
    [],
    ["one"],
    ["one", "two", "--select", "a", "--select", "b"],
    ["--name", "x", "--folder", "/tmp/a", "--kind", "json", "--count", "3", "--sure"],
    ["--name", "", "--folder", ""],
    ["--count", "0"],
    ["--count", "x"],
    ["--kind", "yaml"],
    ["--kind", "JSON"],
    ["--nothing"],
]


def _app(**options: Any) -> Any:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

    @app.command(**options)
    def main(
        names: list[str] = typer.Argument(None),  # noqa: B008 - as typer has it
        select: list[str] = typer.Option(None),  # noqa: B008 - as above
        name: str = typer.Option(None, envvar="NAME_OF_A_TEST"),
        folder: Path = typer.Option(None),  # noqa: B008 - as above
        kind: Kind = Kind.TEXT,
        count: int = typer.Option(5, min=1),
        sure: bool = False,
    ) -> Any:
        return names, select, name, folder, kind, count, sure

    return typer.main.get_command(app)


def _told(command: Any, line: list[str]) -> Any:
    try:
        return command.main(line, standalone_mode=False)
    except typer.BadParameter.__mro__[1] as error:
        return str(error)


@pytest.mark.parametrize("line", LINES)
def test_a_line_means_what_typer_says(line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_OF_A_TEST", "from outside")
    ours, theirs = _told(_app(cls=PlainCommand), line), _told(_app(), line)
    assert ours == theirs
    assert [type(value) for value in ours] == [type(value) for value in theirs]


@pytest.mark.parametrize(("given", "kind"), [("3", int), ("x", bool), (b"x", str), ("a", list[str]), ("x", Kind)])
def test_what_is_not_plain_is_left_to_typer(given: object, kind: Any) -> None:
    assert plain_value(given, kind) is None

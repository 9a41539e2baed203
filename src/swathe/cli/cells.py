"""Rows of tables as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from swathe.cli.console import plain_table, print_table


def print_cells(console: Console, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table of values: numbers to the right, what is long cut off where the console ends."""
    numbers = [all(row[index] is None or is_number(row[index]) for row in rows) for index in range(len(columns))]
    table = plain_table()
    for name, number in zip(columns, numbers, strict=True):
        table.add_column(Text(name), justify="right" if number else "left", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    print_table(console, table)


def cell(value: object) -> Text:
    """A value without what a terminal would take for a command."""
    if value is None:
        return Text("NULL", "dim")
    return Text("".join(character if character.isprintable() else " " for character in str(value)))


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)

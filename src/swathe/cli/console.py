"""stdout for data, stderr for progress and messages. A reader that went away is no error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 100
"""The most columns that text takes, and what it takes where nobody says how wide the terminal is."""


class QuietConsole(Console):
    """A console whose reader may go away at any time: the rest of the command is still worth doing."""

    def on_broken_pipe(self) -> None:
        discard(self.file)
        self.quiet = True


def data_console(*, wide: bool = False) -> Console:
    """stdout. `wide` for tables that may use the whole terminal, or be as wide as they need without one."""
    return _console(sys.stdout, wide=wide)


def message_console() -> Console:
    """stderr."""
    return _console(sys.stderr, wide=False)


def write_json(value: object) -> None:
    """One JSON object on stdout."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, indent=2, ensure_ascii=not unicode, allow_nan=False)
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)


def discard(stream: Any) -> None:
    """Send what is still written to a stream nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def can_ask() -> bool:
    """Whether there is somebody to answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """A question on stderr whose answer is yes unless it is no. The end of input is no."""
    sys.stderr.write(f"{question} [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")
    return answer.strip().lower() in {"", "y", "yes"} and answer != ""


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without lines; the columns named in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def print_table(console: Console, table: Table) -> None:
    """Without the blanks that fill a table's last column."""
    for segments in console.render_lines(table, pad=False):
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        console.print(line, soft_wrap=True)


def _console(stream: TextIO, *, wide: bool) -> Console:
    console = QuietConsole(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if console.is_terminal:
        if not wide:
            console.width = min(console.width, WIDTH)
    else:
        console.width = 100_000 if wide else WIDTH
    return console

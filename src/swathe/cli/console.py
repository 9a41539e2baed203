"""stdout for data, stderr for progress and messages. A reader that went away is no error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, Literal, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from swathe.cli.words import unglued

WIDTH = 100
"""The most columns that text takes, and what it takes where nobody says how wide the terminal is."""


_ENDLESS = 100_000
_ROOM = 24
"""What is worth a column of its own, if it has so much to say."""


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


def plain_table(*columns: str, right: Container[str] = (), whole: Container[str] = ()) -> Table:
    """A table without lines; the columns named in `right` hold numbers, those in `whole` are not broken over lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column in whole)
    return table


def print_rows(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    *,
    long: str,
    right: Container[str] = (),
) -> None:
    """A table of which the column `long` takes the room that there is, at the least a whole key. Where there is not
    even so much, what it holds is told below each row; where it holds nothing, it is left out.
    """
    index = columns.index(long)
    rest = [column for column in columns if column != long]
    full = plain_table(*columns, right=right, whole=rest)
    short = plain_table(*rest, right=right, whole=rest)
    for row in rows:
        full.add_row(*row)
        short.add_row(*(cell for at, cell in enumerate(row) if at != index))
    texts = [Text(str(row[index])) for row in rows]
    word = max((cell_len(word) for text in texts for word in text.plain.split()), default=0)
    least = max(word, min(_ROOM, max((text.cell_len for text in texts), default=0)))
    width = console.measure(short, options=console.options.update(width=_ENDLESS)).maximum
    if least and width + least + 2 <= console.width:
        print_table(console, full)
        return
    # Rather wider than the terminal than with a key cut off.
    head, *lines = table_lines(console, short, max(width, console.width))
    console.print(head, soft_wrap=True)
    for line, text in zip(lines, texts, strict=False):
        console.print(line, soft_wrap=True)
        if text:
            text.stylize("dim")
            print_indented(console, text, 2)


def print_table(console: Console, table: Table) -> None:
    """Without the blanks that fill a table's last column."""
    for line in table_lines(console, table):
        console.print(line, soft_wrap=True)


def table_lines(console: Console, table: Table, width: int | None = None) -> Iterator[Text]:
    """A table's lines as they are printed, in the console's width or another one."""
    options = console.options.update(width=width or console.width)
    for segments in console.render_lines(table, options, pad=False):
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        line.plain = unglued(line.plain)
        yield line


def print_indented(console: Console, text: Text, indent: int) -> None:
    """A text with all its lines indented."""
    print_lines(console, indented(console, text, indent))


def indented(console: Console, text: Text, indent: int) -> Iterator[Text]:
    """The lines of the same."""
    room = console.width - indent
    fits = text.cell_len <= room and "\n" not in text.plain
    for line in [text] if fits else text.wrap(console, room):
        line.rstrip()
        line.plain = unglued(line.plain)
        yield Text.assemble(" " * indent if line else "", line)


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Lines as they are, all at once: printing each by itself takes many times as long."""
    if joined := list(lines):
        console.print(Text("\n").join(joined), soft_wrap=True)


def _console(stream: TextIO, *, wide: bool) -> Console:
    console = QuietConsole(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if console.is_terminal:
        if not wide:
            console.width = min(console.width, WIDTH)
    else:
        console.width = _ENDLESS if wide else WIDTH
    return console

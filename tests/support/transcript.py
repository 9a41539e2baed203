"""Markdown pages whose examples are run, so that what a page shows is what swathe says.

Four kinds of fenced blocks mean something, in the order in which they stand:

- `console`: after `$ ` a command (`> ` goes on with it), then what it writes to stdout; to stderr too when it fails.
- `diff` with a `--- path` line: an edit of a file, each run of `-` lines replaced by the `+` lines that follow it.
- `sql` followed by a `text` block: a query of the project's database, and its rows.
- any language with `title="path"`: a file.

Two outputs are the same when they differ in nothing but what differs from run to run; see `Normaliser`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from support.command_line import swathe

DATABASE = "flights.duckdb"
_SHELL = re.compile(r"[|;&<>$*`\n]")
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<info>[^`]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `start` and `end` are the numbers, from 0, of its first line and of its closing fence."""

    info: str
    lines: tuple[str, ...]
    start: int
    end: int

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def title(self) -> str | None:
        found = re.search(r'title="([^"]+)"', self.info)
        return found[1] if found else None


@dataclass(frozen=True)
class Exchange:
    """Something that was run. What the page shows of it are the lines from `start` to `end`, exclusive."""

    asked: str
    start: int
    end: int
    shown: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def any_order(self) -> bool:
        """Rows of a preview come in no order."""
        return self.asked.startswith("swathe preview")


@dataclass
class Normaliser:
    """Takes out of a text what differs from run to run: ids and times of runs, durations, fingerprints and data
    versions (which change with the versions of sqlglot and DuckDB), and blanks, since columns are as wide as their
    content. Fingerprints become numbers in the order in which they first come up, so that which is which still counts.
    """

    seen: dict[str, int] = field(default_factory=dict)

    def lines(self, lines: Sequence[str]) -> list[str]:
        found = []
        in_seconds = False
        for line in lines:
            in_seconds = bool(line.strip()) and (in_seconds or line.rstrip().endswith("seconds"))
            found.append(self._line(line, in_seconds=in_seconds))
        while found and not found[-1]:
            found.pop()
        return found

    def _line(self, line: str, *, in_seconds: bool) -> str:
        line = re.sub(r"\b20\d{6}T\d{6}-[0-9a-f]{8}\b", "RUN", line)
        line = re.sub(r"\b20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "TIME", line)
        line = re.sub(r"\b\d+ min( \d+ s\b)?|<?\b\d+(\.\d+)? s\b", "DURATION", line)
        line = re.sub(r"\b\d{15,19}\b", "VERSION", line)
        if in_seconds:
            line = re.sub(r" \d+\.\d+$", " DURATION", line.rstrip())
        line = re.sub(r"\b(?:v\d+:)?(?=[0-9a-f]*[0-9])[0-9a-f]{8}(?:[0-9a-f]{8})?\b", self._number, line)
        return " ".join(line.split())

    def _number(self, found: re.Match[str]) -> str:
        name = found[0].rpartition(":")[2][:8]
        return f"LOGIC{self.seen.setdefault(name, len(self.seen) + 1)}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    lines = page.splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.fullmatch(lines[number].rstrip())
        number += 1
        if opening is None:
            continue
        start = number
        while number < len(lines) and lines[number].rstrip() != opening["ticks"]:
            number += 1
        found.append(Block(opening["info"].strip(), tuple(lines[start:number]), start, number))
        number += 1
    return found


def perform(page: str, folder: Path) -> list[Exchange]:
    """Run what a page shows in a folder. Changes the folder."""
    found: list[Exchange] = []
    listed = blocks(page)
    lines = page.splitlines()
    for block, after in zip(listed, [*listed[1:], None], strict=True):
        if block.title is not None:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
        elif block.language == "console":
            found += [_run(command, start, end, lines, folder) for command, start, end in _commands(block)]
        elif block.language == "diff" and block.lines[0].startswith("--- "):
            _edit(block, folder)
        elif (
            block.language == "sql"
            and after is not None
            and after.info == "text"
            and not "".join(lines[block.end + 1 : after.start - 1]).strip()
        ):
            said = query("\n".join(block.lines), folder / DATABASE)
            found.append(Exchange("\n".join(block.lines), after.start, after.end, after.lines, tuple(said)))
    return found


def differences(exchanges: Sequence[Exchange]) -> list[tuple[Exchange, list[str], list[str]]]:
    """The exchanges that went otherwise than shown, each with both sides normalised."""
    shown, said = Normaliser(), Normaliser()
    found = []
    for exchange in exchanges:
        expected, actual = shown.lines(exchange.shown), said.lines(exchange.said)
        if exchange.any_order:
            expected, actual = sorted(expected), sorted(actual)
        if expected != actual:
            found.append((exchange, expected, actual))
    return found


def rewritten(page: str, exchanges: Sequence[Exchange]) -> str:
    """The page with what was said in place of what it shows, where the two differ."""
    lines = page.splitlines()
    changed = [exchange for exchange, _, _ in differences(exchanges)]
    for exchange in reversed(changed):
        lines[exchange.start : exchange.end] = exchange.said
    return "\n".join(lines) + "\n"


def query(sql: str, database: Path) -> list[str]:
    """The rows of a query as a plain table."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        result = connection.execute(sql)
        names = [column[0] for column in result.description or ()]
        rows = result.fetchall()
    numeric = [any(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]
    table = [names, *([_shown(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(names))]
    return [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in table
    ]


def _shown(value: object) -> str:
    return "NULL" if value is None else str(value)


def _commands(block: Block) -> Iterator[tuple[str, int, int]]:
    """Each command with the lines of the page that show its output."""
    number = 0
    while number < len(block.lines):
        if not block.lines[number].startswith("$ "):
            raise ValueError(f"line {block.start + number + 1} shows an output of no command")
        command = block.lines[number][2:]
        number += 1
        while number < len(block.lines) and block.lines[number].startswith("> "):
            command += "\n" + block.lines[number][2:]
            number += 1
        start = number
        while number < len(block.lines) and not block.lines[number].startswith("$ "):
            number += 1
        yield command, block.start + start, block.start + number


def _run(command: str, start: int, end: int, page: Sequence[str], folder: Path) -> Exchange:
    if command.startswith("swathe ") and not _SHELL.search(command):
        told = swathe(folder, *shlex.split(command)[1:])
        code, stdout, stderr = told.code, told.stdout, told.stderr
    else:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        code, stdout, stderr = done.returncode, done.stdout, done.stderr
    said = stdout + (stderr if code else "")
    return Exchange(command, start, end, tuple(page[start:end]), tuple(said.rstrip("\n").splitlines()))


def _edit(block: Block, folder: Path) -> None:
    path = folder / block.lines[0].removeprefix("--- ")
    text = path.read_text(encoding="utf-8")
    before: list[str] = []
    after: list[str] = []
    for line in (*block.lines[2:], " "):
        if line.startswith("-") and not after:
            before.append(line[1:])
        elif line.startswith("+"):
            after.append(line[1:])
        elif before or after:
            old, new = "\n".join(before), "\n".join(after)
            if text.count(old) != 1:
                raise ValueError(f"`{block.lines[0]}` does not hold these lines once:\n{old}")
            text = text.replace(old, new)
            before, after = ([line[1:]], []) if line.startswith("-") else ([], [])
    path.write_text(text, encoding="utf-8")

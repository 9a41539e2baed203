"""Runs a command line in this process and tells what came of it."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from swathe.cli.main import run


@dataclass(frozen=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str

    @property
    def errors(self) -> list[str]:
        """The lines that begin an error."""
        return [line.removeprefix("error: ") for line in self.stderr.splitlines() if line.startswith("error: ")]

    @property
    def at(self) -> str | None:
        """The place it points at: `path:line:column`."""
        return next((line.strip()[4:] for line in self.stderr.splitlines() if line.startswith("  --> ")), None)

    @property
    def hint(self) -> str | None:
        return next((line[6:] for line in self.stderr.splitlines() if line.startswith("hint: ")), None)


def swathe(folder: Path, *arguments: str) -> Told:
    """One command in a folder."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return Told(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content."""
    files = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}

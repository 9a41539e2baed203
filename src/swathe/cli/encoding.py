"""Streams that can't fail on a character: what an encoding lacks is written with its nearest in ASCII."""

from __future__ import annotations

import codecs
import os
import sys
from io import FileIO, TextIOWrapper

PLAIN = {
    "█": "#", "▒": "%", "░": "~", "▪": "=", "·": ".", "…": "...", "→": "->", "•": "*", "━": "-", "╸": "-", "╺": "-",
    "\N{MULTIPLICATION SIGN}": "x",
}  # fmt: skip
_HANDLER = "swathe-plain"


def plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler for codecs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    return "".join(PLAIN.get(character) or _escaped(character) for character in piece), error.end


def prepare_streams() -> None:
    """Make stdout and stderr take any text, and be there even when they were closed. Changes the whole process."""
    codecs.register_error(_HANDLER, plain)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, TextIOWrapper(FileIO(os.devnull, "w"), encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")

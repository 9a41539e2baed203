"""Errors as people read them: what, where with the line itself, how to fix it."""

from __future__ import annotations

import traceback
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from swathe.errors import Location, SwatheError

_MOST_BYTES = 4_000_000
_MOST_COLUMNS = 92
_CONFIDENTIAL = ("profiles.yml",)
"""Files whose lines may hold secrets."""


def format_error(error: SwatheError, root: Path | None, *, color: bool) -> str:
    """Message, location, the line it points at when the file is there, and hint; ends in a line break."""
    first, *rest = _clean(error.message).splitlines() or [""]
    lines = [f"{_styled('error:', '1;31', color)} {first}", *(f"  {line}" for line in rest)]
    if error.at is not None:
        lines.append(f"  {_styled('-->', '1;34', color)} {_clean(str(error.at))}")
        lines += source_line(error.at, root, color=color)
    if error.hint:
        lines += _hint(error.hint, color=color)
    return "\n".join(lines) + "\n"


def format_usage(message: str, command: str, *, color: bool) -> str:
    """A command line that can't be parsed."""
    text = message[:1].lower() + message[1:].removesuffix(".")
    lines = [f"{_styled('error:', '1;31', color)} {_clean(text)}"]
    return "\n".join([*lines, *_hint(f"`{command} --help` shows how it is used", color=color)]) + "\n"


def format_bug(error: BaseException, *, debug: bool, color: bool) -> str:
    """An exception that nobody foresaw; its trace with `debug`."""
    trace = _clean("".join(traceback.format_exception(error))) + "\n" if debug else ""
    first = (str(error).strip().splitlines() or [""])[0]
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    hint = (
        "please report it with the trace above" if debug else "run it again with --debug for the trace, and report it"
    )
    lines = [f"{_styled('error:', '1;31', color)} this is a bug in swathe: {_clean(what)}", *_hint(hint, color=color)]
    return trace + "\n".join(lines) + "\n"


def source_line(at: Location, root: Path | None, *, color: bool) -> list[str]:
    """The line a location names with a caret under its column; nothing when there is no such line to show."""
    path = Path(at.path)
    if at.line is None or path.name in _CONFIDENTIAL or (root is None and not path.is_absolute()):
        return []
    text = _line(path if root is None else root / path, at.line)
    if text is None or not text.strip():
        return []
    shown, caret = _window(text, at.column)
    number = f"{at.line:4}"
    bar = _styled("|", "1;34", color)
    lines = [f"{_styled(number, '1;34', color)} {bar} {shown}".rstrip()]
    if caret is not None:
        lines.append(f"{' ' * len(number)} {bar} {' ' * caret}{_styled('^', '1;31', color)}")
    return lines


def redacted(text: str, environment: Mapping[str, str], secrets: Iterable[str] = ()) -> str:
    """Without the values of secret environment variables, and without other secrets."""
    from swathe.project.secrets import SECRET_PREFIXES, redact

    return redact(text, [*secrets, *(value for name, value in environment.items() if name.startswith(SECRET_PREFIXES))])


def _line(path: Path, number: int) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        lines = path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError:
        return None
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else None


def _window(text: str, column: int | None) -> tuple[str, int | None]:
    """The part of a line that fits, and how many columns of the terminal lie before the caret."""
    before = _clean(text[: (column or 1) - 1].expandtabs(4))
    whole = _clean(text.expandtabs(4))
    caret = _columns(before)
    if column is None or column > len(text) + 1:
        return _cut(whole, _MOST_COLUMNS), None
    if caret < _MOST_COLUMNS - 10:
        return _cut(whole, _MOST_COLUMNS), caret
    start = max(0, len(before) - _MOST_COLUMNS // 2)
    return "…" + _cut(whole[start:], _MOST_COLUMNS), _columns(before[start:]) + 1


def _cut(text: str, columns: int) -> str:
    return text if len(text) <= columns else text[: columns - 1] + "…"


def _columns(text: str) -> int:
    """How wide a terminal shows a text."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _hint(text: str, *, color: bool) -> list[str]:
    first, *rest = _clean(text).splitlines() or [""]
    return [f"{_styled('hint:', '1;36', color)} {first}", *(f"      {line}" for line in rest)]


def _clean(text: str) -> str:
    """Without characters that a terminal would obey."""
    return "".join(
        character if character.isprintable() or character == "\n" else " " if character == "\t" else "?"
        for character in text.strip("\n").replace("\r\n", "\n")
    )


def _styled(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text

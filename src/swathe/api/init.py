"""`init`: a small project that runs at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from swathe.errors import Location, ProjectError
from swathe.frozen import frozen

_STARTER = "starter"
_NAME = "starter_project"
"""Stands for the project's name in the files of the starter."""

_KEPT = {"pyproject.toml", ".gitignore"}
"""Files that may be there already, and are then left alone."""

_RENAMED = {"gitignore": ".gitignore"}
"""A `.gitignore` in this package would hide files from its own repository."""


@frozen
class NewProject:
    """What was made. Paths are relative to `root`, with forward slashes; `kept` were there before."""

    root: Path
    name: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


def init_project(directory: Path, name: str | None = None) -> NewProject:
    """Write the starter project. Makes the folder; overwrites nothing.

    Raises ProjectError when the folder holds a project already or can't be written to.
    """
    root = directory.resolve()
    chosen = _checked(name) if name is not None else _plain(root.name)
    if root.exists() and not root.is_dir():
        raise ProjectError(f"`{root}` is a file, not a folder", hint="name another folder")
    _refuse_project(root)
    texts = {_RENAMED.get(path, path): text.replace(_NAME, chosen) for path, text in _starter()}
    kept = tuple(path for path in texts if path in _KEPT and (root / path).exists())
    for path in texts:
        if path not in kept and (root / path).exists():
            raise ProjectError(f"`{path}` is there already", at=Location(str(root / path)), hint="name an empty folder")
    written = tuple(path for path in texts if path not in kept)
    for path in written:
        _write(root / path, texts[path])
    return NewProject(root, chosen, written, kept)


def _refuse_project(root: Path) -> None:
    for entry in ("models", "profiles.yml"):
        if (root / entry).exists():
            raise ProjectError(
                f"there is a project here already: `{root}` has `{entry}`",
                hint="name an empty folder: `swathe init DIR`",
            )


def _starter() -> list[tuple[str, str]]:
    """Path and text of each file, in the order in which a reader wants them."""
    first = ("pyproject.toml", "profiles.yml", "gitignore")
    folders = ("models/", "macros/", "data/")
    found = dict(_walk(files("swathe.api") / _STARTER, ""))
    inner = [path for folder in folders for path in sorted(found) if path.startswith(folder)]
    return [(path, found[path]) for path in (*first, *inner)]


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")


def _checked(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
        raise ProjectError(f"`{name}` can't be a project's name", hint="use letters, digits, `_` and `-`")
    return name


def _plain(name: str) -> str:
    """A folder's name as a project's.

    >>> _plain("my flights (2013)"), _plain("2013")
    ('my_flights_2013', 'project_2013')
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")
    return plain if re.match(r"[A-Za-z]", plain) else f"project_{plain}".rstrip("_")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ProjectError(
            f"can't write `{path}`: {error.strerror or error}", hint="check who may write to the folder"
        ) from None

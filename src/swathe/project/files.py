"""The only reader of `models/`, `macros/` and `audits/`."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from swathe.errors import Location, ModelError, ProjectError
from swathe.frozen import frozen
from swathe.model.audit_checks import ARGUMENTS
from swathe.model.definition import ModelName

MODELS = "models"
MACROS = "macros"
AUDITS = "audits"


@frozen
class ProjectFile:
    """A text file. `path` is relative to the project, with forward slashes; lines of `text` end in `\\n`."""

    path: str
    text: str


@frozen
class ProjectFiles:
    """What a project says, in the order of the paths. `models` and `audits` are keyed by name."""

    models: dict[ModelName, ProjectFile]
    macros: tuple[ProjectFile, ...]
    yaml: tuple[ProjectFile, ...]
    audits: dict[str, ProjectFile]


def read_project_files(root: Path) -> ProjectFiles:
    """Read every model, macro, audit and YAML file; hidden files and folders are skipped.

    Raises ProjectError when there is no model or a file can't be read, ModelError for a name that can't be
    used or is used twice.
    """
    if not (root / MODELS).is_dir():
        raise ProjectError(f"there is no folder `{MODELS}`", at=Location(str(root)), hint=_INIT)
    paths = _files(root, MODELS, (".sql",))
    models = {name: _read(root, path) for name, path in _named(paths).items()}
    if not models:
        raise ProjectError("the project has no model", at=Location(MODELS), hint=_INIT)
    macros = tuple(_read(root, path) for path in _files(root, MACROS, (".sql",)))
    yaml = tuple(_read(root, path) for path in _files(root, MODELS, (".yml", ".yaml")))
    return ProjectFiles(models, macros, yaml, _audits(root))


def _audits(root: Path) -> dict[str, ProjectFile]:
    found: dict[str, ProjectFile] = {}
    for path in _files(root, AUDITS, (".sql",)):
        name = PurePosixPath(path).stem
        if name in ARGUMENTS:
            hint = "rename the file"
            raise ModelError(f"the audit `{name}` is one of swathe's own", at=Location(path), hint=hint)
        if name in found:
            message = f"`{found[name].path}` and `{path}` are both the audit `{name}`"
            raise ModelError(message, at=Location(path), hint="rename one: an audit's name is its file's name")
        found[name] = _read(root, path)
    return found


def read_text(path: Path, shown: str) -> str:
    """The text of a UTF-8 file with line ends as `\\n`. `shown` names it in errors. Raises ProjectError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(f"can't read `{shown}`: {error.strerror or error}", at=Location(shown)) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark.
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        before = data[:start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        line_start = before.rfind("\n") + 1
        at = Location(shown, before.count("\n") + 1, len(before) - line_start + 1)
        message = f"`{shown}` is not UTF-8: byte 0x{data[start]:02x} at byte position {start}"
        raise ProjectError(message, at=at, hint="save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


_INIT = "run `swathe init` to make a project, or put a model in `models/`, such as `models/daily.sql`"


def _read(root: Path, path: str) -> ProjectFile:
    return ProjectFile(path, read_text(root / path, path))


def _named(paths: Iterable[str]) -> dict[ModelName, str]:
    """Names to paths. Two names that some file systems or databases take for one are refused everywhere."""
    named: dict[ModelName, str] = {}
    seen: dict[str, str] = {}
    for path in paths:
        name = _model_name(path)
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            message = f"`{seen[folded]}` and `{path}` are both the model `{name}`"
            if PurePosixPath(seen[folded]).stem != name:
                message = f"`{seen[folded]}` and `{path}` differ in name by case only"
            raise ModelError(message, at=Location(path), hint="rename one: a model's name is its file's name")
        seen[folded] = path
        named[name] = path
    return named


def _model_name(path: str) -> ModelName:
    name = PurePosixPath(path).stem
    if not name.isprintable() or not name.strip():
        shown = path.encode("unicode_escape", "backslashreplace").decode("ascii")
        raise ModelError(f"the file name `{shown}` can't be printed", at=Location(shown), hint="rename the file")
    if "." in name:
        hint = f"rename the file to `{name.replace('.', '_')}.sql`"
        raise ModelError(f"the model name `{name}` has a dot in it", at=Location(path), hint=hint)
    return ModelName(name)


def _files(root: Path, folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """Paths of visible files under a folder, sorted. Linked folders are not entered, as they may go round."""
    return sorted(path for path in _walk(root, folder) if PurePosixPath(path).suffix.lower() in suffixes)


def _walk(root: Path, folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        base = Path(parent).relative_to(root)
        yield from ((base / name).as_posix() for name in names if not name.startswith("."))

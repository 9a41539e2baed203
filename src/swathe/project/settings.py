"""Finds the project and reads `[tool.swathe]` of its `pyproject.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from swathe.errors import Location, ProjectError, did_you_mean
from swathe.frozen import frozen
from swathe.model.values import kind, list_names
from swathe.project.files import MODELS, read_text

PYPROJECT = "pyproject.toml"
DEFAULT_STATE_SCHEMA = "swathe_state"
DEFAULT_LEASE_SECONDS = 60
_LEASES = range(2, 86_401)


@frozen
class Settings:
    """`[tool.swathe]`, checked. `root` is the project's folder."""

    root: Path
    name: str
    profile: str | None = None
    state_schema: str = DEFAULT_STATE_SCHEMA
    vars: Mapping[str, Any] = field(default_factory=dict)
    strict_pruning: bool = False
    lease_seconds: int = DEFAULT_LEASE_SECONDS


_TEXTS = ("name", "profile", "state_schema")
_KEYS = (*_TEXTS, "vars", "strict_pruning", "lease_seconds")


def find_root(project_dir: Path | None, cwd: Path) -> Path:
    """The project's folder: `project_dir` itself, else the nearest project from `cwd` upwards.

    A project is a folder with `models/` or with `[tool.swathe]` in its `pyproject.toml`. Raises ProjectError.
    """
    if project_dir is not None:
        root = cwd / project_dir
        if not root.is_dir():
            raise ProjectError(f"there is no folder `{project_dir}`", hint="check `--project-dir`")
        return root.resolve()
    start = cwd.resolve()
    for folder in (start, *start.parents):
        if (folder / MODELS).is_dir() or _has_settings(folder / PYPROJECT):
            return folder
    hint = "run `swathe init` to make one, or name its folder with `--project-dir`"
    raise ProjectError(f"`{start}` is not in a swathe project", hint=hint)


def read_settings(root: Path) -> Settings:
    """The settings of a project; the defaults when it has none. Raises ProjectError."""
    fallback = root.resolve().name or "project"
    if not (root / PYPROJECT).is_file():
        return Settings(root, fallback)
    text = read_text(root / PYPROJECT, PYPROJECT)
    raw = _swathe_table(text)
    for key, value in raw.items():
        _check(key, value, _locate(text, key))
    return Settings(
        root,
        name=raw.get("name", fallback),
        profile=raw.get("profile"),
        state_schema=raw.get("state_schema", DEFAULT_STATE_SCHEMA),
        vars=raw.get("vars", {}),
        strict_pruning=raw.get("strict_pruning", False),
        lease_seconds=raw.get("lease_seconds", DEFAULT_LEASE_SECONDS),
    )


def _has_settings(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    try:
        tool = tomllib.loads(data.decode("utf-8-sig")).get("tool")
    except ValueError:
        # A broken file that means to be ours is reported by `read_settings`; no other is our business.
        return b"[tool.swathe" in data
    return isinstance(tool, dict) and "swathe" in tool


def _swathe_table(text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text) from None
    tool = document.get("tool", {})
    raw = tool.get("swathe", {}) if isinstance(tool, dict) else {}
    if not isinstance(raw, dict):
        message = f"`tool.swathe` must be a table, not {kind(raw)}"
        raise ProjectError(message, at=Location(PYPROJECT), hint="write `[tool.swathe]` on a line of its own")
    return raw


def _syntax_error(problem: str, text: str) -> ProjectError:
    if found := re.search(r" \(at line (\d+), column (\d+)\)$", problem):
        at = Location(PYPROJECT, int(found[1]), int(found[2]))
        problem = problem[: found.start()]
    else:
        lines = text.split("\n")
        at = Location(PYPROJECT, len(lines), len(lines[-1]) + 1)
        problem = problem.removesuffix(" (at end of document)")
    problem = problem[:1].lower() + problem[1:]
    hint = "text stands in quotes, and brackets are closed"
    return ProjectError(f"`{PYPROJECT}` is not valid TOML: {problem}", at=at, hint=hint)


def _check(key: str, value: Any, at: Location) -> None:
    if key not in _KEYS:
        hint = did_you_mean(key, _KEYS, otherwise=f"known settings: {list_names(_KEYS)}")
        raise ProjectError(f"unknown setting `{key}`", at=at, hint=hint)
    if key in _TEXTS:
        if not isinstance(value, str):
            raise ProjectError(f"`{key}` must be text, not {kind(value)}", at=at, hint="put it in quotes")
        if not value.strip() or not value.isprintable():
            hint = "leave it out for the default"
            raise ProjectError(f"`{key}` is empty or can't be printed", at=at, hint=hint)
    if key == "vars" and not isinstance(value, dict):
        hint = "write `[tool.swathe.vars]` with one variable a line"
        raise ProjectError(f"`vars` must be a table, not {kind(value)}", at=at, hint=hint)
    if key == "strict_pruning" and not isinstance(value, bool):
        hint = "write strict_pruning = true"
        raise ProjectError(f"`strict_pruning` must be true or false, not {kind(value)}", at=at, hint=hint)
    if key == "lease_seconds" and (type(value) is not int or value not in _LEASES):
        message = f"`lease_seconds` must be a whole number from {_LEASES.start} to {_LEASES.stop - 1:,}"
        raise ProjectError(message, at=at, hint=f"leave it out for {DEFAULT_LEASE_SECONDS}")


_ANY_TABLE = re.compile(r"\s*\[")
_OUR_TABLE = re.compile(r"""\s*\[+\s*tool\s*\.\s*["']?swathe["']?\s*(?:\.\s*["']?(?P<key>[\w-]+)|\])""")


def _locate(text: str, key: str) -> Location:
    """Where a key of `[tool.swathe]` is written; the file alone when it is written in a way not foreseen."""
    assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _OUR_TABLE.match(line):
            inside = header["key"] is None
            if header["key"] == key:
                return Location(PYPROJECT, number, line.index("[") + 1)
        elif _ANY_TABLE.match(line):
            inside = False
        elif inside and assignment.match(line):
            return Location(PYPROJECT, number, len(line) - len(line.lstrip()) + 1)
    return Location(PYPROJECT)

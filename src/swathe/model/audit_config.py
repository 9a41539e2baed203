"""Reads lists of audits as dbt writes its tests and SQLMesh its audits, from YAML and from `config()`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.frozen import frozen
from swathe.model.audit import Audit, Severity
from swathe.model.audit_checks import ARGUMENTS, SHORTHANDS, Arguments, own_check, read_checks
from swathe.model.values import kind, list_names, read_choice, read_query, read_text

Path = tuple[str | int, ...]
Place = Callable[[Path], Location]
"""Where a part of what was written stands: keys and positions on the way to it."""

_OPTIONS = ("severity", "where", "enabled", "blocking")
_LABELS = ("name", "config", "arguments", "test_name")
_HARMLESS = (
    "description", "tags", "meta", "docs", "alias", "group", "limit", "store_failures", "store_failures_as", "schema",
    "database",
)  # fmt: skip
_THRESHOLDS = ("error_if", "warn_if", "fail_calc")
_OUTER = (*_LABELS, *_OPTIONS, *_HARMLESS, *_THRESHOLDS)
_PREFIX = "dbt_utils."


@frozen
class _Entry:
    """One entry of a list, taken apart: its audit, and each thing said of it with the way to it."""

    kind: str
    path: Path
    arguments: Mapping[str, tuple[Any, Path]]
    options: Mapping[str, tuple[Any, Path]]


def read_audits(raw: Any, place: Place, files: Collection[str], column: str | None = None) -> tuple[Audit, ...]:
    """The audits of a list, in its order. `files` are the names of the project's own; `column` is the one that the list
    is written under. Raises ModelError.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        hint = "begin each audit with `- `, or in `config()` write audits = [{…}]"
        raise ModelError(f"audits must be a list, not {kind(raw)}", at=place(()), hint=hint)
    found: list[Audit] = []
    for number, written in enumerate(raw):
        found += _audits(_take_apart(written, (number,), place), place, files, column)
    return tuple(found)


def numbered(audits: Collection[Audit]) -> tuple[Audit, ...]:
    """The same audits, those with the name of an earlier one told apart by a number."""
    seen: Counter[str] = Counter()
    found = []
    for audit in audits:
        seen[audit.name] += 1
        times = seen[audit.name]
        found.append(audit if times == 1 else replace(audit, name=f"{audit.name} #{times}"))
    return tuple(found)


def _take_apart(entry: Any, path: Path, place: Place) -> _Entry:
    if isinstance(entry, str):
        return _Entry(entry, path, {}, {})
    if not isinstance(entry, Mapping):
        hint = "write its name, as in `- not_null`"
        raise ModelError(f"an audit must be a name or a mapping, not {kind(entry)}", at=place(path), hint=hint)
    outer = {str(key): (value, (*path, str(key))) for key, value in entry.items()}
    if "test_name" in outer:
        name, way = outer["test_name"]
        return _sorted_out(read_text(name, "test_name", place(way)), way, outer, place)
    named = [key for key in outer if key not in _OUTER]
    if len(named) != 1:
        which = f"names {list_names(named)}" if named else "names no check"
        hint = "begin each with `- `, and indent what belongs to it" if named else "write its name, as in `- not_null`"
        raise ModelError(f"an audit {which}", at=place((*path, named[1]) if named else path), hint=hint)
    (name,) = named
    value, way = outer.pop(name)
    if isinstance(value, Mapping):
        outer |= {str(key): (inner, (*way, str(key))) for key, inner in value.items()}
    elif value is not None:
        outer[SHORTHANDS.get(name.removeprefix(_PREFIX), "")] = (value, way)
    return _sorted_out(name, way, outer, place)


def _sorted_out(name: str, path: Path, given: dict[str, tuple[Any, Path]], place: Place) -> _Entry:
    """What dbt nests under `config` and `arguments` may stand beside it, too."""
    arguments: dict[str, tuple[Any, Path]] = {}
    options: dict[str, tuple[Any, Path]] = {}
    for key, (value, way) in given.items():
        if key in ("config", "arguments"):
            if value is not None and not isinstance(value, Mapping):
                hint = "write it as lines of `key: value`"
                raise ModelError(f"`{key}` must be a mapping, not {kind(value)}", at=place(way), hint=hint)
            inner = {str(part): (item, (*way, str(part))) for part, item in (value or {}).items()}
            (options if key == "config" else arguments).update(inner)
        elif key in _OUTER:
            options.setdefault(key, (value, way))
        else:
            arguments[key] = (value, way)
    for key, (_, way) in options.items():
        _check_option(key, place(way))
    return _Entry(name, path, arguments, options)


def _check_option(key: str, at: Location) -> None:
    if key in _THRESHOLDS:
        hint = "remove it: any bad row counts; `where` leaves rows out, `row_count` bounds their number"
        raise ModelError(f"dbt's `{key}` has no meaning in swathe", at=at, hint=hint)
    if key not in _OUTER:
        near = did_you_mean(key, _OPTIONS, otherwise=f"known keys: {list_names(_OPTIONS)}")
        raise ModelError(f"unknown key `{key}` in the `config` of an audit", at=at, hint=near)


def _audits(entry: _Entry, place: Place, files: Collection[str], column: str | None) -> list[Audit]:
    at = place(entry.path)
    name = entry.kind.removeprefix(_PREFIX)
    given = Arguments(name, entry.arguments, place, at, column)
    if name in ARGUMENTS:
        checks = read_checks(given)
    elif entry.kind in files:
        checks = [(entry.kind, own_check(given))]
    else:
        known = (*ARGUMENTS, *files)
        otherwise = f"known audits: {list_names(known)}; one of your own is a file such as `audits/{name}.sql`"
        raise ModelError(
            f"unknown audit `{entry.kind}`", at=at, hint=did_you_mean(entry.kind, known, otherwise=otherwise)
        )
    if not _enabled(entry, place):
        return []
    severity, where, own = _severity(entry, place), _where(entry, place), _own_name(entry, place)
    return [Audit(own or spoken, check, at, severity, where) for spoken, check in checks]


def _severity(entry: _Entry, place: Place) -> Severity:
    if "severity" in entry.options:
        value, way = entry.options["severity"]
        return read_choice(value, "severity", place(way), Severity)
    return Severity.ERROR if _truth(entry, place, "blocking") else Severity.WARN


def _enabled(entry: _Entry, place: Place) -> bool:
    return _truth(entry, place, "enabled")


def _truth(entry: _Entry, place: Place, key: str) -> bool:
    value, way = entry.options.get(key, (True, ()))
    if not isinstance(value, bool):
        hint = f"write `{key}: false`, or leave it out"
        raise ModelError(f"`{key}` must be true or false, not {kind(value)}", at=place(way), hint=hint)
    return value


def _where(entry: _Entry, place: Place) -> str | None:
    value, way = entry.options.get("where", (None, ()))
    return None if value is None else read_query(value, "`where`", place(way))


def _own_name(entry: _Entry, place: Place) -> str | None:
    value, way = entry.options.get("name", (None, ()))
    return None if value is None else read_text(value, "name", place(way))

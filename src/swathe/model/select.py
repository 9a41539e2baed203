"""dbt's selection syntax: which models a command is about.

    name  fct_*  tag:nightly  path:models/marts      a model, a pattern, a tag, a folder or file
    +name  2+name  name+  name+3  +name+             with what it reads, and with what reads it
    @name                                            with all that reads it, and all that those read
    a b                                              union: spaces, or the option repeated
    a,tag:x                                          intersection

A term that matches nothing is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from swathe.errors import SelectionError, did_you_mean
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.model.graph import Graph
from swathe.model.values import list_names


@frozen
class ModelFacts:
    """What a model can be selected by besides its name.

    `path` is relative to the project, with forward slashes.
    """

    path: str
    tags: Sequence[str] = ()


Facts = Mapping[ModelName, ModelFacts]
_TERM = re.compile(r"(?P<at>@)?(?:(?P<up>\d*)\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:\+(?P<down>\d*))?")
_METHODS = ("tag:", "path:")


def select_models(graph: Graph, facts: Facts, select: Sequence[str], exclude: Sequence[str]) -> list[ModelName]:
    """The selected models in the graph's order; all of them when `select` is empty.

    An intersection may be empty. Raises SelectionError for a term that matches nothing, in `exclude` too: a
    misspelt exclusion would run what was to be spared.
    """
    chosen = _union(graph, facts, select) if select else set(graph.order)
    return graph.sort(chosen - _union(graph, facts, exclude))


def _union(graph: Graph, facts: Facts, options: Sequence[str]) -> set[ModelName]:
    found: set[ModelName] = set()
    for option in options:
        terms = option.split()
        if not terms:
            raise SelectionError("a selection is empty", hint="name a model, or leave the option out")
        for term in terms:
            found |= set.intersection(*(_single(graph, facts, part) for part in _parts(term)))
    return found


def _parts(term: str) -> list[str]:
    parts = term.split(",")
    if not all(parts):
        hint = "a comma between two selections, without spaces, is their intersection"
        raise SelectionError(f"`{term}` has nothing on one side of a comma", hint=hint)
    return parts


def _single(graph: Graph, facts: Facts, term: str) -> set[ModelName]:
    match = _TERM.fullmatch(term)
    if match is None or not match["value"]:
        raise SelectionError(f"`{term}` names no model", hint="write `+name`, `name+` or `@name`")
    if match["at"] and (match["up"] is not None or match["down"] is not None):
        raise SelectionError(f"`{term}` has both `@` and `+`", hint="`@name` already goes up and down")
    found = _match(facts, match["method"], match["value"])
    result = set(found)
    for model in found:
        if match["at"]:
            below = {model} | graph.downstream(model)
            result |= below.union(*(graph.upstream(name) for name in below))
        if match["up"] is not None:
            result |= graph.upstream(model, _hops(match["up"]))
        if match["down"] is not None:
            result |= graph.downstream(model, _hops(match["down"]))
    return result


def _hops(digits: str) -> int | None:
    return int(digits) if digits else None


def _match(facts: Facts, method: str | None, value: str) -> set[ModelName]:
    """The models that one term without `+`, `@` matches; never none."""
    if method == "tag":
        return _by_tag(facts, value)
    if method == "path" or (method is None and re.search(r"[/\\]|\.sql$", value)):
        return _by_path(facts, value)
    if method is not None:
        hint = did_you_mean(f"{method}:", _METHODS, otherwise="select by name, `tag:` or `path:`")
        raise SelectionError(f"unknown selection method `{method}:`", hint=hint)
    found = {name for name in facts if fnmatchcase(name, value)}
    if not found:
        raise SelectionError(f"no model matches `{value}`", hint=_name_hint(facts, value))
    return found


def _name_hint(facts: Facts, value: str) -> str | None:
    for fact in facts.values():
        folders = fact.path.split("/")[:-1]
        if value in folders:
            return f"did you mean `path:{'/'.join(folders[: folders.index(value) + 1])}`?"
    return did_you_mean(value, facts, otherwise=f"models: {_some(facts)}" if facts else None)


def _by_tag(facts: Facts, value: str) -> set[ModelName]:
    found = {name for name, fact in facts.items() if any(fnmatchcase(tag, value) for tag in fact.tags)}
    if not found:
        tags = {tag for fact in facts.values() for tag in fact.tags}
        hint = did_you_mean(value, tags, otherwise=f"tags: {_some(tags)}" if tags else "no model has a tag")
        raise SelectionError(f"no model has the tag `{value}`", hint=hint)
    return found


def _by_path(facts: Facts, value: str) -> set[ModelName]:
    pattern = tuple(part for part in value.replace("\\", "/").split("/") if part not in ("", "."))
    found = {name for name, fact in facts.items() if _path_matches(pattern, tuple(fact.path.split("/")))}
    if not found:
        paths: set[str] = set()
        for fact in facts.values():
            parts = fact.path.split("/")
            paths |= {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
        raise SelectionError(f"no model lies in `{value}`", hint=did_you_mean(value, paths))
    return found


def _path_matches(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether the pattern is the path or a folder above it. `*` stays in one name, `**` crosses folders."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_path_matches(pattern[1:], path[skip:]) for skip in range(len(path)))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _path_matches(pattern[1:], path[1:])


def _some(names: Mapping[ModelName, ModelFacts] | set[str], most: int = 10) -> str:
    listed = sorted(names)
    return list_names(listed[:most]) + (", …" if len(listed) > most else "")

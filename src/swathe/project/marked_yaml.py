"""YAML whose values know where they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from swathe.errors import Location, ProjectError, did_you_mean
from swathe.model.values import kind, list_names


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """A YAML value. `value` is the plain value; the keys of mappings are the text that was written.

    `raw` is a scalar's text. `entries` and `keys` (where each key stands) belong to a mapping, `elements` to
    a list. There is no repr, since a profile's nodes hold secrets.
    """

    value: Any
    at: Location
    raw: str = ""
    entries: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, Location] = field(default_factory=dict)
    elements: tuple[Node, ...] = ()


def load_yaml(text: str, path: str, *, confidential: bool = False) -> Node:
    """Parse one YAML document; an empty one is None. `confidential` keeps its text out of errors.

    Raises ProjectError for bad syntax, a key written twice, and tags or values that plain YAML doesn't have.
    """
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        return Node(None, Location(path, 1, 1)) if root is None else _Builder(loader, path).build(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
        problem = "" if confidential or not error.problem else f": {error.problem}"
        hint = "quote values that hold special characters" if confidential else _yaml_hint(error.problem or "")
        raise ProjectError(f"`{path}` is not valid YAML{problem}", at=at, hint=hint) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        at = Location(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        hint = "take it out: YAML takes printable characters only"
        raise ProjectError(f"`{path}` holds a character that YAML forbids", at=at, hint=hint) from None
    except RecursionError:
        hint = "no key of ours needs that"
        raise ProjectError(f"`{path}` is nested too deeply", at=Location(path), hint=hint) from None


def _yaml_hint(problem: str) -> str:
    if "'\\t'" in problem:
        return "indent with spaces: YAML takes no tabs there"
    return "check the indentation, and that brackets and quotes are closed"


def expect_mapping(node: Node, what: str) -> Mapping[str, Node]:
    """The entries of a mapping; none when nothing was written."""
    if node.value is not None and not isinstance(node.value, dict):
        hint = "write it as lines of `key: value`"
        raise ProjectError(f"{what} must be a mapping, not {kind(node.value)}", at=node.at, hint=hint)
    return node.entries


def expect_list(node: Node, what: str) -> tuple[Node, ...]:
    """The elements of a list; none when nothing was written."""
    if node.value is not None and not isinstance(node.value, list):
        hint = "begin each element with `- `"
        raise ProjectError(f"{what} must be a list, not {kind(node.value)}", at=node.at, hint=hint)
    return node.elements


def expect_text(node: Node, what: str) -> str:
    """Text that can stand as a name or a path: not empty, printable, and no template."""
    if not isinstance(node.value, str):
        hint = "put it in quotes" if node.raw else None
        raise ProjectError(f"{what} must be text, not {kind(node.value)}", at=node.at, hint=hint)
    if not node.value.strip():
        raise ProjectError(f"{what} is empty", at=node.at, hint="leave it out, or give it a value")
    if "{{" in node.value or "{%" in node.value:
        hint = "write the value itself; templates are for models and `profiles.yml`"
        raise ProjectError(f"{what} holds a template, which is not supported in YAML yet", at=node.at, hint=hint)
    if not node.value.isprintable():
        hint = "line breaks and control characters are not allowed"
        raise ProjectError(f"{what} holds a character that can't be printed", at=node.at, hint=hint)
    return node.value


def check_keys(node: Node, known: Iterable[str], what: str, harmless: Iterable[str] = ()) -> None:
    """Raise ProjectError for a key that is neither known nor harmless; hints name the known ones."""
    known, harmless = tuple(known), tuple(harmless)
    for key, at in node.keys.items():
        if key not in known and key not in harmless:
            hint = did_you_mean(key, known + harmless, otherwise=f"known keys: {list_names(known)}")
            raise ProjectError(f"unknown key `{key}` in {what}", at=at, hint=hint)


class _Builder:
    """Turns PyYAML's nodes into ours. A node that is named by several aliases is built once."""

    def __init__(self, loader: yaml.SafeLoader, path: str) -> None:
        self._loader = loader
        self._path = path
        self._built: dict[int, Node | None] = {}

    def build(self, node: yaml.Node) -> Node:
        if id(node) in self._built:
            built = self._built[id(node)]
            if built is None:
                hint = "write the value out instead"
                raise ProjectError("an alias stands inside what it names", at=self._at(node), hint=hint)
            return built
        self._built[id(node)] = None
        if isinstance(node, yaml.MappingNode):
            result = self._mapping(node)
        elif isinstance(node, yaml.SequenceNode):
            elements = tuple(self.build(element) for element in node.value)
            result = Node([element.value for element in elements], self._at(node), elements=elements)
        else:
            result = self._scalar(node)
        self._built[id(node)] = result
        return result

    def _scalar(self, node: yaml.Node) -> Node:
        try:
            return Node(self._loader.construct_object(node), self._at(node), raw=node.value)
        except ValueError:
            hint = "put it in quotes if it is meant as text"
            raise ProjectError("this is no valid date or number", at=self._at(node), hint=hint) from None

    def _mapping(self, node: yaml.MappingNode) -> Node:
        own: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                hint = 'a template must be in quotes: "{{ … }}"'
                raise ProjectError("a mapping's key must be plain text", at=self._at(key), hint=hint)
            if key.value in own:
                hint = "keep one of the two"
                raise ProjectError(f"the key `{key.value}` is written twice", at=self._at(key), hint=hint)
            own.add(key.value)
        self._loader.flatten_mapping(node)  # resolves `<<`
        entries = {key.value: self.build(value) for key, value in node.value}
        keys = {key.value: self._at(key) for key, _ in node.value}
        plain = {key: entry.value for key, entry in entries.items()}
        return Node(plain, self._at(node), entries=entries, keys=keys)

    def _at(self, node: yaml.Node) -> Location:
        return Location(self._path, node.start_mark.line + 1, node.start_mark.column + 1)

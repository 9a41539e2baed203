"""One output of a profile with its templates rendered: what the checks of each engine read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from swathe.errors import Location, ProjectError, did_you_mean
from swathe.model.values import kind, list_names, storable
from swathe.project.marked_yaml import Node
from swathe.project.profile_template import ProfileTemplates

COMMON = ("schema", "state_schema", "threads")
"""The keys of every engine's outputs that are not about how to connect."""

_MOST = 2**31 - 1
_DIGITS = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True, repr=False)
class Output:
    """`values` are all keys but `type`, by the names that swathe uses. There is no repr, since some are secret.

    The readers take None and an empty text, which `env_var('NAME', '')` gives, for a key that is not there. What they
    raise is a ProjectError, and never says what a value is.
    """

    node: Node
    values: Mapping[str, Any]
    written: Mapping[str, str]
    """The key as it was written, by the name that swathe uses."""

    def at(self, name: str) -> Location:
        """Where a key stands; where the output stands when it has no such key."""
        return self.node.keys[self.written[name]] if name in self.written else self.node.at

    def text(self, name: str) -> str | None:
        value = self._given(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, f"must be text, not {kind(value)}", "put it in quotes")
        if not value.isprintable():
            raise self.wrong(name, "holds a character that can't be printed", "line breaks are not allowed")
        return value

    def secret(self, name: str) -> str | None:
        """Text of any characters that a database reads."""
        value = self.values.get(name)
        if value is not None and not (isinstance(value, str) and storable(value)):
            raise self.wrong(name, "must be text without NUL characters", "put it in quotes")
        return value or None

    def whole_number(self, name: str, *, least: int, most: int = _MOST) -> int | None:
        """A number, or text that is one."""
        value = self._given(name)
        if value is None:
            return None
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            bounds = f"from {least}" if most == _MOST else f"from {least} to {most}"
            raise self.wrong(name, f"must be a whole number {bounds}", "leave it out for the default")
        return value

    def yes_or_no(self, name: str) -> bool | None:
        """A boolean or a number, or text that is one."""
        value = self._given(name)
        if value is None:
            return None
        known = {"true": True, "1": True, "false": False, "0": False}
        if not isinstance(value, bool | int | str) or str(value).strip().lower() not in known:
            raise self.wrong(name, "must be true or false", "leave it out for the default")
        return known[str(value).strip().lower()]

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        value = self.text(name)
        if value is None or value in choices:
            return value
        hint = did_you_mean(value, choices, otherwise=f"it is one of {list_names(choices)}")
        raise self.wrong(name, "has an unknown value", hint)

    def wrong(self, name: str, how: str, hint: str | None) -> ProjectError:
        return ProjectError(f"`{self.written.get(name, name)}` {how}", at=self.at(name), hint=hint)

    def _given(self, name: str) -> Any:
        value = self.values.get(name)
        return None if isinstance(value, str) and not value.strip() else value


def render_output(node: Node, aliases: Mapping[str, str], templates: ProfileTemplates) -> Output:
    """Raises ProjectError for a template that fails, and where two keys say the same."""
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    for key, entry in node.entries.items():
        name = aliases.get(key, key)
        if name in written:
            hint = "keep one of the two"
            raise ProjectError(f"`{key}` says the same as an earlier key", at=node.keys[key], hint=hint)
        if key != "type":
            values[name] = templates.render(entry, key)
            written[name] = key
    return Output(node, values, written)


def check_known(node: Node, known: Iterable[str], refused: Mapping[str, tuple[str, str]], what: str) -> None:
    """Raise ProjectError for a key that is not known, or for a known one that is refused: how, and a hint."""
    for key, at in node.keys.items():
        if key in refused:
            how, hint = refused[key]
            raise ProjectError(f"`{key}` of {what} {how}", at=at, hint=hint)
        if key not in known:
            near = did_you_mean(key, known, otherwise=f"known keys: {list_names(known)}")
            raise ProjectError(f"unknown key `{key}` of {what}", at=at, hint=near)

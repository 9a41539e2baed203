"""Renders the templates in `profiles.yml`. No error says what a value is, as it may be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swathe.errors import ProjectError, did_you_mean
from swathe.project.marked_yaml import Node
from swathe.project.secrets import SECRET_PREFIXES, is_secret_key

_HINT = "use `env_var('NAME', 'default')` and the filters `as_text`, `as_number`, `as_bool`, `as_native`"


class ProfileTemplates:
    """Renders values against one environment. `secrets` grows by each secret variable that was read."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._secrets: set[str] = set()

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(self._secrets)

    def render(self, node: Node, key: str) -> Any:
        """The value of a node with every template in it rendered. Raises ProjectError at the node's place."""
        if node.entries:
            return {inner: self.render(entry, inner) for inner, entry in node.entries.items()}
        if node.elements:
            return [self.render(element, key) for element in node.elements]
        if is_secret_key(key) and node.value is not None and node.raw:
            # A password of digits is text to its user, whatever YAML makes of it.
            return self._text(node.raw, node, key)
        return self._text(node.value, node, key) if isinstance(node.value, str) else node.value

    def _text(self, text: str, node: Node, key: str) -> Any:
        if "{{" not in text and "{%" not in text and "{#" not in text:
            return text
        # Late, since few profiles have templates.
        from swathe.project.profile_jinja import Failed, Refused, evaluate

        try:
            return evaluate(text, self._env_var)
        except Refused as refused:
            raise ProjectError(f"`{key}`: {refused.message}", at=node.at, hint=refused.hint) from None
        except Failed as failed:
            raise ProjectError(f"the template of `{key}` {failed}", at=node.at, hint=_HINT) from None

    def _env_var(self, name: str, default: Any = None) -> Any:
        from swathe.project.profile_jinja import Refused

        value = self._environment.get(name, default)
        if value is None:
            otherwise = f"set it, or write env_var('{name}', 'default')"
            hint = did_you_mean(str(name), self._environment, otherwise=otherwise)
            raise Refused(f"the environment variable `{name}` is not set", hint)
        if str(name).startswith(SECRET_PREFIXES) and value != "":
            self._secrets.add(str(value))
        return value

"""Renders the templates in `profiles.yml`. No error says what a value is, as it may be a secret."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import SandboxedEnvironment

from swathe.errors import ProjectError, did_you_mean
from swathe.project.marked_yaml import Node
from swathe.project.secrets import SECRET_PREFIXES, is_secret_key

_HINT = "use `env_var('NAME', 'default')` and the filters `as_text`, `as_number`, `as_bool`, `as_native`"


class _Refused(Exception):
    """A template can't have its way; says why without any value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class _Jinja(SandboxedEnvironment):
    """Keeps what a lone expression evaluates to, so that `as_number` yields a number."""

    code_generator_class = NativeCodeGenerator


class ProfileTemplates:
    """Renders values against one environment. `secrets` grows by each secret variable that was read."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._secrets: set[str] = set()
        self._jinja = _Jinja(undefined=StrictUndefined)
        self._jinja.globals = {"env_var": self._env_var}
        self._jinja.filters |= {
            "as_text": str,
            "as_number": _as_number,
            "as_bool": _as_bool,
            "as_native": _as_native,
        }

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
        try:
            template = self._jinja.from_string(text)
            parts = list(template.root_render_func(template.new_context()))
        except _Refused as refused:
            raise ProjectError(f"`{key}`: {refused.message}", at=node.at, hint=refused.hint) from None
        except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
            raise ProjectError(f"the template of `{key}` can't be rendered", at=node.at, hint=_HINT) from None
        if any(isinstance(part, Undefined) for part in parts):
            raise ProjectError(f"the template of `{key}` uses an unknown name", at=node.at, hint=_HINT)
        return parts[0] if len(parts) == 1 else "".join(str(part) for part in parts)

    def _env_var(self, name: str, default: Any = None) -> Any:
        value = self._environment.get(name, default)
        if value is None:
            otherwise = f"set it, or write env_var('{name}', 'default')"
            hint = did_you_mean(str(name), self._environment, otherwise=otherwise)
            raise _Refused(f"the environment variable `{name}` is not set", hint)
        if str(name).startswith(SECRET_PREFIXES) and value != "":
            self._secrets.add(str(value))
        return value


def _as_number(value: Any) -> int | float:
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _Refused("the value for `as_number` is not a number") from None


def _as_bool(value: Any) -> bool:
    known = {"true": True, "false": False}
    if str(value).strip().lower() not in known:
        raise _Refused("the value for `as_bool` is neither true nor false")
    return known[str(value).strip().lower()]


def _as_native(value: Any) -> Any:
    try:
        return ast.literal_eval(str(value))
    except (ValueError, SyntaxError):
        raise _Refused("the value for `as_native` is not a literal") from None

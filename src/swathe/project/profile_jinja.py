"""Evaluates one template of `profiles.yml`. No error says what a value is, as it may be a secret."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import SandboxedEnvironment


class Refused(Exception):
    """A template can't have its way; says why without any value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Failed(Exception):
    """What is the matter with a template, to be said after its name."""


class _Jinja(SandboxedEnvironment):
    """Keeps what a lone expression evaluates to, so that `as_number` yields a number."""

    code_generator_class = NativeCodeGenerator


def evaluate(text: str, env_var: Callable[..., Any]) -> Any:
    """The value of a lone expression, else text. Raises Refused, and Failed."""
    jinja = _Jinja(undefined=StrictUndefined)
    jinja.globals = {"env_var": env_var}
    jinja.filters |= {"as_text": str, "as_number": _as_number, "as_bool": _as_bool, "as_native": _as_native}
    try:
        template = jinja.from_string(text)
        parts = list(template.root_render_func(template.new_context()))
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
        raise Failed("can't be rendered") from None
    if any(isinstance(part, Undefined) for part in parts):
        raise Failed("uses an unknown name")
    return parts[0] if len(parts) == 1 else "".join(str(part) for part in parts)


def _as_number(value: Any) -> int | float:
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused("the value for `as_number` is not a number") from None


def _as_bool(value: Any) -> bool:
    known = {"true": True, "false": False}
    if str(value).strip().lower() not in known:
        raise Refused("the value for `as_bool` is neither true nor false")
    return known[str(value).strip().lower()]


def _as_native(value: Any) -> Any:
    try:
        return ast.literal_eval(str(value))
    except (ValueError, SyntaxError):
        raise Refused("the value for `as_native` is not a literal") from None

"""Turns what the command line says into values of Python without pydantic, where it says something plain.

typer has pydantic turn every value, also an option that was not given: to load it takes longer than the rest of the
command line. What is not plain, and so everything that is wrong, is still left to it.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command that takes plain values as they are."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _plainly(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same of several commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _plainly(super().get_params(ctx))


def _plainly(parameters: list[Any]) -> list[Any]:
    """Does nothing where typer is made in another way than the one that is known here."""
    for parameter in parameters:
        known = hasattr(parameter, "get_runtime_param") and hasattr(parameter, "type_descriptor")
        if known and not isinstance(parameter.get_runtime_param, _Plain):
            parameter.get_runtime_param = _Plain(parameter)
    return parameters


class _Plain:
    """In the place of a parameter's coercion."""

    def __init__(self, parameter: Any) -> None:
        self._typers_own = parameter.get_runtime_param
        self._kind = parameter.type_descriptor.annotation

    def __call__(self) -> _Plain:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        taken = plain_value(value, self._kind)
        return self._typers_own().coerce(value, param=param, ctx=ctx) if taken is None else taken


def plain_value(given: Any, kind: Any) -> Any:
    """The value; None if it takes more than this.

    >>> plain_value("2013", str), plain_value(("a", "b"), list[str]), plain_value((), list[str])
    ('2013', ['a', 'b'], [])
    >>> plain_value("3", int), plain_value("2013", list[str]), plain_value(b"2013", str)
    (None, None, None)
    """
    if kind == list[str]:
        texts = isinstance(given, list | tuple) and all(type(each) is str for each in given)
        return list(given) if texts else None
    if not isinstance(kind, type):
        return None
    if type(given) is str:
        if issubclass(kind, Enum):
            return next((each for each in kind if each.value == given), None)
        return kind(given) if kind in (str, Path) else None
    return given if type(given) is kind else None

"""Reads single values of a config: each function returns what was written, checked, or raises ModelError."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from swathe.errors import Location, ModelError, did_you_mean

Choice = TypeVar("Choice", bound=StrEnum)


def read_text(value: Any, key: str, at: Location) -> str:
    """Text that can stand as a name: not empty, nothing invisible in it."""
    if not isinstance(value, str):
        raise ModelError(f"`{key}` must be text, not {kind(value)}", at=at, hint="put it in quotes")
    if not value.strip():
        raise ModelError(f"`{key}` is empty", at=at, hint="leave it out, or give it a value")
    if not value.isprintable():
        hint = "line breaks and control characters are not allowed"
        raise ModelError(f"`{key}` holds a character that can't be printed", at=at, hint=hint)
    return value


def read_int(value: Any, key: str, at: Location, *, least: int, most: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        hint = f"write it without quotes, as in {key} = {max(least, 1)}"
        raise ModelError(f"`{key}` must be a whole number, not {kind(value)}", at=at, hint=hint)
    if value < least:
        hint = "leave it out for the default"
        raise ModelError(f"`{key}` must be at least {least}, not {value}", at=at, hint=hint)
    if most is not None and value > most:
        raise ModelError(f"`{key}` must be at most {most}, not {value}", at=at, hint="leave it out for the default")
    return value


def read_choice(value: Any, key: str, at: Location, choices: type[Choice]) -> Choice:
    text = read_text(value, key, at)
    try:
        return choices(text.lower())
    except ValueError:
        allowed = list_names(choices)
        hint = did_you_mean(text, choices, otherwise=f"it is one of {allowed}")
        raise ModelError(f"`{key}` can't be `{text}`", at=at, hint=hint) from None


def read_query(value: Any, what: str, at: Location) -> str:
    """A query as it was written. Whether it is SQL is not known here."""
    if not isinstance(value, str):
        hint = "write one SELECT of one column, in quotes"
        raise ModelError(f"{what} must be text, not {kind(value)}", at=at, hint=hint)
    if not value.strip():
        raise ModelError(f"{what} is empty", at=at, hint="write one SELECT of one column")
    if not storable(value):
        hint = "take out NUL characters and lone surrogates"
        raise ModelError(f"{what} holds a character that no database reads", at=at, hint=hint)
    return value


def storable(text: str) -> bool:
    """Whether databases take the text: it has no NUL, and can be written as UTF-8."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def too_long(number: int) -> bool:
    """Whether a number has more than 38 digits, which is what the widest columns of whole numbers hold."""
    return abs(number) >= 10**38


def read_tags(value: Any, key: str, at: Location) -> tuple[str, ...]:
    """One tag or a list of them, each once, in the order written."""
    tags = [value] if isinstance(value, str) else value
    if not isinstance(tags, list | tuple):
        hint = f'write {key} = "nightly" or {key} = ["nightly", "finance"]'
        raise ModelError(f"`{key}` must be text or a list of texts, not {kind(value)}", at=at, hint=hint)
    return tuple(dict.fromkeys(read_text(tag, key, at) for tag in tags))


def list_names(names: Iterable[str]) -> str:
    """
    >>> list_names(["a", "b"])
    '`a`, `b`'
    """
    return ", ".join(f"`{name}`" for name in names)


def kind(value: Any) -> str:
    """What a value is, in the words of someone who writes YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    names: list[tuple[type | tuple[type, ...], str]] = [
        (int, "a number"),
        (float, "a decimal number"),
        (str, "text"),
        (dict, "a mapping"),
        ((list, tuple), "a list"),
    ]
    return next((name for types, name in names if isinstance(value, types)), f"a {type(value).__name__}")

"""Which values of a profile are secret, and how a text is freed of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

SECRET_PREFIXES = ("SWATHE_ENV_SECRET_", "DBT_ENV_SECRET_")
MASK = "***"

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|^pwd$|token|secret|private_key|api_?key|access_key|credential|keyfile_json",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^/\s:@]*:([^\s]*)@")
_IN_DSN = re.compile(r"(?:password|pwd)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s;&]+))", re.IGNORECASE)


def is_secret_key(key: str) -> bool:
    """Whether an option by this name holds a secret.

    >>> is_secret_key("password"), is_secret_key("s3_secret_access_key"), is_secret_key("passfile")
    (True, True, False)
    """
    return _SECRET_KEY.search(key) is not None


def environment_secrets(environment: Mapping[str, str]) -> frozenset[str]:
    """The values of the variables that are secret by their name."""
    return frozenset(value for name, value in environment.items() if value and name.upper().startswith(SECRET_PREFIXES))


def find_secrets(options: Mapping[str, Any]) -> frozenset[str]:
    """The secret values: those of secret keys, however deep, and passwords in URLs and connection strings."""
    return frozenset(secret for secret in _find(options, secret=False) if secret)


def mask(options: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """A copy with every secret replaced."""
    return {key: MASK if is_secret_key(key) else _masked(value, secrets) for key, value in options.items()}


def redact(text: str, secrets: Iterable[str]) -> str:
    """A copy with every secret replaced, also where it was quoted; the longest first, as one may be part of another."""
    spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return text


def _spellings(secret: str) -> tuple[str, ...]:
    """As it is, in a URL, in Python and JSON, in a literal of SQL, and in a connection string of libpq."""
    return (
        secret,
        quote(secret, safe="", errors="surrogateescape"),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        secret.replace("'", "''"),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
    )


def _find(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _find(inner, secret=secret or is_secret_key(str(key)))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _find(inner, secret=secret)
    elif value is not None and secret and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, str):
        for found in (*_IN_URL.finditer(value), *_IN_DSN.finditer(value)):
            written = next(group for group in found.groups() if group is not None)
            yield from (written, unquote(written))


def _masked(value: Any, secrets: Iterable[str]) -> Any:
    if isinstance(value, Mapping):
        return mask(value, secrets)
    if isinstance(value, list | tuple):
        return [_masked(inner, secrets) for inner in value]
    return redact(value, secrets) if isinstance(value, str) else value

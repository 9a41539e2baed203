"""The error tree. Only `cli` formats errors and exits.

    SwatheError
    ├── ProjectError      settings, profiles, YAML, files: the user must fix something
    ├── ModelError        a model's template, config or SQL: the user must fix something
    ├── SelectionError    a name, key or option on the command line
    ├── PlanError         a plan that must not be run as it stands
    ├── EngineError       the database refused a statement or a connection
    │   ├── StatementError    refused whatever the data: unknown column, syntax, types that don't fit
    │   ├── AuditError        rows that an audit found bad, before they became visible
    │   ├── TransientError    may succeed when tried again (lock, connection, serialisation)
    │   └── ResourceError     no room on a disk: no smaller batch and no other try would mend it
    └── StateError        the metadata schema is newer, damaged or claimed by another

A message says what is wrong in one sentence without a full stop; `at` says where; `hint` says what to do.
Secrets never go into any of the three.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from swathe.frozen import frozen


@frozen
class Location:
    """A place in a file the user wrote. `line` and `column` count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.path]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class SwatheError(Exception):
    """What is wrong, where, and what to do about it."""

    def __init__(self, message: str, *, at: Location | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint


class ProjectError(SwatheError):
    """Settings, profiles, YAML or files are not as they must be."""


class ModelError(SwatheError):
    """A model's template, config or SQL is not as it must be."""


class SelectionError(SwatheError):
    """A model name, partition key or option on the command line means nothing."""


class PlanError(SwatheError):
    """The plan must not be run as it stands."""


class EngineError(SwatheError):
    """The database refused a statement or a connection."""


class StatementError(EngineError):
    """The database refused a statement before it looked at any row."""


class AuditError(EngineError):
    """An audit of severity `error` found bad rows. They are the data's fault, so other partitions may be well."""


class TransientError(EngineError):
    """The database refused for a reason that may pass: a lock, a lost connection, a serialisation failure."""


class ResourceError(EngineError):
    """The database has no room left on a disk."""


class StateError(SwatheError):
    """The metadata schema is newer than this swathe, damaged, or claimed by another process."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, when one is near enough to be what was meant.

    >>> nearest("flihgts", ["flights", "weather"])
    'flights'
    >>> nearest("x", ["flights", "weather"]) is None
    True
    """
    candidates = list(known)
    folded = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str | None = None) -> str | None:
    """A hint that names the nearest known name, else `otherwise`."""
    match = nearest(name, known)
    return f"did you mean `{match}`?" if match else otherwise

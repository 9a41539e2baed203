"""Which canonical form is in force. Importing it does not import what makes canonical texts."""

from __future__ import annotations

from sqlglot._version import __version__ as sqlglot_version

CANONICAL_VERSION: int = 2


def canonical_form() -> str:
    """Names the canonical form in force: texts made under another name must not be compared with ours."""
    return f"{CANONICAL_VERSION}/sqlglot-{sqlglot_version}"

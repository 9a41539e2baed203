"""Which canonical form is in force. Importing it does not import what makes canonical texts, nor sqlglot."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

CANONICAL_VERSION: int = 2


@cache
def canonical_form() -> str:
    """Names the canonical form in force: texts made under another name must not be compared with ours."""
    return f"{CANONICAL_VERSION}/sqlglot-{version('sqlglot')}"

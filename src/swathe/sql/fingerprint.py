"""The identity of a model's logic."""

from __future__ import annotations

import hashlib
from typing import NewType

from swathe.sql.canonical_version import CANONICAL_VERSION, canonical_form

Fingerprint = NewType("Fingerprint", str)
"""`v<canonical version>:` and sixteen hexadecimal digits."""


def fingerprint(canonical: str) -> Fingerprint:
    """The fingerprint of a canonical text. Compare only with one of the same `canonical_form()`."""
    return Fingerprint(f"v{CANONICAL_VERSION}:{hashlib.sha256(canonical.encode()).hexdigest()[:16]}")


__all__ = ["CANONICAL_VERSION", "Fingerprint", "canonical_form", "fingerprint"]

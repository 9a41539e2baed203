"""How a set of columns is stored: a JSON list of their names in lower case and in order; NULL for whole rows."""

from __future__ import annotations

import json
from functools import lru_cache

from swathe.plan.versions import ColumnSet


@lru_cache(maxsize=4096)
def columns_to_text(columns: ColumnSet | None) -> str | None:
    """
    >>> columns_to_text(frozenset({"day", "amount"}))
    '["amount", "day"]'
    """
    return None if columns is None else json.dumps(sorted(columns), ensure_ascii=False)


@lru_cache(maxsize=4096)
def columns_from_text(text: str | None) -> ColumnSet | None:
    """The other way round. The same text gives the same object."""
    return None if text is None else frozenset(json.loads(text))

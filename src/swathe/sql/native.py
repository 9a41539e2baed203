"""A table that the engine itself keeps in parts, its leaves, as an adapter describes it."""

from __future__ import annotations

from enum import StrEnum

from swathe.frozen import frozen
from swathe.model.definition import Relation


class Way(StrEnum):
    """How the rows of a native table find their leaf."""

    RANGE = "RANGE"
    LIST = "LIST"
    HASH = "HASH"


@frozen
class Leaf:
    """One part. `words` are the engine's own for what it holds, to stand after its name where it is attached.

    `start` (inclusive) and `end` (exclusive) are texts of values, None without bound; `values` those of a list, None
    for NULL. All of them are of the first column of the key.
    """

    relation: Relation
    words: str
    start: str | None = None
    end: str | None = None
    values: tuple[str | None, ...] = ()
    is_default: bool = False


@frozen
class NativeTable:
    """A table and its leaves. `columns` are those of its key, exactly as they are named; empty for an expression."""

    way: Way
    columns: tuple[str, ...]
    leaves: tuple[Leaf, ...] = ()

    @property
    def default(self) -> Leaf | None:
        """The leaf of all that has none."""
        return next((leaf for leaf in self.leaves if leaf.is_default), None)

"""What pruning found of a scan, apart from how: importing it does not import the analysis."""

from __future__ import annotations

from swathe.frozen import frozen
from swathe.partition.window import Window


@frozen
class Pruned:
    """A scan that may be filtered: only rows with `column` inside `window.apply(partition span)` matter.

    `column` and `column_type` are spelled as in the schema. A NULL is in no window.
    """

    column: str
    column_type: str
    window: Window

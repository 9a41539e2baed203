"""What a render takes and gives, as values: importing them does not import what renders."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.model.definition import InputRef

REF_SCHEMA = "swathe:ref"
SOURCE_SCHEMA = "swathe:source"
THIS_SCHEMA = "swathe:this"


@frozen
class RenderContext:
    """What is the same for all models of a load. `target` must hold no secrets."""

    variables: Mapping[str, Any]
    environment: Mapping[str, str]
    target: Mapping[str, Any]


@frozen
class Span:
    """Rendered text from `offset` on, and the place in the template that printed it.

    Of `verbatim` text each character stands in the template itself.
    """

    offset: int
    line: int
    column: int
    verbatim: bool


@frozen
class RenderedModel:
    """What a template gave.

    `inputs` maps the schema and name of each logical relation that the template made, printed or not, to
    what was asked for; `this` is not among them. `uses_partition` says that it names `partition.*` at all.
    `branches_on_partition` says that the text depends on the partition in other ways than through its
    markers, so the template must be rendered with each partition's values. When it was rendered without
    any, `text` is empty, and `config` and `inputs` hold what came before the first such use.
    """

    path: str
    text: str
    config: Mapping[str, Any]
    config_location: Location
    inputs: Mapping[tuple[str, str], InputRef]
    uses_partition: bool
    branches_on_partition: bool
    spans: tuple[Span, ...]

    def locate(self, offset: int) -> Location:
        """Where the character of `text` at `offset` comes from; for the text of a macro, the macro's call."""
        index = bisect_right(self.spans, offset, key=lambda span: span.offset) - 1
        if index < 0:
            return Location(self.path, 1, 1)
        span = self.spans[index]
        if not span.verbatim:
            return Location(self.path, span.line, span.column)
        before = self.text[span.offset : offset]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else span.column + len(before)
        return Location(self.path, span.line + lines, column)

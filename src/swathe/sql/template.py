"""A query as text with slots, so that the statement for any batch is made by filling in text.

Nothing is rendered, parsed or printed again per partition, and what reaches the engine is the user's own query, letter
for letter, with a filter added at each scan that may have one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from swathe.frozen import frozen
from swathe.model.definition import InputName, InputRef


class PartitionField(StrEnum):
    """What a template may ask of its partition."""

    START = "start"
    END = "end"
    KEY = "key"


@frozen
class Scan:
    """One place where the query reads an input. `alias` is added when the query gives none."""

    id: int
    input: InputRef
    relation: tuple[str, str]
    alias: str | None
    offset: int


@frozen
class ScanSlot:
    """Stands for a scan."""

    scan: Scan


@frozen
class PartitionSlot:
    """Stands for `partition.start`, `.end` or `.key`; `quoted` when the user put it inside a string."""

    field: PartitionField
    quoted: bool


Segment = str | ScanSlot | PartitionSlot


@frozen
class PartitionText:
    """The values of `partition.*` for one batch: as bare SQL literals and as text inside quotes."""

    literals: Mapping[PartitionField, str]
    texts: Mapping[PartitionField, str]


@frozen
class QueryTemplate:
    """Text and slots, in order."""

    segments: tuple[Segment, ...]

    def fill(self, scan_sql: Callable[[Scan], str], partition: PartitionText | None) -> str:
        """The query with `scan_sql` at each scan. `partition` is needed when the query uses `partition.*`."""
        parts: list[str] = []
        for segment in self.segments:
            if isinstance(segment, str):
                parts.append(segment)
            elif isinstance(segment, ScanSlot):
                parts.append(scan_sql(segment.scan))
            elif partition is not None:
                parts.append((partition.texts if segment.quoted else partition.literals)[segment.field])
            else:
                raise ValueError("the query uses partition.* and has been given no partition")
        return "".join(parts)

    @property
    def scans(self) -> tuple[Scan, ...]:
        return tuple(segment.scan for segment in self.segments if isinstance(segment, ScanSlot))

    @property
    def reads(self) -> frozenset[InputName]:
        """The inputs that it scans."""
        return frozenset(scan.input.name for scan in self.scans)

    @property
    def uses_bounds(self) -> bool:
        """Whether the query asks for `partition.start` or `partition.end`."""
        return any(
            isinstance(segment, PartitionSlot) and segment.field is not PartitionField.KEY for segment in self.segments
        )

    @property
    def uses_key(self) -> bool:
        """Whether the query asks for `partition.key`."""
        return any(
            isinstance(segment, PartitionSlot) and segment.field is PartitionField.KEY for segment in self.segments
        )

    @property
    def uses_partition(self) -> bool:
        return any(isinstance(segment, PartitionSlot) for segment in self.segments)

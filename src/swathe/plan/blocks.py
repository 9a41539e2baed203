"""Records summed up in blocks, so that what is as it should be is read at the price of a few rows.

A block is the records of one model whose places along the line differ in their last bits only. Of what it holds there
are digests: of the partitions' own versions, and of the versions that were read. A digest tells sets of pairs (place
along the line, version) apart, pairs with version 0 left out, since a partition without rows counts as none. So where
every partition of a block has read just the partition of an input that lies at its own place, and the digest of what
was read is that of what the input holds there now, nothing of it has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import field
from datetime import datetime

from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import Interval
from swathe.plan.versions import ColumnSet

BLOCK = 512
"""How many places along the line a block has: a power of 2."""


@frozen
class Block:
    """The records of one fingerprint in a block. `start` is the block's first place, `first` and `last` are those that
    there are records of, `count` of them.

    `held` of the partitions hold rows. `timed` of them took `seconds`, more than 0, together. `planned_at` is the
    earliest; `marked` were invalidated, `frozen` are; `stopped` have a `planned_stop`.
    """

    unit: str
    part: str
    start: int
    fingerprint: str
    count: int
    first: int
    last: int
    row_count: int
    held: int
    seconds: float
    timed: int
    planned_at: datetime
    marked: int
    frozen: int
    stopped: int
    digest: int

    @property
    def is_whole(self) -> bool:
        """Whether there is a record at every place from the first to the last."""
        return self.count == self.last - self.first + 1

    @property
    def partitions(self) -> Interval:
        """From the first to the last, along the line."""
        return Interval(self.first, self.last + 1)


@frozen
class ReadBlock:
    """What the records of a block have read of one input, over some columns: `count` of them, of which `alike` have
    read just the partition at their own place.
    """

    part: str
    start: int
    input: InputName
    unit: str
    columns: ColumnSet | None
    count: int
    alike: int
    digest: int


@frozen
class Content:
    """What some partitions of an input hold, over some columns: the digest, and how many have a version."""

    digest: int = 0
    count: int = 0

    def __or__(self, other: Content) -> Content:
        """Of both, where they are about different partitions."""
        return Content(self.digest ^ other.digest, self.count + other.count)


@frozen
class ContentBlock:
    """The versions of a block over some columns."""

    unit: str
    part: str
    start: int
    columns: ColumnSet
    content: Content


@frozen
class Stretch:
    """A run of an input's line, and columns; None is whole rows."""

    input: InputName
    columns: ColumnSet | None
    lines: Interval


@frozen
class Overview:
    """All records, summed up. Slices by their texts, since what the slices are is yet to be known."""

    blocks: Mapping[ModelName, tuple[Block, ...]] = field(default_factory=dict)
    reads: Mapping[ModelName, tuple[ReadBlock, ...]] = field(default_factory=dict)
    contents: Mapping[ModelName, tuple[ContentBlock, ...]] = field(default_factory=dict)

    def without(self, models: Set[ModelName]) -> Overview:
        """As if there were no records of some models, nor what they hold."""
        return Overview(
            {name: blocks for name, blocks in self.blocks.items() if name not in models},
            {name: reads for name, reads in self.reads.items() if name not in models},
            {name: contents for name, contents in self.contents.items() if name not in models},
        )

    def slices(self, bare: int) -> dict[ModelName, dict[str, set[str]]]:
        """The slices that there are records of, by model and unit. Of tables without any, an empty one where there is a
        record at the place `bare`.
        """
        found: dict[ModelName, dict[str, set[str]]] = defaultdict(dict)
        for model, blocks in self.blocks.items():
            for block in blocks:
                if block.part or block.first == bare:
                    found[model].setdefault(block.unit, set()).add(block.part)
        return found

    def columns_read(self, readers: Iterable[ModelName]) -> dict[InputName, set[ColumnSet | None]]:
        """The sets of columns of each input that records of these models are about."""
        found: dict[InputName, set[ColumnSet | None]] = defaultdict(set)
        for reader in readers:
            for block in self.reads.get(reader, ()):
                found[block.input].add(block.columns)
        return found

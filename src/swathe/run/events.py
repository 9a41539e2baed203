"""Facts about a run as they happen, for whoever shows them.

Partitions are a rectangle of the model's scheme as the run has it, which is what names them.
"""

from __future__ import annotations

from typing import Protocol

from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle


@frozen
class RunStarted:
    run_id: str
    partitions: int
    estimated_seconds: float | None


@frozen
class BatchStarted:
    model: ModelName
    scheme: Scheme
    partitions: Rectangle


@frozen
class BatchFinished:
    """`rows_outside` are rows of the query that lie in no partition of the batch; only counted for `partition.*`."""

    model: ModelName
    scheme: Scheme
    partitions: Rectangle
    rows: int
    seconds: float
    rows_outside: int | None = None


@frozen
class BatchSplit:
    """A batch failed and is tried again in two halves."""

    model: ModelName
    scheme: Scheme
    partitions: Rectangle
    error: str


@frozen
class PartitionsFailed:
    model: ModelName
    scheme: Scheme
    partitions: Rectangle
    error: str


@frozen
class PartitionsSkipped:
    """They turned out to be current when their turn came."""

    model: ModelName
    partitions: int


@frozen
class PartitionsKept:
    """Their rows stay under another cut: only records were written."""

    model: ModelName
    partitions: int


@frozen
class PartitionsHeld:
    """Other runs build them: they are waited for, or `left` to those."""

    model: ModelName
    scheme: Scheme
    partitions: IntervalSet
    by: tuple[str, ...]
    left: bool


@frozen
class PartitionsBlocked:
    model: ModelName
    partitions: int
    by: ModelName


@frozen
class Retrying:
    model: ModelName
    error: str
    wait_seconds: float


Event = (
    RunStarted
    | BatchStarted
    | BatchFinished
    | BatchSplit
    | PartitionsFailed
    | PartitionsSkipped
    | PartitionsKept
    | PartitionsHeld
    | PartitionsBlocked
    | Retrying
)


class Listener(Protocol):
    """Called from one thread at a time."""

    def __call__(self, event: Event) -> None: ...

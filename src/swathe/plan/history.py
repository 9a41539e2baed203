"""What is known of the past beside the records: tries, marks, and what sources held when they were last measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from swathe.frozen import frozen
from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.plan.versions import ColumnSet, Versions

WIPE = "wipe"
"""The reason of a try that dropped rows and records."""


@frozen
class Try:
    """One try of one batch, and why it was made. Times are naive UTC; `planned_at` is when its run began, by the clock:
    sources were looked at just before.
    """

    partitions: IntervalSet
    run_id: str
    fingerprint: str
    reason: str
    succeeded: bool
    started_at: datetime
    planned_at: datetime


@dataclass(frozen=True)
class History:
    """The past of one model. `tries` are the newest first, without batches that were halved.

    `first_seen` tells by fingerprint when a logic was first run; `lost` why records that there are do not count.
    """

    tries: tuple[Try, ...] = ()
    invalidated_at: Mapping[int, datetime] = field(default_factory=dict)
    frozen_at: Mapping[int, datetime] = field(default_factory=dict)
    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    lost: str | None = None

    def written(self, ordinal: int) -> list[Try]:
        """The tries that wrote a partition, or dropped it; the newest first."""
        return [entry for entry in self.tries if entry.succeeded and ordinal in entry.partitions]

    def failed(self, ordinal: int) -> list[Try]:
        """The tries of a partition that failed since it was last written, the newest first."""
        found = []
        for entry in self.tries:
            if ordinal in entry.partitions:
                if entry.succeeded:
                    break
                found.append(entry)
        return found


@frozen
class SourceFile:
    """A file of a source. `partitions` have rows in it, or had when it was there; of `changed` it holds something else
    than when the source was last measured. `modified_at` is naive UTC, None when the file is gone.
    """

    path: str
    modified_at: datetime | None
    partitions: IntervalSet
    changed: IntervalSet


@frozen
class SourcePast:
    """A source when it was last measured for a run: `before` is None when that is not known.

    `scheme` has the slices that it held then, too. `files` are as whole rows tell, `sets` as some columns do.
    """

    scheme: Scheme
    before: Versions | None = None
    files: tuple[SourceFile, ...] = ()
    sets: Mapping[ColumnSet, tuple[SourceFile, ...]] = field(default_factory=dict)

    def files_over(self, columns: ColumnSet | None) -> tuple[SourceFile, ...]:
        """The files with what changed in them of some columns."""
        return self.files if columns is None else self.sets.get(columns, self.files)

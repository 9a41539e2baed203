"""The stored facts about partitions, as the planner takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from swathe.frozen import frozen
from swathe.model.definition import InputName
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.reading import Reading
from swathe.plan.versions import ColumnSet, Versions

Built = tuple[str, datetime]
"""What built a partition, and when: a run's id and the record's time."""


@frozen
class InputRecord:
    """What a partition was built from: an input, the part of it that was read, and its version then.

    `unit` is how the input was cut then. The version is over the `columns` that were read; None is whole rows.
    """

    input: InputName
    unit: str
    reading: Reading
    version: int
    columns: ColumnSet | None = None


@frozen
class Beside:
    """What lay beside all partitions of an input, over some columns; None is whole rows."""

    version: int
    columns: ColumnSet | None = None


@frozen
class Record:
    """One built partition. `built_at` is UTC; `seconds` is its share of the batch that wrote it, 0 if it was adopted.

    `planned_at` is the `now` of the run, also UTC; `built_at` when None. `planned_stop` is where a range of numbers
    ended then.
    `invalidated` and `frozen` are the reasons given, empty without one; None where it is not so.
    """

    ordinal: int
    fingerprint: str
    row_count: int
    version: int
    seconds: float
    built_at: datetime
    run_id: str
    invalidated: str | None = None
    planned_at: datetime | None = None
    planned_stop: int | None = None
    frozen: str | None = None
    inputs: tuple[InputRecord, ...] = ()


@frozen
class RecordRun:
    """Adjacent records that were built with one fingerprint, and of just the versions that their inputs have now.

    None is invalidated or frozen, and all had ended when they were built. `timed` of them took `seconds` together, the
    others were adopted. `columns` are those over which each watched input was read.
    """

    partitions: Interval
    fingerprint: str
    row_count: int
    seconds: float
    timed: int
    columns: Mapping[InputName, ColumnSet | None] = field(default_factory=dict)
    invalidated: str | None = None

    def joined(self, later: RecordRun) -> RecordRun | None:
        """One run of this and a later one; None where they are not adjacent or not alike."""
        alike = (self.fingerprint, self.columns, self.invalidated) == (
            later.fingerprint, later.columns, later.invalidated
        )  # fmt: skip
        if not alike or self.partitions.end != later.partitions.start:
            return None
        return replace(
            self,
            partitions=Interval(self.partitions.start, later.partitions.end),
            row_count=self.row_count + later.row_count,
            seconds=self.seconds + later.seconds,
            timed=self.timed + later.timed,
        )


@frozen
class Failure:
    """Partitions whose last try failed."""

    partitions: IntervalSet
    fingerprint: str
    error: str
    failed_at: datetime


@dataclass(frozen=True)
class ModelRecords:
    """All facts about one model's partitions. What need not be looked at one by one is in `runs`, in order; all other
    records are in `records`.

    `other_units` are the units of records cut another way, and `other_frozen` of those records are frozen;
    `other_rows` and `other_seconds` are what they hold and what they took;
    `running` is claimed by a live process. `checked` is what lay beside all partitions of an input when its rows were
    last looked through for strays. `sets` are the versions over sets of columns, of those that are known of every
    partition. `compared` are the versions of all partitions that anything is compared with, where not all are in
    `records`.
    """

    unit: str
    records: Mapping[int, Record] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    other_units: frozenset[str] = frozenset()
    other_frozen: int = 0
    other_rows: int = 0
    other_seconds: float = 0.0
    running: IntervalSet = field(default_factory=IntervalSet)
    checked: Mapping[InputName, Beside] = field(default_factory=dict)
    sets: Mapping[ColumnSet, Versions] = field(default_factory=dict)
    runs: tuple[RecordRun, ...] = ()
    compared: Versions | None = None

    @cached_property
    def built(self) -> IntervalSet:
        return IntervalSet.from_ordinals(self.records) | self.settled

    @cached_property
    def settled(self) -> IntervalSet:
        """The partitions of all runs."""
        return IntervalSet.merge(run.partitions for run in self.runs)

    @property
    def row_count(self) -> int:
        return sum(record.row_count for record in self.records.values()) + sum(run.row_count for run in self.runs)

    @property
    def seconds_each(self) -> float | None:
        """What a partition took, on average; None where none was built."""
        timed = [record.seconds for record in self.records.values() if record.seconds]
        count = len(timed) + sum(run.timed for run in self.runs)
        return (sum(timed) + sum(run.seconds for run in self.runs)) / count if count else None

    def fingerprints(self) -> set[tuple[int, str]]:
        """A partition of each run and each other one, with its fingerprint."""
        found = {(run.partitions.start, run.fingerprint) for run in self.runs}
        return found | {(ordinal, record.fingerprint) for ordinal, record in self.records.items()}

    def columns_read(self, name: InputName) -> set[ColumnSet | None]:
        """Over which columns records are about an input."""
        found = {run.columns[name] for run in self.runs if name in run.columns}
        return found | {
            entry.columns for record in self.records.values() for entry in record.inputs if entry.input == name
        }

    @cached_property
    def frozen(self) -> IntervalSet:
        """Frozen by hand, not by the model's `frozen_before`."""
        return IntervalSet.from_ordinals(o for o, record in self.records.items() if record.frozen is not None)

    @cached_property
    def versions(self) -> Versions:
        """Of the partitions that hold rows: an empty partition says the same as none."""
        if self.compared is not None:
            return self.compared
        whole = Versions.of(
            self.unit,
            ((record.ordinal, record.version) for record in self.records.values() if record.row_count),
        )
        return replace(whole, sets=self.sets)

    def failure(self, ordinal: int) -> Failure | None:
        """The newest failure of a partition."""
        found = [failure for failure in self.failures if ordinal in failure.partitions]
        return max(found, key=lambda failure: failure.failed_at, default=None)


@frozen
class Former:
    """How a model's table was cut when its records were written, and those records."""

    scheme: Scheme
    records: ModelRecords


def by_ordinal(records: Iterable[Record]) -> dict[int, Record]:
    """Records keyed by ordinal, ascending."""
    return {record.ordinal: record for record in sorted(records, key=lambda record: record.ordinal)}

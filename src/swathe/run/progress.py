"""What is left of one model's part of a plan, as interval sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from swathe.frozen import frozen
from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.plan.batching import next_size
from swathe.plan.plan import ModelPlan, Reason
from swathe.plan.record import Built, ModelRecords, Record
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import is_current
from swathe.plan.versions import Versions
from swathe.run.audits import AuditResult
from swathe.run.elsewhere import Elsewhere

_WORTH_SHARING_SECONDS = 2.0
"""Work shorter than this is not cut up for the sake of idle workers."""

_ASKED_FOR = (Reason.REQUESTED, Reason.LOOKBACK)


@frozen
class PartitionFailure:
    """Partitions that stand alone with their error."""

    partitions: Rectangle
    keys: tuple[str, str]
    error: str
    attempts: int


@dataclass(slots=True)
class ModelProgress:
    """Mutable state of one model during a run. Touched by the scheduling thread only.

    `pending` waits, `running` is being written, `unavailable` failed or was blocked in this run. `halves` are what is
    left of batches that failed, tried with exactly these bounds, each with the number of its next try. Among `checked`
    there are no rows without a partition. `asked_for` is to be built though it is current.
    """

    plan: ModelPlan
    pending: IntervalSet
    maybe: IntervalSet
    running: IntervalSet = field(default_factory=IntervalSet)
    unavailable: IntervalSet = field(default_factory=IntervalSet)
    halves: list[tuple[Rectangle, int]] = field(default_factory=list)
    checked: IntervalSet = field(default_factory=IntervalSet)
    asked_for: IntervalSet = field(default_factory=IntervalSet)
    prepared: bool = False
    preparing: bool = False
    batch_size: int | None = None
    batch_seconds: float = 0.0
    succeeded: int = 0
    skipped: int = 0
    blocked: int = 0
    rows: int = 0
    seconds: float = 0.0
    failures: list[PartitionFailure] = field(default_factory=list)
    warnings: list[AuditResult] = field(default_factory=list)
    built: Mapping[int, Built] = field(default_factory=dict)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @classmethod
    def of(cls, plan: ModelPlan, built: Mapping[int, Built]) -> ModelProgress:
        """`built` is what had built the partitions of the plan when it was made."""
        blocked = IntervalSet.merge(entry.partitions for entry in plan.blocked)
        asked_for = IntervalSet.merge(work.partitions for work in plan.work if work.reason in _ASKED_FOR)
        return cls(
            plan,
            plan.partitions,
            plan.maybe,
            unavailable=blocked,
            asked_for=asked_for - plan.maybe,
            blocked=blocked.count,
            built=built,
        )

    def after(self, earlier: ModelProgress) -> ModelProgress:
        """What was done to the model all in all, when more was found to do in it later in a run."""
        return replace(
            self if self.plan.work else earlier,
            succeeded=self.succeeded + earlier.succeeded,
            skipped=self.skipped + earlier.skipped,
            blocked=self.blocked + earlier.blocked,
            rows=self.rows + earlier.rows,
            seconds=self.seconds + earlier.seconds,
            failures=[*earlier.failures, *self.failures],
            warnings=[*earlier.warnings, *self.warnings],
            elsewhere=replace(
                self.elsewhere,
                built=self.elsewhere.built + earlier.elsewhere.built,
                left=self.elsewhere.left | earlier.elsewhere.left,
            ),
        )

    def known(self, ordinal: int) -> Built | None:
        """What has built a partition, as far as this run has judged it."""
        if (seen := self.elsewhere.seen.get(ordinal)) is not None:
            return seen
        return self.built.get(ordinal)

    def may_skip(self, record: Record) -> bool:
        """Whether a partition that is current need not be built: unless it was asked for though it was, and nobody has
        built it since.
        """
        then = self.built.get(record.ordinal)
        return then is None or then[1] != record.built_at or record.ordinal not in self.asked_for

    @property
    def spec(self) -> ModelSpec:
        return self.plan.spec

    @property
    def name(self) -> ModelName:
        return self.plan.spec.name

    @property
    def open(self) -> IntervalSet:
        """Not settled yet."""
        return self.pending | self.running

    @property
    def is_there(self) -> bool:
        """Whether its table or view exists: it was built before, or this run has come so far."""
        return self.prepared or any(run.judgement.fingerprint is not None for run in self.plan.verdicts)

    @property
    def failed(self) -> int:
        return sum(len(failure.partitions) for failure in self.failures)

    def waiting(self, others: Mapping[ModelName, ModelProgress]) -> IntervalSet:
        """Pending partitions whose inputs are still to be settled in this run."""
        if any(others[name].open for name in self.spec.after if name in others):
            return self.pending
        if any(other.open and not other.is_there for other in self._read(others) if other is not self):
            return self.pending
        return self._readers_of(others, lambda other: other.open)

    def cut_off(self, others: Mapping[ModelName, ModelProgress]) -> tuple[IntervalSet, ModelName] | None:
        """Pending partitions that read something which failed or was blocked in this run."""
        for read in self._read(others):
            if self.pending and read is not self and not read.open and not read.is_there:
                return self.pending, read.name
            if hit := self._readers_of({read.name: read}, lambda other: other.unavailable):
                return hit, read.name
        for name in self.spec.after:
            other = others.get(name)
            if other and other.unavailable and other.spec.materialized is Materialized.VIEW and self.pending:
                return self.pending, name
        return None

    def next_batch(self, ready: IntervalSet, workers: int, *, newest_first: bool) -> tuple[Rectangle, int] | None:
        """What to write next among the ready partitions, and the number of the try: a half of what failed, else a new
        batch.
        """
        for half in self.halves:
            if not half[0].partitions() - ready:
                self.halves.remove(half)
                return half
        waiting = IntervalSet.merge(run for part, _ in self.halves for run in part.partitions())
        chunk = self.next_chunk(ready - waiting, workers, newest_first=newest_first)
        return None if chunk is None else (chunk, 1)

    def next_chunk(self, ready: IntervalSet, workers: int, *, newest_first: bool) -> Rectangle | None:
        """The next batch among the ready partitions, at the size that the last one suggests."""
        if not ready or (self.batch_size is None and self.running):  # nothing beside the canary
            return None
        parts = rectangles(ready)
        size = next_size(self.batch_size, self.batch_seconds, self.spec.transaction_limit)
        if workers > 1 and self._seconds_left() > _WORTH_SHARING_SECONDS:
            size = min(size, max(1, -(-self.pending.count // workers)))
        part = max(parts, key=lambda part: part.lines.end) if newest_first else parts[0]
        return part if len(part) <= size else part.corner(size, newest_first=newest_first)

    def _seconds_left(self) -> float:
        """For what is pending, at the pace of the last batch."""
        return self.pending.count * self.batch_seconds / (self.batch_size or 1)

    def _read(self, others: Mapping[ModelName, ModelProgress]) -> list[ModelProgress]:
        """The models of this run that it reads."""
        names = dict.fromkeys(ModelName(needed.name) for needed in self.spec.inputs if needed.is_model)
        return [others[name] for name in names if name in others]

    def _readers_of(
        self, others: Mapping[ModelName, ModelProgress], select: Callable[[ModelProgress], IntervalSet]
    ) -> IntervalSet:
        found = IntervalSet()
        for needed in self.spec.inputs:
            other = others.get(ModelName(needed.name)) if needed.is_model else None
            if other is not None and (changed := select(other)):
                found |= needed.mapping.readers(changed, self.pending)
        return found


def still_current(
    model: ModelProgress,
    unsure: IntervalSet,
    facts: Mapping[ModelName, ModelRecords],
    sources: Mapping[InputName, Versions],
) -> IntervalSet:
    versions = dict(sources) | {InputName(name): records.versions for name, records in facts.items()}
    records = facts[model.name]
    return IntervalSet.from_ordinals(
        ordinal
        for ordinal in unsure.ordinals()
        if is_current(model.spec, records, ordinal, versions) and model.may_skip(records.records[ordinal])
    )

"""What is left of one model's part of a plan, as interval sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from swathe.model.definition import Materialized, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.batching import next_size
from swathe.plan.planner import ModelPlan
from swathe.plan.spec import ModelSpec

_WORTH_SHARING_SECONDS = 2.0
"""Work shorter than this is not cut up for the sake of idle workers."""


@dataclass(frozen=True, slots=True)
class PartitionFailure:
    """Partitions that stand alone with their error."""

    partitions: Interval
    keys: tuple[str, str]
    error: str
    attempts: int


@dataclass(slots=True)
class ModelProgress:
    """Mutable state of one model during a run. Touched by the scheduling thread only.

    `pending` waits, `running` is being written, `unavailable` failed or was blocked in this run. `halves` are what is
    left of batches that failed, tried with exactly these bounds, each with the number of its next try.
    """

    plan: ModelPlan
    pending: IntervalSet
    maybe: IntervalSet
    running: IntervalSet = field(default_factory=IntervalSet)
    unavailable: IntervalSet = field(default_factory=IntervalSet)
    halves: list[tuple[Interval, int]] = field(default_factory=list)
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

    @classmethod
    def of(cls, plan: ModelPlan) -> ModelProgress:
        blocked = IntervalSet.merge(entry.partitions for entry in plan.blocked)
        return cls(plan, plan.partitions, plan.maybe, unavailable=blocked, blocked=blocked.count)

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
    def failed(self) -> int:
        return sum(len(failure.partitions) for failure in self.failures)

    def waiting(self, others: Mapping[ModelName, ModelProgress]) -> IntervalSet:
        """Pending partitions whose inputs are still to be settled in this run."""
        if any(others[name].open for name in self.spec.after if name in others):
            return self.pending
        return self._readers_of(others, lambda other: other.open)

    def cut_off(self, others: Mapping[ModelName, ModelProgress]) -> tuple[IntervalSet, ModelName] | None:
        """Pending partitions that read something which failed or was blocked in this run."""
        for name in dict.fromkeys(ModelName(entry.name) for entry in self.spec.inputs if entry.is_model):
            if name in others and (hit := self._readers_of({name: others[name]}, lambda other: other.unavailable)):
                return hit, name
        for name in self.spec.after:
            other = others.get(name)
            if other and other.unavailable and other.spec.materialized is Materialized.VIEW and self.pending:
                return self.pending, name
        return None

    def next_chunk(self, ready: IntervalSet, workers: int, *, newest_first: bool) -> Interval | None:
        """The next batch among the ready partitions, at the size that the last one suggests."""
        if not ready:
            return None
        run = ready.intervals[-1] if newest_first else ready.intervals[0]
        size = next_size(self.batch_size, self.batch_seconds, self.spec.batch_limit)
        if workers > 1 and self._seconds_left() > _WORTH_SHARING_SECONDS:
            size = min(size, max(1, -(-self.open.count // workers)))
        if len(run) <= size:
            return run
        return Interval(run.end - size, run.end) if newest_first else Interval(run.start, run.start + size)

    def _seconds_left(self) -> float:
        """For what is pending, at the pace of the last batch."""
        return self.pending.count * self.batch_seconds / (self.batch_size or 1)

    def _readers_of(
        self, others: Mapping[ModelName, ModelProgress], select: Callable[[ModelProgress], IntervalSet]
    ) -> IntervalSet:
        hull = self.pending.hull()
        found = IntervalSet()
        if hull is None:
            return found
        for needed in self.spec.inputs:
            other = others.get(ModelName(needed.name)) if needed.is_model else None
            if other is not None and (changed := select(other)):
                found |= needed.mapping.readers(changed, hull)
        return found & self.pending

"""What a plan is, and what is asked of the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import rectangles
from swathe.plan.batching import predicted_statements
from swathe.plan.record import Former
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Verdict, VerdictRun


class Reason(StrEnum):
    """Why partitions are in a plan."""

    MISSING = "missing"
    STALE_LOGIC = "stale-logic"
    STALE_INPUT = "stale-input"
    FAILED = "failed"
    LOOKBACK = "lookback"
    RECUT = "recut"
    REQUESTED = "requested"


class Only(StrEnum):
    """What a request is limited to."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
    ALL = "all"


@frozen
class Request:
    """What is to be brought up to date. `partitions` None is all; `full` rebuilds what is current, too."""

    models: frozenset[ModelName]
    partitions: Mapping[ModelName, IntervalSet] | None = None
    only: Only = Only.ALL
    full: bool = False


@frozen
class Work:
    """Adjacent partitions to build for one reason.

    `maybe`: judged again, and perhaps skipped, when their turn comes. `added` are the columns that the logic adds since
    they were built, where it changes nothing else.
    """

    partitions: Interval
    reason: Reason
    detail: str
    maybe: bool = False
    added: tuple[str, ...] = ()


@frozen
class Blocked:
    """Partitions that can't be built as things stand.

    Something they read is not there and not in the plan; or, where `by` is the model itself, its cut changed.
    """

    partitions: Interval
    by: ModelName
    detail: str


@frozen
class ModelPlan:
    """What one model is and needs. `verdicts` cover all its partitions, whatever was requested.

    `former` is the cut that its records are of, where some of them are to be kept under another one; `readers`
    are all models that read it then.
    """

    spec: ModelSpec
    verdicts: tuple[VerdictRun, ...]
    work: tuple[Work, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    rows_each: float | None = None
    seconds_each: float | None = None
    row_count: int = 0
    former: Former | None = None
    readers: tuple[ModelSpec, ...] = ()

    @property
    def partitions(self) -> IntervalSet:
        """All partitions with work."""
        return IntervalSet.merge(work.partitions for work in self.work)

    @property
    def maybe(self) -> IntervalSet:
        return IntervalSet.merge(work.partitions for work in self.work if work.maybe)

    @property
    def statements(self) -> int:
        built = IntervalSet.merge(work.partitions for work in self.work if work.reason is not Reason.RECUT)
        limit, each = self.spec.transaction_limit, self.spec.batch_limit
        return sum(predicted_statements(len(part), limit, each) for part in rectangles(built))

    def count(self, verdict: Verdict) -> int:
        return sum(len(run.partitions) for run in self.verdicts if run.verdict is verdict)


@frozen
class Plan:
    """Models in the order in which they may run."""

    now: datetime
    models: tuple[ModelPlan, ...] = field(default_factory=tuple)

    @property
    def partitions(self) -> int:
        return sum(model.partitions.count for model in self.models)

    @property
    def statements(self) -> int:
        return sum(model.statements for model in self.models)

    @property
    def blocked(self) -> int:
        return sum(IntervalSet.merge(entry.partitions for entry in model.blocked).count for model in self.models)

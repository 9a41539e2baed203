"""Why a partition is what it is, as a tree: a partition has causes, and a cause may lie in other partitions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.reading import Reading
from swathe.plan.history import SourceFile
from swathe.plan.plan import Reason
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Verdict
from swathe.plan.versions import ColumnSet


class Action(StrEnum):
    """What a plan does to a partition. `judged-again`: it is built only if something that it reads turns out changed.
    `kept`: its rows stay, and only its record is written.
    """

    BUILT = "built"
    JUDGED_AGAIN = "judged-again"
    KEPT = "kept"
    BLOCKED = "blocked"
    NOTHING = "nothing"


@frozen
class Fate:
    """What becomes of a partition in a plan. `by` is the model that blocks it."""

    action: Action
    reason: Reason | None = None
    detail: str = ""
    by: ModelName | None = None


@frozen
class Build:
    """How a partition came to be what it holds. `reason` is why it was in that run's plan, where history tells.

    `seconds` is its share of the batch.
    """

    at: datetime
    run_id: str
    fingerprint: str
    rows: int
    seconds: float
    reason: str | None = None


@frozen
class NewLogic:
    """Two logics of a model. `first_seen_at`: when `after` was first run; None when it never was. `is_kept`: the model
    lets partitions of another logic stay. `added` are the columns that `after` adds, where it changes nothing else.
    """

    model: ModelName
    before: str
    after: str
    first_seen_at: datetime | None = None
    is_kept: bool = False
    added: tuple[str, ...] = ()


@frozen
class Failed:
    """How often a partition failed since it was last written. `tries` is 0 when history does not tell."""

    error: str
    failed_at: datetime
    tries: int = 0
    first_at: datetime | None = None
    run_id: str | None = None


class Absence(StrEnum):
    """Why a partition is missing."""

    NOTHING_BUILT = "nothing-built"
    LOST = "table-gone"
    WIPED = "wiped"
    RECORD_GONE = "record-gone"
    OTHER_CUT = "other-cut"
    NEWLY_DUE = "newly-due"
    NEW_VALUE = "new-value"
    NEVER_BUILT = "never-built"


@frozen
class Absent:
    """`at` and `run_id` tell when it was last written, or wiped, or for what is newly due when the model last was."""

    why: Absence
    detail: str = ""
    at: datetime | None = None
    run_id: str | None = None


class Mark(StrEnum):
    """What people put on records, or a model's config on its partitions."""

    INVALIDATED = "invalidated"
    FROZEN = "frozen"
    FROZEN_BEFORE = "frozen-before"


@frozen
class Marked:
    mark: Mark
    reason: str = ""
    at: datetime | None = None


@frozen
class Unended:
    """It was planned at a time when it had not ended, or the numbers had not come to its end."""

    planned_at: datetime


@frozen
class Otherwise:
    """What a frozen partition would be if it were not frozen."""

    verdict: Verdict
    detail: str


class InputState(StrEnum):
    """How an input is now, to the partition that reads it."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REWRITTEN = "rewritten"
    """Parts of it were written before the partition was last built, and after it was built before that."""
    RECUT = "recut"
    NEW = "new"
    """It was not read, or not watched, when the partition was built."""
    UNWATCHED = "unwatched"
    UNCOMPARED = "uncompared"
    """The partition is not built, so there is nothing to compare with."""
    NOTHING = "nothing"
    """The partition is the first one of a table that reads itself."""


@frozen
class Part:
    """Partitions of a model of which the same is to be said; `explanation` is that of the `first` one.

    `written`: after the partition that reads them was built. `absent`: they do not exist, and the plan builds none of
    them. `explanation` is None where it was `told` before, or is too far off.
    """

    spec: ModelSpec
    partitions: IntervalSet
    first: int
    verdict: Verdict
    written: bool = False
    absent: bool = False
    told: bool = False
    explanation: Explanation | None = None


@frozen
class Input:
    """What a partition reads of one input: the part (`reading`, numbered by `scheme`), its version over the `columns`
    that it reads (None is all) when the partition was built and now.

    Of a model, `parts` changed, or may when the plan is run; `more` are the partitions that are left out. Of a source,
    `changed` are the partitions that differ, None where that can't be told. `files` hold something else of these now
    where that is `exact`; else they have rows of what is read and were modified since. `more_files` are left out.
    """

    name: InputName
    is_model: bool
    scheme: Scheme
    state: InputState
    reading: Reading | None = None
    then: int | None = None
    now: int | None = None
    detail: str = ""
    parts: tuple[Part, ...] = ()
    more: int = 0
    changed: IntervalSet | None = None
    exact: bool = False
    columns: ColumnSet | None = None
    files: tuple[SourceFile, ...] = ()
    more_files: int = 0


@frozen
class Needs:
    """A model that must be there, whatever is in it: a view that is read through, or a table that does not exist."""

    part: Part


Cause = NewLogic | Failed | Absent | Marked | Unended | Otherwise | Needs | Input


@frozen
class Explanation:
    """One partition: its verdict with the reason in words, what a plan does to it, what it was built from, and why."""

    spec: ModelSpec
    ordinal: int
    verdict: Verdict
    detail: str
    fate: Fate
    build: Build | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def key(self) -> str:
        return self.spec.scheme.key(self.ordinal)

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(cause for cause in self.causes if isinstance(cause, Input))

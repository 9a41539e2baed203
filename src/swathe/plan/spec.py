"""What the planner must know of a model: how it is cut, what it reads, and what counts as its logic."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field
from datetime import UTC, datetime

from swathe.model.definition import InputName, Materialized, ModelConfig, ModelName
from swathe.partition.earlier import EarlierMapping
from swathe.partition.interval import IntervalSet
from swathe.partition.mapping import Mapping
from swathe.partition.scheme import Scheme, TimeScheme


@dataclass(frozen=True, slots=True)
class InputSpec:
    """An input that holds data, and which of its partitions each partition reads."""

    name: InputName
    mapping: Mapping | EarlierMapping
    is_model: bool

    @property
    def own(self) -> EarlierMapping | None:
        """The mapping, where the input is the model's own table."""
        return self.mapping if isinstance(self.mapping, EarlierMapping) else None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as the planner sees it.

    `due` are the partitions that should exist at the time of planning. `variants` hold other fingerprints for some
    partitions, where a template branches on its partition. `same_logic` maps fingerprints of an earlier canonical
    form to the one that means the same now. `after` are the models whose table or view must exist before the
    statement can run, whatever is in it. `batch_limit` is the most partitions one statement may write.
    `planned_at` is the time of planning, in UTC: what is built can't have seen anything later.
    """

    name: ModelName
    materialized: Materialized
    scheme: Scheme
    fingerprint: str
    due: IntervalSet
    inputs: tuple[InputSpec, ...] = ()
    after: tuple[ModelName, ...] = ()
    variants: tuple[tuple[IntervalSet, str], ...] = ()
    same_logic: Lookup[str, str] = field(default_factory=dict)
    keep_old_logic: bool = False
    frozen: IntervalSet = field(default_factory=IntervalSet)
    lookback: int = 0
    batch_limit: int | None = None
    planned_at: datetime | None = None

    def fingerprint_at(self, ordinal: int) -> str:
        """The fingerprint of the logic that builds a partition now."""
        return next((other for partitions, other in self.variants if ordinal in partitions), self.fingerprint)

    def has_logic(self, ordinal: int, fingerprint: str) -> bool:
        """Whether a partition built with this fingerprint has the model's logic."""
        return self.same_logic.get(fingerprint, fingerprint) == self.fingerprint_at(ordinal)

    def keys(self, partitions: IntervalSet) -> tuple[tuple[str, str], ...]:
        """First and last key of each run."""
        return tuple((self.scheme.key(run.start), self.scheme.key(run.last)) for run in partitions)


def due_partitions(config: ModelConfig, now: datetime) -> IntervalSet:
    """The partitions between `begin` and `end` that have ended at `now` (an aware instant), and `end_offset` more."""
    scheme = config.scheme
    if not isinstance(scheme, TimeScheme) or config.begin is None:
        return IntervalSet.span(0, 1)
    end = scheme.first_open(now.astimezone(UTC).replace(tzinfo=None)) + config.end_offset
    if config.end is not None:
        end = min(end, scheme.ordinal(config.end))
    return scheme.existing(IntervalSet.span(scheme.first_from(config.begin), end))


def frozen_partitions(config: ModelConfig) -> IntervalSet:
    """The partitions that lie before `frozen_before`."""
    scheme = config.scheme
    if config.frozen_before is None or config.begin is None or not isinstance(scheme, TimeScheme):
        return IntervalSet()
    return scheme.between(config.begin, config.frozen_before)

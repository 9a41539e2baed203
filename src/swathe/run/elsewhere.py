"""What other runs do to a model while this one runs: partitions that they hold, and those that they built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle
from swathe.plan.record import Built, ModelRecords
from swathe.state.claims import WHOLE, Holder

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 1.0
_GROWTH = 1.5


@dataclass(slots=True)
class Elsewhere:
    """Mutable, as `ModelProgress` is. Times are seconds of one monotonic clock.

    `held` is asked for again at `again_at`; `told` are the holders that people have heard of. `seen` are records of
    others that this run has judged by now; `built` counts partitions that turned out current by them, by run. `left`
    are partitions that this run does not wait for.
    """

    held: IntervalSet = field(default_factory=IntervalSet)
    again_at: float = 0.0
    told: set[str] = field(default_factory=set)
    seen: dict[int, Built] = field(default_factory=dict)
    built: Counter[str] = field(default_factory=Counter)
    left: IntervalSet = field(default_factory=IntervalSet)
    _wait: float = _FIRST_WAIT_SECONDS

    def hold(self, partitions: IntervalSet, now: float) -> None:
        """Others hold these."""
        self.held |= partitions
        self.again_at = now + self._wait
        self._wait = min(self._wait * _GROWTH, _LONGEST_WAIT_SECONDS)

    def went_on(self) -> None:
        """Something came of the waiting, so waits are short again."""
        self._wait = _FIRST_WAIT_SECONDS

    def held_at(self, now: float) -> IntervalSet:
        """What is not to be asked for now."""
        if self.held and now >= self.again_at:
            self.held = IntervalSet()
        return self.held

    def judged(
        self,
        partitions: IntervalSet,
        current: IntervalSet,
        now: ModelRecords,
        planned: Mapping[int, Built],
        run_id: str,
    ) -> IntervalSet:
        """Some partitions were judged by their records of now; the plan was made by other ones. Gives those that this
        run itself has built, and did not know it since the answer was lost.
        """
        own = []
        for ordinal in partitions.ordinals():
            record, before = now.records.get(ordinal), planned.get(ordinal)
            if record is None or (before is not None and before[1] == record.built_at):
                continue
            self.seen[ordinal] = (record.run_id, record.built_at)
            if ordinal in current and record.run_id == run_id:
                own.append(ordinal)
            elif ordinal in current:
                self.built[record.run_id] += 1
        return IntervalSet.from_ordinals(own)


def held_partitions(wanted: Rectangle, scheme: Scheme, holders: tuple[Holder, ...]) -> IntervalSet:
    """Which of some partitions the holders hold: all where one holds the whole table, or has it cut in another way."""
    held = IntervalSet()
    for holder in holders:
        theirs = holder.claim.partitions
        if holder.claim.unit != scheme.unit or theirs == WHOLE:
            return wanted.partitions()
        held |= theirs.partitions(scheme)
    # A rectangle may overwrite more than its own partitions, and these may be what is held.
    return held & wanted.partitions() or wanted.partitions()

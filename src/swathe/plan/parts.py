"""The partitions of a model by what is to be said of them: those of which the same is said are told together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace

from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.grid import line_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.causes import Facts, action_of, all_verdicts
from swathe.plan.explanation import Action
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, Verdict, VerdictRun

_NEVER = frozenset({Verdict.MISSING, Verdict.FAILED, Verdict.RUNNING})


@frozen
class Kind:
    """What is said of partitions. `head` is the reason without the part of an input that differs from one to the next;
    `run_id` wrote them since what reads them was built.
    """

    verdict: Verdict
    head: str
    action: Action
    absent: bool
    run_id: str | None = None

    @property
    def is_unsettled(self) -> bool:
        """Whether they are not what they should be, or may turn out so."""
        return self.verdict in DUE or self.verdict is Verdict.RUNNING or self.action is not Action.NOTHING


class Parts:
    """Of the models that a plan is about and of all others. Each model is looked at once, when it is asked for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[ModelName, list[tuple[Interval, Kind]]] = {}

    def unsettled(self, spec: ModelSpec) -> IntervalSet:
        """All partitions that are not what they should be, or may turn out so."""
        return IntervalSet.merge(run for run, kind in self._of(spec) if kind.is_unsettled)

    def within(
        self, spec: ModelSpec, window: IntervalSet | None, written: Mapping[str, IntervalSet], *, only_written: bool
    ) -> list[tuple[Kind, IntervalSet]]:
        """Those of a window that were `written` by these runs, first, and those that are open. Window None is all."""
        found: dict[Kind, list[Interval]] = {}
        for piece, kind in self._of(spec):
            inside = IntervalSet.of(piece)
            if window is not None:
                if not _overlaps(piece, window):
                    continue
                inside &= window
            for run_id, partitions in written.items():
                if hit := inside & partitions:
                    found.setdefault(replace(kind, run_id=run_id), []).extend(hit)
                    inside -= hit
            if inside and kind.is_unsettled and not only_written:
                found.setdefault(kind, []).extend(inside)
        groups = [(kind, IntervalSet.merge(runs)) for kind, runs in found.items()]
        return sorted(groups, key=lambda group: (group[0].run_id is None, line_of(first_of(group[1]))))

    def _of(self, spec: ModelSpec) -> list[tuple[Interval, Kind]]:
        if spec.name not in self._known:
            verdicts = all_verdicts(self._facts, spec)
            self._known[spec.name] = [piece for run in verdicts for piece in self._divided(spec, run)]
        return self._known[spec.name]

    def _divided(self, spec: ModelSpec, run: VerdictRun) -> Iterator[tuple[Interval, Kind]]:
        """A run of partitions by what the plan does to them."""
        head = run.judgement.detail.partition("` changed")[0]
        there = run.verdict not in _NEVER or run.judgement.fingerprint is not None
        rest = IntervalSet.of(run.partitions)
        model = self._facts.planned.get(spec.name)
        work = model.work if model else ()
        start = max(0, bisect_right(work, run.partitions.start, key=lambda entry: entry.partitions.start) - 1)
        for entry in work[start:]:
            if entry.partitions.start >= run.partitions.end:
                break
            hit = rest & IntervalSet.of(entry.partitions)
            yield from ((part, Kind(run.verdict, head, action_of(entry), absent=False)) for part in hit)
            rest -= hit
        yield from ((part, Kind(run.verdict, head, Action.NOTHING, absent=not there)) for part in rest)


def first_of(partitions: IntervalSet) -> int:
    """The first partition along the line, of the first slice that has it."""
    return min((run.start for run in partitions), key=lambda ordinal: (line_of(ordinal), ordinal))


def _overlaps(piece: Interval, window: IntervalSet) -> bool:
    index = bisect_right(window.intervals, piece.start, key=lambda run: run.start) - 1
    return any(run.overlaps(piece) for run in window.intervals[max(0, index) : index + 2])

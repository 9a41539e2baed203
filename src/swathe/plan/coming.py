"""What a plan is about to build, and which current partitions may change by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import IntervalSet
from swathe.plan.plan import Reason, Work
from swathe.plan.record import ModelRecords
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.strays import beside, watchman
from swathe.plan.verdict import Verdict, judge
from swathe.plan.versions import ColumnSet, Versions


@frozen
class Widened:
    """Partitions of which a rebuild only adds `columns` (in lower case): all others come out as they are."""

    partitions: IntervalSet = field(default_factory=IntervalSet)
    columns: ColumnSet = frozenset()


@frozen
class Coming:
    """The partitions of the models upstream that are planned, and those of them that are only widened."""

    planned: Mapping[ModelName, IntervalSet]
    widened: Mapping[ModelName, Widened]

    def changed(self, needed: InputSpec, facts: ModelRecords) -> IntervalSet:
        """The planned partitions of an input that may come out otherwise in what is read of it."""
        name = ModelName(needed.name)
        upstream = self.planned.get(name, IntervalSet()) if needed.is_model and not needed.own else IntervalSet()
        widened = self.widened.get(name, Widened())
        if not upstream or not widened.partitions or not _reads_none(needed, facts, widened.columns):
            return upstream
        return upstream - widened.partitions


def readers_of_coming(
    spec: ModelSpec, facts: ModelRecords, coming: Coming, certain: Sequence[Work], among: IntervalSet
) -> list[Work]:
    """Those of some current partitions that read what is about to be built."""
    found: list[Work] = []
    for needed in spec.inputs:
        upstream = coming.changed(needed, facts) if among else IntervalSet()
        if not upstream:
            continue
        hit = needed.mapping.readers(upstream, among)
        watch = watchman(spec)
        if watch is not None and watch in among and upstream & beside(spec, needed):
            hit |= IntervalSet.span(watch, watch + 1)
        found += [
            Work(run, Reason.STALE_INPUT, f"reads `{needed.name}`, which is rebuilt first", maybe=True) for run in hit
        ]
        among -= hit
    for needed in spec.inputs:
        if needed.own is not None:
            changed = IntervalSet.merge(entry.partitions for entry in (*certain, *found))
            hit = needed.mapping.chain(changed, among)
            detail = "reads earlier partitions of its own table, which are rebuilt first"
            found += [Work(run, Reason.STALE_INPUT, detail, maybe=True) for run in hit]
            among -= hit
    return found


def only_widened(
    spec: ModelSpec, facts: ModelRecords, versions: Mapping[InputName, Versions], coming: Coming
) -> Widened:
    """The partitions that would be current, and stay so, if the columns that the logic adds were not counted."""
    earlier = dict(spec.only_adds.keys())
    if not earlier or len(earlier) < len(spec.only_adds) or not spec.repeatable:
        return Widened()
    # What the added columns are made from does not count either: only what was read when they were not there yet.
    inputs = tuple(replace(needed, columns=frozenset(), variants=()) for needed in spec.inputs)
    same_logic = {**spec.same_logic, **earlier}
    narrow = replace(spec, same_logic=same_logic, only_adds={}, keep_old_logic=False, inputs=inputs)
    runs = judge(narrow, facts, versions)
    current = IntervalSet.merge(run.partitions for run in runs if run.verdict is Verdict.CURRENT)
    others = [Work(run.partitions, Reason.STALE_INPUT, "") for run in runs if run.verdict is not Verdict.CURRENT]
    touched = readers_of_coming(narrow, facts, coming, others, current)
    added = frozenset(name.lower() for names in spec.only_adds.values() for name in names)
    return Widened(current - IntervalSet.merge(entry.partitions for entry in touched), added)


def _reads_none(needed: InputSpec, facts: ModelRecords, columns: ColumnSet) -> bool:
    """Whether none of these columns is read of an input, nor was when the partitions that are there were built."""
    then = facts.columns_read(needed.name)
    return all(read is not None and not read & columns for read in then.union(needed.all_columns))

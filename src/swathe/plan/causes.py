"""What makes a partition what it is, without regard to what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import NULL_LINE, Grid, Scheme, line_of, line_scheme, slice_of
from swathe.partition.interval import IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.plan.explanation import (
    Absence,
    Absent,
    Action,
    Build,
    Cause,
    Failed,
    Fate,
    Mark,
    Marked,
    NewLogic,
    Otherwise,
    Unended,
)
from swathe.plan.history import WIPE, History, SourcePast, Try
from swathe.plan.plan import ModelPlan, Plan, Reason, Work
from swathe.plan.record import Failure, ModelRecords, Record
from swathe.plan.spec import InputSpec, ModelSpec, logic_of
from swathe.plan.verdict import DUE, Judgement, Verdict, VerdictRun, built_open, judge
from swathe.plan.versions import Versions


@dataclass(frozen=True)
class Facts:
    """All that explanations are made from. `versions` are those of all inputs now, models among them."""

    specs: Mapping[ModelName, ModelSpec]
    records: Mapping[ModelName, ModelRecords]
    versions: Mapping[InputName, Versions]
    plan: Plan
    history: Mapping[ModelName, History] = field(default_factory=dict)
    sources: Mapping[InputName, SourcePast] = field(default_factory=dict)

    def of(self, spec: ModelSpec) -> ModelRecords:
        return self.records.get(spec.name) or ModelRecords(spec.scheme.unit)

    def past(self, spec: ModelSpec) -> History:
        return self.history.get(spec.name) or History()

    def scheme(self, needed: InputSpec) -> Scheme:
        """What numbers the partitions of an input in the versions of now, and in what was read of it."""
        if needed.name in self.sources:
            return self.sources[needed.name].scheme
        now = self.versions.get(needed.name)
        return (now.scheme if now else None) or needed.mapping.input

    def is_recut(self, needed: InputSpec) -> bool:
        """Whether the records of a model that is read are of another cut than the plan is about."""
        now = self.versions.get(needed.name)
        return now is not None and now.scheme is not None and needed.is_model

    @cached_property
    def planned(self) -> Mapping[ModelName, ModelPlan]:
        return {model.spec.name: model for model in self.plan.models}


def versions_now(
    specs: Mapping[ModelName, ModelSpec],
    records: Mapping[ModelName, ModelRecords],
    sources: Mapping[InputName, Versions],
    plan: Plan,
) -> dict[InputName, Versions]:
    """The versions of all inputs by which a plan judged its models."""
    found = dict(sources)
    for name, spec in specs.items():
        found[InputName(name)] = (records.get(name) or ModelRecords(spec.scheme.unit)).versions
    for model in plan.models:
        if model.former is not None:
            former = model.former
            found[InputName(model.spec.name)] = replace(former.records.versions, scheme=former.scheme)
    return found


def all_verdicts(facts: Facts, spec: ModelSpec) -> tuple[VerdictRun, ...]:
    """Of every partition of a model, also where the plan is not about it."""
    if spec.name in facts.planned:
        return facts.planned[spec.name].verdicts
    return judge(spec, facts.of(spec), facts.versions)


def judged(facts: Facts, spec: ModelSpec, ordinal: int) -> Judgement:
    """One partition, in words that are about it alone. Raises LookupError for one that is neither due nor built."""
    alone = replace(spec, due=spec.due & IntervalSet.span(ordinal, ordinal + 1))
    for run in judge(alone, facts.of(spec), facts.versions):
        if ordinal in run.partitions:
            return run.judgement
    raise LookupError(ordinal)


def fate(facts: Facts, spec: ModelSpec, ordinal: int) -> Fate:
    model = facts.planned.get(spec.name)
    if model is None:
        return Fate(Action.NOTHING, detail=f"`{spec.name}` is not selected")
    for work in model.work:
        if ordinal in work.partitions:
            return Fate(action_of(work), work.reason, work.detail)
    for blocked in model.blocked:
        if ordinal in blocked.partitions:
            return Fate(Action.BLOCKED, detail=blocked.detail, by=blocked.by)
    return Fate(Action.NOTHING)


def action_of(work: Work) -> Action:
    if work.reason is Reason.RECUT:
        return Action.KEPT
    return Action.JUDGED_AGAIN if work.maybe else Action.BUILT


def build_of(record: Record, past: History) -> Build:
    made = writing(record, past)
    return Build(
        record.built_at,
        record.run_id,
        record.fingerprint,
        record.row_count,
        record.seconds,
        made.reason if made else None,
    )


def writing(record: Record, past: History) -> Try | None:
    """The try that wrote a record."""
    return next((entry for entry in past.written(record.ordinal) if entry.run_id == record.run_id), None)


def writing_before(record: Record, past: History) -> Try | None:
    """The try that wrote the partition before that."""
    tries = past.written(record.ordinal)
    made = writing(record, past)
    before = tries[tries.index(made) + 1 :] if made else []
    return next(iter(before), None)


def own_causes(facts: Facts, spec: ModelSpec, ordinal: int, verdict: Verdict, *, rewritten: bool) -> Iterator[Cause]:
    """All causes that lie in a partition itself. `rewritten`: it is asked why it was written again, too."""
    known, past = facts.of(spec), facts.past(spec)
    record = known.records.get(ordinal)
    if verdict is Verdict.FAILED and (failure := known.failure(ordinal)):
        yield _failed(failure, past.failed(ordinal))
    if record is not None:
        if rewritten:
            yield from _logic_then(spec, record, past)
        if verdict is Verdict.FROZEN:
            yield from _frozen(facts, spec, record)
        if verdict is not Verdict.RETIRED:
            yield from _stale(spec, record, verdict, past)
    elif verdict in (Verdict.MISSING, Verdict.FAILED):
        yield _absent(spec, ordinal, known, past)


def _logic_then(spec: ModelSpec, record: Record, past: History) -> Iterator[Cause]:
    """The logic that a partition was rebuilt with, where that was another one than before."""
    before = writing_before(record, past)
    old, new = logic_of(before.fingerprint) if before else "", logic_of(record.fingerprint)
    if before and before.reason != WIPE and old != new:
        yield NewLogic(spec.name, old, new, past.first_seen.get(new))


def _frozen(facts: Facts, spec: ModelSpec, record: Record) -> Iterator[Cause]:
    if record.ordinal in spec.frozen:
        yield Marked(Mark.FROZEN_BEFORE)
    else:
        yield Marked(Mark.FROZEN, record.frozen or "", facts.past(spec).frozen_at.get(record.ordinal))
    known = facts.of(spec)
    thawed = replace(known, records={**known.records, record.ordinal: replace(record, frozen=None)})
    free = replace(spec, frozen=IntervalSet())
    found = judged(replace(facts, records={**facts.records, spec.name: thawed}), free, record.ordinal)
    if found.verdict in DUE:
        yield Otherwise(found.verdict, found.detail)


def _stale(spec: ModelSpec, record: Record, verdict: Verdict, past: History) -> Iterator[Cause]:
    if record.invalidated is not None:
        yield Marked(Mark.INVALIDATED, record.invalidated, past.invalidated_at.get(record.ordinal))
    if not spec.is_of_logic(record.ordinal, record.fingerprint):
        now = logic_of(spec.fingerprint_at(record.ordinal))
        yield NewLogic(
            spec.name,
            logic_of(record.fingerprint),
            now,
            past.first_seen.get(now),
            is_kept=spec.keep_old_logic,
            added=spec.added_since(record.ordinal, record.fingerprint),
        )
    if verdict in DUE and built_open(spec, record):
        yield Unended(record.planned_at or record.built_at)


def _failed(failure: Failure, tries: list[Try]) -> Failed:
    first_at, run_id = (tries[-1].started_at, tries[0].run_id) if tries else (None, None)
    return Failed(failure.error, failure.failed_at, len(tries), first_at, run_id)


def _absent(spec: ModelSpec, ordinal: int, known: ModelRecords, past: History) -> Absent:
    before = next(iter(past.written(ordinal)), None)
    at, run_id = (before.started_at, before.run_id) if before else (None, None)
    if past.lost is not None:
        return Absent(Absence.LOST, past.lost, at, run_id)
    if before is not None:
        return Absent(Absence.WIPED if before.reason == WIPE else Absence.RECORD_GONE, at=at, run_id=run_id)
    if not known.records:
        units = " and ".join(f"`{unit}`" for unit in sorted(known.other_units))
        return Absent(Absence.OTHER_CUT, units) if units else Absent(Absence.NOTHING_BUILT)
    if _is_new_value(spec.scheme, ordinal, known):
        return Absent(Absence.NEW_VALUE)
    newest = max(known.records.values(), key=lambda record: record.built_at)
    if _is_newly_due(spec, ordinal, known):
        return Absent(Absence.NEWLY_DUE, at=newest.built_at, run_id=newest.run_id)
    return Absent(Absence.NEVER_BUILT)


def _is_new_value(scheme: Scheme, ordinal: int, known: ModelRecords) -> bool:
    """Whether others of the model were built, and none with this partition's values."""
    if not isinstance(scheme, Grid):
        return False
    if line_of(ordinal) == NULL_LINE and not any(line_of(other) == NULL_LINE for other in known.records):
        return True
    return not any(slice_of(other) == slice_of(ordinal) for other in known.records)


def _is_newly_due(spec: ModelSpec, ordinal: int, known: ModelRecords) -> bool:
    """Whether it was not due yet when the model was last built."""
    line, along = line_scheme(spec.scheme), line_of(ordinal)
    if along == NULL_LINE:
        return False
    if isinstance(line, TimeScheme):
        planned: list[datetime] = [record.planned_at or record.built_at for record in known.records.values()]
        return along >= line.first_open(max(planned))
    if isinstance(line, RangeScheme):
        stops = [record.planned_stop for record in known.records.values() if record.planned_stop is not None]
        return bool(stops) and line.start(along) >= max(stops)
    return False

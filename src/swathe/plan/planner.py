"""The planner: facts in, a plan out. Steps carry reasons; what may turn out to be current already is marked `maybe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.batching import predicted_batches
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, Verdict, VerdictRun, judge
from swathe.plan.versions import Versions


class Reason(StrEnum):
    """Why partitions are in a plan."""

    MISSING = "missing"
    STALE_LOGIC = "stale-logic"
    STALE_INPUT = "stale-input"
    FAILED = "failed"
    LOOKBACK = "lookback"
    REQUESTED = "requested"


class Only(StrEnum):
    """What a request is limited to."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
    ALL = "all"


_ONLY = {
    Only.MISSING: frozenset({Verdict.MISSING}),
    Only.FAILED: frozenset({Verdict.FAILED}),
    Only.STALE: frozenset({Verdict.STALE_LOGIC, Verdict.STALE_INPUT}),
    Only.ALL: DUE,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be brought up to date. `partitions` None is all; `full` rebuilds what is current, too."""

    models: frozenset[ModelName]
    partitions: Mapping[ModelName, IntervalSet] | None = None
    only: Only = Only.ALL
    full: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Adjacent partitions to build for one reason.

    `maybe`: judged again, and perhaps skipped, when their turn comes.
    """

    partitions: Interval
    reason: Reason
    detail: str
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """Partitions that can't be built as things stand.

    Something they read is not there and not in the plan; or, where `by` is the model itself, its cut changed.
    """

    partitions: Interval
    by: ModelName
    detail: str


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What one model is and needs. `verdicts` cover all its partitions, whatever was requested."""

    spec: ModelSpec
    verdicts: tuple[VerdictRun, ...]
    work: tuple[Work, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    rows_each: float | None = None
    seconds_each: float | None = None
    row_count: int = 0

    @property
    def partitions(self) -> IntervalSet:
        """All partitions with work."""
        return IntervalSet.merge(work.partitions for work in self.work)

    @property
    def maybe(self) -> IntervalSet:
        return IntervalSet.merge(work.partitions for work in self.work if work.maybe)

    @property
    def statements(self) -> int:
        return sum(predicted_batches(len(run), self.spec.batch_limit) for run in self.partitions)

    def count(self, verdict: Verdict) -> int:
        return sum(len(run.partitions) for run in self.verdicts if run.verdict is verdict)


@dataclass(frozen=True, slots=True)
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


def build_plan(
    specs: Sequence[ModelSpec],
    records: Mapping[ModelName, ModelRecords],
    sources: Mapping[InputName, Versions],
    now: datetime,
    request: Request,
) -> Plan:
    """Judge the requested models and collect their work.

    `specs` in topological order, upstream first; all of the project's, since what is not requested can still block.
    `sources` holds the watched sources only.
    """
    versions = dict(sources)
    asked = {spec.name: _asked(spec, request) for spec in specs}
    pulled = _pulled(specs, asked, request)
    planned: dict[ModelName, IntervalSet] = {}
    absent: dict[ModelName, IntervalSet] = {}
    nowhere: set[ModelName] = set()
    models: list[ModelPlan] = []
    for spec in specs:
        facts = records.get(spec.name) or ModelRecords(spec.scheme.unit)
        versions[InputName(spec.name)] = facts.versions
        work: tuple[Work, ...] = ()
        blocked: tuple[Blocked, ...] = ()
        if spec.name in request.models:
            verdicts = judge(spec, facts, versions)
            if cut_changed(facts) and (not request.full or facts.other_frozen):
                models.append(_model_plan(spec, facts, verdicts, (), _recut(spec, facts)))
                planned[spec.name], absent[spec.name] = IntervalSet(), spec.due
                continue
            certain = _certain(spec, facts, verdicts, request, asked[spec.name], pulled[spec.name])
            work = (*certain, *_maybe(spec, verdicts, certain, planned, request, asked[spec.name]))
            if any(needed.own for needed in spec.inputs):
                absent[spec.name] = spec.due - facts.built - IntervalSet.merge(entry.partitions for entry in work)
            blocked = tuple(_blocked(spec, work, absent, nowhere))
            work = _without(work, IntervalSet.merge(entry.partitions for entry in blocked))
            models.append(_model_plan(spec, facts, verdicts, work, blocked))
        planned[spec.name] = IntervalSet.merge(entry.partitions for entry in work)
        absent[spec.name] = spec.due - facts.built - planned[spec.name]
        if not facts.built and not planned[spec.name]:
            nowhere.add(spec.name)
    return Plan(now, tuple(models))


def cut_changed(facts: ModelRecords) -> bool:
    """Whether all that was built was cut in another way, so that nothing says which partitions the rows are."""
    return bool(facts.other_units) and not facts.records


def _recut(spec: ModelSpec, facts: ModelRecords) -> tuple[Blocked, ...]:
    before = " and ".join(f"`{unit}`" for unit in sorted(facts.other_units))
    detail = f"its cut changed from {before} to `{spec.scheme.unit}`: "
    if facts.other_frozen:
        detail += "partitions of the old cut are frozen, so change it back and `swathe thaw` them first"
    else:
        detail += "`--full` builds it anew"
    return tuple(Blocked(run, spec.name, detail) for run in spec.due)


def _asked(spec: ModelSpec, request: Request) -> IntervalSet:
    if spec.name not in request.models:
        return IntervalSet()
    if request.partitions is None:
        return spec.due
    return spec.due & request.partitions.get(spec.name, IntervalSet())


def _pulled(
    specs: Sequence[ModelSpec], asked: Mapping[ModelName, IntervalSet], request: Request
) -> dict[ModelName, IntervalSet]:
    """What the requested partitions read of other requested models, beyond what was asked for.

    A week in January may read days of December. Windows without bounds pull nothing: a table over all time does not
    turn a request for one day into one for everything.
    """
    wanted = dict(asked)
    for spec in reversed(specs):
        for needed in sorted(spec.inputs, key=lambda needed: needed.own is None):
            upstream = ModelName(needed.name)
            if upstream not in request.models or needed.mapping.is_whole:
                continue
            if needed.own is not None:
                last = wanted[spec.name].hull()
                reads = IntervalSet() if last is None else spec.due & IntervalSet.span(needed.own.first, last.last)
            else:
                reads = IntervalSet.merge(
                    read for run in wanted[spec.name] if (read := needed.mapping.reads(run)) is not None
                )
            wanted[upstream] |= reads
    due = {spec.name: spec.due for spec in specs}
    return {name: (partitions & due[name]) - asked[name] for name, partitions in wanted.items()}


def _certain(
    spec: ModelSpec,
    facts: ModelRecords,
    verdicts: Sequence[VerdictRun],
    request: Request,
    asked: IntervalSet,
    pulled: IntervalSet,
) -> tuple[Work, ...]:
    wanted = _ONLY[request.only]
    found: list[Work] = []
    for run in verdicts:
        if run.verdict not in DUE and not (request.full and run.verdict is Verdict.CURRENT):
            continue
        if run.verdict in DUE and run.verdict not in wanted and not request.full:
            continue
        reason = Reason.REQUESTED if run.verdict is Verdict.CURRENT else Reason(run.verdict)
        detail = run.judgement.detail or "rebuilt because `--full` was given"
        requested = asked | pulled if run.verdict in DUE else asked
        found += [Work(part, reason, detail) for part in IntervalSet.of(run.partitions) & requested]
    found += _lookback(spec, facts, found)
    return tuple(sorted(found, key=lambda entry: entry.partitions))


def _lookback(spec: ModelSpec, facts: ModelRecords, found: Sequence[Work]) -> list[Work]:
    """Built partitions just before a new one, for models that ask for it."""
    if not spec.lookback or spec.materialized is not Materialized.PARTITIONED:
        return []
    new = [entry.partitions for entry in found if entry.reason is Reason.MISSING]
    before = IntervalSet.merge(Interval(run.start - spec.lookback, run.start) for run in new)
    again = (before & spec.due & facts.built) - spec.frozen - facts.frozen
    again -= IntervalSet.merge(entry.partitions for entry in found)
    return [Work(run, Reason.LOOKBACK, f"`lookback` of {spec.lookback} before a new partition") for run in again]


def _maybe(
    spec: ModelSpec,
    verdicts: Sequence[VerdictRun],
    certain: Sequence[Work],
    planned: Mapping[ModelName, IntervalSet],
    request: Request,
    asked: IntervalSet,
) -> list[Work]:
    """Current partitions that read something which is about to be built."""
    if request.only not in (Only.ALL, Only.STALE):
        return []
    current = IntervalSet.merge(run.partitions for run in verdicts if run.verdict is Verdict.CURRENT)
    open_ = (current & asked) - IntervalSet.merge(entry.partitions for entry in certain)
    found: list[Work] = []
    for needed in spec.inputs:
        upstream = planned.get(ModelName(needed.name)) if needed.is_model and not needed.own else None
        hull = open_.hull()
        if not upstream or hull is None:
            continue
        hit = needed.mapping.readers(upstream, hull) & open_
        found += [
            Work(run, Reason.STALE_INPUT, f"reads `{needed.name}`, which is rebuilt first", maybe=True) for run in hit
        ]
        open_ -= hit
    for needed in spec.inputs:
        if needed.own is not None:
            changed = IntervalSet.merge(entry.partitions for entry in (*certain, *found))
            hit = needed.own.chain(changed, open_)
            detail = "reads earlier partitions of its own table, which are rebuilt first"
            found += [Work(run, Reason.STALE_INPUT, detail, maybe=True) for run in hit]
            open_ -= hit
    return found


def _blocked(
    spec: ModelSpec, work: Sequence[Work], absent: Mapping[ModelName, IntervalSet], nowhere: Set[ModelName]
) -> list[Blocked]:
    wanted = IntervalSet.merge(entry.partitions for entry in work)
    found: list[Blocked] = []
    needs = [(ModelName(entry.name), entry.mapping) for entry in spec.inputs if entry.is_model]
    for name, mapping in needs:
        hull = wanted.hull()
        gone = absent.get(name)
        if hull is None or not gone:
            continue
        hit = mapping.readers(gone, hull) & wanted
        found += [Blocked(run, name, f"reads partitions of `{name}` that do not exist") for run in hit]
        wanted -= hit
    for name in spec.after:
        if wanted and name in nowhere:
            found += [Blocked(run, name, f"reads `{name}`, which does not exist") for run in wanted]
            wanted = IntervalSet()
    return found


def _without(work: Sequence[Work], blocked: IntervalSet) -> tuple[Work, ...]:
    if not blocked:
        return tuple(work)
    return tuple(
        Work(part, entry.reason, entry.detail, entry.maybe)
        for entry in work
        for part in IntervalSet.of(entry.partitions) - blocked
    )


def _model_plan(
    spec: ModelSpec,
    facts: ModelRecords,
    verdicts: tuple[VerdictRun, ...],
    work: tuple[Work, ...],
    blocked: tuple[Blocked, ...],
) -> ModelPlan:
    built = len(facts.records)
    rows = sum(record.row_count for record in facts.records.values())
    timed = [record.seconds for record in facts.records.values() if record.seconds]
    return ModelPlan(
        spec=spec,
        verdicts=verdicts,
        work=tuple(sorted(work, key=lambda entry: entry.partitions)),
        blocked=blocked,
        rows_each=rows / built if built else None,
        seconds_each=sum(timed) / len(timed) if timed else None,
        row_count=rows,
    )

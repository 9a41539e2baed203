"""The planner: facts in, a plan out. Steps carry reasons; what may turn out to be current already is marked `maybe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.grid import NULL_LINE, by_slice, placed
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.reading import GridMapping
from swathe.plan.coming import Coming, Widened, only_widened, readers_of_coming
from swathe.plan.plan import Blocked, ModelPlan, Only, Plan, Reason, Request, Work
from swathe.plan.record import Former, ModelRecords
from swathe.plan.recut import blocked_by_cut, cut_changed, kept_partitions, readers_of, rekeying_work
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, Verdict, VerdictRun, judge
from swathe.plan.versions import Versions

_ONLY = {
    Only.MISSING: frozenset({Verdict.MISSING}),
    Only.FAILED: frozenset({Verdict.FAILED}),
    Only.STALE: frozenset({Verdict.STALE_LOGIC, Verdict.STALE_INPUT}),
    Only.ALL: DUE,
}


def build_plan(
    specs: Sequence[ModelSpec],
    records: Mapping[ModelName, ModelRecords],
    sources: Mapping[InputName, Versions],
    now: datetime,
    request: Request,
    former: Mapping[ModelName, Former] | None = None,
) -> Plan:
    """Judge the requested models and collect their work.

    `specs` in topological order, upstream first; all of the project's, since what is not requested can still block.
    `sources` holds the watched sources only. `former` tells of models whose cut changed what it was, where records
    can be kept.
    """
    versions = dict(sources)
    asked = {spec.name: _asked(spec, request) for spec in specs}
    pulled = _pulled(specs, asked, request)
    planned: dict[ModelName, IntervalSet] = {}
    widened: dict[ModelName, Widened] = {}
    absent: dict[ModelName, IntervalSet] = {}
    nowhere: set[ModelName] = set()
    postponed: set[ModelName] = set()
    models: list[ModelPlan] = []
    for spec in specs:
        facts = records.get(spec.name) or ModelRecords(spec.scheme.unit)
        versions[InputName(spec.name)] = facts.versions
        work: tuple[Work, ...] = ()
        blocked: tuple[Blocked, ...] = ()
        if spec.name in request.models:
            verdicts = judge(spec, facts, versions)
            if cut_changed(facts) and (not request.full or facts.other_frozen):
                before = (former or {}).get(spec.name)
                kept = kept_partitions(spec, facts, before, versions, planned)
                if not kept or before is None:
                    models.append(_model_plan(spec, facts, verdicts, (), blocked_by_cut(spec, facts)))
                    planned[spec.name], absent[spec.name] = IntervalSet(), spec.due
                    continue
                work = rekeying_work(spec, facts, verdicts, kept, asked[spec.name] | pulled[spec.name])
                blocked = tuple(_blocked(spec, facts, work, absent, nowhere))
                work = _without(work, IntervalSet.merge(entry.partitions for entry in blocked) - kept)
                made = _model_plan(spec, facts, verdicts, work, blocked)
                models.append(replace(made, former=before, readers=readers_of(spec, specs, former or {})))
                versions[InputName(spec.name)] = before.records.versions.numbered_by(before.scheme)
                planned[spec.name] = made.partitions - kept
                absent[spec.name] = spec.due - made.partitions
                continue
            if _is_postponed(spec, planned, postponed & nowhere):
                postponed.add(spec.name)
            else:
                certain = _certain(spec, facts, verdicts, request, asked[spec.name], pulled[spec.name])
                coming = Coming(planned, widened)
                work = (*certain, *_maybe(spec, facts, verdicts, certain, coming, request, asked[spec.name]))
                widened[spec.name] = only_widened(spec, facts, versions, coming)
            if any(needed.own for needed in spec.inputs):
                absent[spec.name] = spec.due - facts.built - IntervalSet.merge(entry.partitions for entry in work)
            blocked = tuple(_blocked(spec, facts, work, absent, nowhere))
            work = _without(work, IntervalSet.merge(entry.partitions for entry in blocked))
            models.append(_model_plan(spec, facts, verdicts, work, blocked))
        planned[spec.name] = IntervalSet.merge(entry.partitions for entry in work)
        absent[spec.name] = spec.due - facts.built - planned[spec.name]
        if not facts.built and not planned[spec.name]:
            nowhere.add(spec.name)
    return Plan(now, tuple(models))


def _is_postponed(spec: ModelSpec, planned: Mapping[ModelName, IntervalSet], postponed_nowhere: Set[ModelName]) -> bool:
    """Whether there can be a plan for a model only after this one: it or something that it reads is not there, and its
    partitions are found in what this plan builds.
    """
    reads = {*spec.after, *(ModelName(needed.name) for needed in spec.inputs)}
    return any(planned.get(name) for name in spec.waits_for) or bool(reads & postponed_nowhere)


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
    if request.partitions is None:  # all that is due was asked for
        return {spec.name: IntervalSet() for spec in specs}
    wanted = dict(asked)
    for spec in reversed(specs):
        for needed in sorted(spec.inputs, key=lambda needed: needed.own is None):
            upstream = ModelName(needed.name)
            if upstream not in request.models or not needed.mapping.is_bounded:
                continue
            if needed.own is not None:
                reads = _up_to(spec.due, wanted[spec.name])
            else:
                reads = _bounded_reads(needed.mapping, wanted[spec.name])
            wanted[upstream] |= reads
    due = {spec.name: spec.due for spec in specs}
    return {name: (partitions & due[name]) - asked[name] for name, partitions in wanted.items()}


def _up_to(due: IntervalSet, wanted: IntervalSet) -> IntervalSet:
    """What is due along the line before the last that is wanted, in every slice."""
    last = max((lines.intervals[-1].last for lines in by_slice(wanted).values()), default=None)
    if last is None:
        return IntervalSet()
    before = IntervalSet.span(NULL_LINE, last)
    return IntervalSet.merge(run for number, lines in by_slice(due).items() for run in placed(number, lines & before))


def _bounded_reads(mapping: GridMapping, wanted: IntervalSet) -> IntervalSet:
    """What is read of an input, but by partitions that read all of it."""
    found = [mapping.reads(IntervalSet.of(run)) for run in wanted]
    return IntervalSet.merge(run for read in found if read is not None for run in read)


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
        added = run.judgement.added
        found += [Work(part, reason, detail, added=added) for part in IntervalSet.of(run.partitions) & requested]
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
    facts: ModelRecords,
    verdicts: Sequence[VerdictRun],
    certain: Sequence[Work],
    coming: Coming,
    request: Request,
    asked: IntervalSet,
) -> list[Work]:
    """Current partitions that read something which is about to be built."""
    if request.only not in (Only.ALL, Only.STALE):
        return []
    current = IntervalSet.merge(run.partitions for run in verdicts if run.verdict is Verdict.CURRENT)
    open_ = (current & asked) - IntervalSet.merge(entry.partitions for entry in certain)
    return readers_of_coming(spec, facts, coming, certain, open_)


def _blocked(
    spec: ModelSpec,
    facts: ModelRecords,
    work: Sequence[Work],
    absent: Mapping[ModelName, IntervalSet],
    nowhere: Set[ModelName],
) -> list[Blocked]:
    wanted = IntervalSet.merge(entry.partitions for entry in work)
    found: list[Blocked] = []
    needs = [(ModelName(entry.name), entry.mapping) for entry in spec.inputs if entry.is_model and not entry.own]
    for name, mapping in needs:
        gone = absent.get(name)
        if not wanted or not gone:
            continue
        hit = mapping.readers(gone, wanted)
        found += [Blocked(run, name, f"reads partitions of `{name}` that do not exist") for run in hit]
        wanted -= hit
    for name in dict.fromkeys((*(name for name, _ in needs), *spec.after)):
        if wanted and name in nowhere and name != spec.name:
            found += [Blocked(run, name, f"reads `{name}`, which does not exist") for run in wanted]
            wanted = IntervalSet()
    for needed in spec.inputs:
        if needed.own is not None:
            # What is blocked above is not there either, and so on: partition by partition.
            gone = absent.get(spec.name, IntervalSet()) | IntervalSet.merge(run.partitions for run in found)
            hit = needed.mapping.chain(gone - facts.built, wanted)
            found += [Blocked(run, spec.name, f"reads partitions of `{spec.name}` that do not exist") for run in hit]
    return found


def _without(work: Sequence[Work], blocked: IntervalSet) -> tuple[Work, ...]:
    if not blocked:
        return tuple(work)
    return tuple(
        replace(entry, partitions=part) for entry in work for part in IntervalSet.of(entry.partitions) - blocked
    )


def _model_plan(
    spec: ModelSpec,
    facts: ModelRecords,
    verdicts: tuple[VerdictRun, ...],
    work: tuple[Work, ...],
    blocked: tuple[Blocked, ...],
) -> ModelPlan:
    built, rows = facts.built.count, facts.row_count
    return ModelPlan(
        spec=spec,
        verdicts=verdicts,
        work=tuple(sorted(work, key=lambda entry: entry.partitions)),
        blocked=blocked,
        rows_each=rows / built if built else None,
        seconds_each=facts.seconds_each,
        row_count=rows,
    )

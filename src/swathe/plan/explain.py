"""Why is this partition what it is? Follows what it reads, partition by partition, to the root. Facts in, a tree out.

Each partition is explained once. Of those of one model of which the same is to be said, the first is explained: where
a month of days waits for one late file, one of them tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from swathe.frozen import frozen
from swathe.model.definition import Materialized, ModelName
from swathe.partition.grid import line_of
from swathe.partition.interval import IntervalSet
from swathe.plan.causes import Facts, build_of, fate, judged, own_causes, writing, writing_before
from swathe.plan.explanation import Action, Cause, Explanation, Input, InputState, Needs, Part
from swathe.plan.history import SourceFile
from swathe.plan.parts import Kind, Parts, first_of
from swathe.plan.plan import Reason
from swathe.plan.record import InputRecord, Record
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.verdict import DUE, Verdict

_MOST_PARTS = 5
_MOST_FILES = 5
_DEEPEST = 40
_EPOCH = datetime(1970, 1, 1)
_FIRST = "it is the first partition"
_LEFT_OUT = "the query leaves out all that it could read"
_DIFFERS = (InputState.CHANGED, InputState.REWRITTEN)


def explain(facts: Facts, name: ModelName, ordinal: int) -> Explanation:
    """Why a partition, which is due or built, is what it is. Raises LookupError for any other."""
    return _Explainer(facts).explain(facts.specs[name], ordinal)


@frozen
class _Reader:
    """A partition whose inputs are looked at. It read models as they were at `read_at`, and sources as they were at
    `looked_at`. `rewritten`: it is asked why it was written again, and these are the times of the build before.
    """

    spec: ModelSpec
    ordinal: int
    record: Record | None
    read_at: datetime | None
    looked_at: datetime | None
    rewritten: bool
    depth: int

    def is_after(self, at: datetime, since: datetime) -> bool:
        return at > since and not (self.rewritten and self.record is not None and at > self.record.built_at)


class _Explainer:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parts = Parts(facts)
        self._told: set[tuple[ModelName, int]] = set()

    def explain(self, spec: ModelSpec, ordinal: int, *, written: bool = False, depth: int = 0) -> Explanation:
        """`written`: since what reads it was built, so where it is what it should be, that is to be explained."""
        self._told.add((spec.name, ordinal))
        facts = self._facts
        judgement, doomed = judged(facts, spec, ordinal), fate(facts, spec, ordinal)
        record, past = facts.of(spec).records.get(ordinal), facts.past(spec)
        build = build_of(record, past) if record else None
        reader = self._reader(spec, ordinal, rewritten=written and not _is_unsettled(judgement.verdict, doomed.action))
        reader = replace(reader, depth=depth)
        causes: list[Cause] = [*own_causes(facts, spec, ordinal, judgement.verdict, rewritten=written)]
        causes += self._needs(reader, doomed.by)
        if judgement.verdict is Verdict.RETIRED:
            pass  # whatever it was built from
        elif not reader.rewritten:
            causes += [self._input(reader, needed) for needed in spec.inputs]
        elif build and build.reason == Reason.STALE_INPUT and reader.read_at:
            inputs = [self._input(reader, needed) for needed in spec.inputs]
            causes += [entry for entry in inputs if entry.parts or entry.files]
        return Explanation(spec, ordinal, judgement.verdict, judgement.detail, doomed, build, tuple(causes))

    def _reader(self, spec: ModelSpec, ordinal: int, *, rewritten: bool) -> _Reader:
        record, past = self._facts.of(spec).records.get(ordinal), self._facts.past(spec)
        made = None
        if record is not None:
            made = writing_before(record, past) if rewritten else writing(record, past)
        reader = _Reader(spec, ordinal, record, None, None, rewritten, 0)
        if made is not None:
            return replace(reader, read_at=made.started_at, looked_at=made.planned_at)
        if record is not None and not rewritten:
            return replace(reader, read_at=record.built_at, looked_at=record.built_at)
        return reader

    def _needs(self, reader: _Reader, blocker: ModelName | None) -> Iterator[Needs]:
        """Views that are read through, where they are not what they were, and what does not exist."""
        read = {ModelName(needed.name) for needed in reader.spec.inputs}
        for name in reader.spec.after:
            other = self._facts.specs.get(name)
            if other is None or not other.due:
                continue
            made = self._facts.of(other).records.get(0)
            if other.materialized is Materialized.VIEW:
                written = bool(made and reader.read_at and reader.is_after(made.built_at, reader.read_at))
                if written or (judged(self._facts, other, 0).verdict is not Verdict.CURRENT and not reader.rewritten):
                    yield Needs(self._part(reader, other, other.due, written=written, absent=made is None))
            elif name == blocker and name not in read:
                yield Needs(self._part(reader, other, other.due, written=False, absent=True))

    def _input(self, reader: _Reader, needed: InputSpec) -> Input:
        facts = self._facts
        now = facts.versions.get(needed.name)
        entry = _recorded(reader.record, needed)
        is_comparable = entry is not None and now is not None and entry.unit == now.unit
        # Where the records are of another cut than the plan is about, what a plan reads is numbered by the plan's.
        is_new_cut = facts.is_recut(needed) and not is_comparable
        scheme = needed.mapping.input if is_new_cut else facts.scheme(needed)
        found = Input(needed.name, needed.is_model, scheme, InputState.NOTHING)
        reading = entry.reading if entry and is_comparable else needed.mapping.reading(reader.ordinal)
        if reading is None:
            return replace(found, detail=_FIRST if needed.own else _LEFT_OUT)
        columns = entry.columns if entry and is_comparable else needed.columns_at(reader.ordinal)
        known = None if now is None or is_new_cut else now.over(columns)
        version = None if known is None else known.total(reading.partitions(scheme))
        found = replace(found, reading=reading, now=version, columns=columns)
        if reader.rewritten:
            found = replace(found, state=InputState.REWRITTEN)
        elif now is None:
            found = replace(found, state=InputState.UNWATCHED)
        elif reader.record is None:
            found = replace(found, state=InputState.UNCOMPARED)
        elif entry is None:
            found = replace(found, state=InputState.NEW)
        elif not is_comparable:
            detail = f"is cut by {now.unit}, and was cut by {entry.unit}"
            found = replace(found, state=InputState.RECUT, then=entry.version, detail=detail)
        else:
            state = InputState.UNCHANGED if entry.version == version else InputState.CHANGED
            found = replace(found, state=state, then=entry.version)
        return self._with_parts(found, reader, needed) if needed.is_model else self._with_files(found, reader)

    def _with_parts(self, found: Input, reader: _Reader, needed: InputSpec) -> Input:
        """What of a model changed, or may when the plan is run."""
        upstream = self._facts.specs[ModelName(needed.name)]
        written: Mapping[str, IntervalSet] = {}
        if self._facts.is_recut(needed):
            window = needed.mapping.reads(IntervalSet.span(reader.ordinal, reader.ordinal + 1))
        else:
            window = found.reading.partitions(found.scheme) if found.reading else IntervalSet()
            if found.state in _DIFFERS:
                written = self._written(upstream, reader)
        if needed.own is not None:
            window = self._chain(reader, needed, written)
        groups = self._parts.within(upstream, window, written, only_written=reader.rewritten)
        shown = tuple(self._of_kind(reader, upstream, kind, group) for kind, group in groups[:_MOST_PARTS])
        return replace(found, parts=shown, more=sum(group.count for _, group in groups[_MOST_PARTS:]))

    def _written(self, upstream: ModelSpec, reader: _Reader) -> Mapping[str, IntervalSet]:
        """The partitions of a model that were written since a reader read it, by run."""
        found: dict[str, list[int]] = {}
        if reader.read_at is None:
            return {}
        for ordinal, record in self._facts.of(upstream).records.items():
            is_reader = upstream.name == reader.spec.name and ordinal == reader.ordinal
            if not is_reader and reader.is_after(record.built_at, reader.read_at):
                found.setdefault(record.run_id, []).append(ordinal)
        return {run_id: IntervalSet.from_ordinals(ordinals) for run_id, ordinals in found.items()}

    def _chain(self, reader: _Reader, needed: InputSpec, written: Mapping[str, IntervalSet]) -> IntervalSet:
        """Of a table that reads itself, all that is to be told of: what a partition reads that is not as it was, what
        that reads, and so on. Else a day would be explained by the day before, for years.
        """
        among = IntervalSet.merge(run for partitions in written.values() for run in partitions)
        if not reader.rewritten:
            among |= self._parts.unsettled(reader.spec)
        found = IntervalSet()
        at = reader.ordinal
        while (reading := needed.mapping.reading(at)) is not None:
            window = reading.partitions(needed.mapping.input)
            hit = (among if window is None else among & window) - found
            if not hit or line_of(first_of(hit)) >= line_of(at):
                break
            found |= hit
            at = first_of(hit)
        return found

    def _of_kind(self, reader: _Reader, upstream: ModelSpec, kind: Kind, partitions: IntervalSet) -> Part:
        return self._part(reader, upstream, partitions, written=kind.run_id is not None, absent=kind.absent)

    def _part(self, reader: _Reader, spec: ModelSpec, partitions: IntervalSet, *, written: bool, absent: bool) -> Part:
        """Partitions of which the same is to be said, with the first of them explained."""
        first = first_of(partitions)
        told = (spec.name, first) in self._told
        inner = None
        if not told and reader.depth < _DEEPEST:
            inner = self.explain(spec, first, written=written, depth=reader.depth + 1)
        verdict = inner.verdict if inner else judged(self._facts, spec, first).verdict
        return Part(spec, partitions, first, verdict, written, absent, told, inner)

    def _with_files(self, found: Input, reader: _Reader) -> Input:
        """Which partitions and files of a source changed, as far as that can be told."""
        past, now = self._facts.sources.get(found.name), self._facts.versions.get(found.name)
        if past is None or now is None or found.reading is None or found.state not in _DIFFERS:
            return found
        window = found.reading.partitions(past.scheme)
        before = past.before.over(found.columns) if past.before and found.state is InputState.CHANGED else None
        after, known = now.over(found.columns), past.files_over(found.columns)
        if before and after and before.unit == after.unit and before.total(window) == found.then:
            # What was measured last is what the partition was built from, so all that differs is known.
            changed = before.differing(after, window)
            found = replace(found, changed=changed, exact=True)
            files = [file for file in known if file.changed & changed]
        else:
            is_one = window is not None and window.count == 1 and found.state is InputState.CHANGED
            found = replace(found, changed=window if is_one else None)
            files = [file for file in known if _is_modified(file, reader, window)]
        files.sort(key=_newest_first)
        return replace(found, files=tuple(files[:_MOST_FILES]), more_files=max(0, len(files) - _MOST_FILES))


def _newest_first(file: SourceFile) -> tuple[bool, timedelta, str]:
    """Those that are gone before all others."""
    return file.modified_at is not None, _EPOCH - (file.modified_at or _EPOCH), file.path


def _is_unsettled(verdict: Verdict, action: Action) -> bool:
    return verdict in DUE or verdict is Verdict.RUNNING or action is not Action.NOTHING


def _recorded(record: Record | None, needed: InputSpec) -> InputRecord | None:
    return next((entry for entry in record.inputs if entry.input == needed.name), None) if record else None


def _is_modified(file: SourceFile, reader: _Reader, window: IntervalSet | None) -> bool:
    """Whether a file may have been modified since a reader looked at it, and holds something that it reads."""
    if window is not None and not (file.partitions & window):
        return False
    if file.modified_at is None:
        return not reader.rewritten
    return reader.looked_at is not None and reader.is_after(file.modified_at, reader.looked_at)

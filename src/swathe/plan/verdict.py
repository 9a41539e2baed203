"""Is a partition true? Judged from stored facts by hash, never by date. Verdicts are derived and never stored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from swathe.frozen import frozen
from swathe.model.definition import InputName
from swathe.partition.grid import NULL_LINE, STRIDE, Grid, Scheme, line_of, line_scheme, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.reading import Reading
from swathe.partition.scheme import TimeScheme
from swathe.partition.values import NULL_KEY
from swathe.plan.record import ModelRecords, Record, RecordRun
from swathe.plan.spec import ModelSpec, added_in_words, logic_of
from swathe.plan.strays import strays_detail, watchman
from swathe.plan.versions import Versions, covers


class Verdict(StrEnum):
    """What a partition is."""

    CURRENT = "current"
    MISSING = "missing"
    STALE_LOGIC = "stale-logic"
    STALE_INPUT = "stale-input"
    FAILED = "failed"
    RUNNING = "running"
    FROZEN = "frozen"
    RETIRED = "retired"


DUE = frozenset({Verdict.MISSING, Verdict.STALE_LOGIC, Verdict.STALE_INPUT, Verdict.FAILED})
"""The verdicts of partitions that a backfill rebuilds."""


@frozen
class Judgement:
    """A verdict with its reason in words. `fingerprint` is the one the partition was built with, if it was built.

    `added` are the columns that the logic adds since then, where it changed and changes nothing else.
    """

    verdict: Verdict
    detail: str
    fingerprint: str | None = None
    added: tuple[str, ...] = ()


@frozen
class VerdictRun:
    """Adjacent partitions that share a judgement."""

    partitions: Interval
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict


_FROZEN_BEFORE = "before `frozen_before`"
_RUNNING = "another process is building it"

InputVersions = Mapping[InputName, Versions]
"""The versions of inputs now. An input that is not in it is not watched, so nothing is ever stale by it."""


def judge(spec: ModelSpec, records: ModelRecords, versions: InputVersions) -> tuple[VerdictRun, ...]:
    """Every partition of a model that is due or built, in order."""
    return tuple(_runs(spec, records, versions))


def is_current(spec: ModelSpec, records: ModelRecords, ordinal: int, versions: InputVersions) -> bool:
    """Whether one partition is built and true, or frozen."""
    record = records.records.get(ordinal)
    return record is not None and _judge_built(spec, records, record, versions).verdict not in DUE


def changed_input(spec: ModelSpec, record: Record, versions: InputVersions) -> str | None:
    """What a partition read that is no longer so, in words; None when all of it still is.

    Compares over the part of an input that was read when the partition was built, and over the columns that were, so a
    change in how windows and columns are derived rebuilds nothing. But where the same logic is now known to depend on
    more columns, nothing is known of those.
    """
    read = {entry.input: entry for entry in record.inputs}
    for needed in spec.inputs:
        now = versions.get(needed.name)
        if now is None:
            continue
        entry = read.get(needed.name)
        if entry is None and needed.mapping.reading(record.ordinal) is None:
            continue
        if entry is None:
            return f"`{needed.name}` was not watched when it was built"
        if entry.unit != now.unit:
            return f"`{needed.name}` is cut by {now.unit}, and was cut by {entry.unit}"
        scheme = now.scheme or needed.mapping.input
        known = now.over(entry.columns)
        if known is None or entry.version != known.total(entry.reading.partitions(scheme)):
            return f"`{needed.name}` changed{_where(scheme, entry.reading)}"
        if not covers(entry.columns, needed.columns_at(record.ordinal)) and _has_logic(spec, record):
            return f"it was built without regard to all columns of `{needed.name}` that it reads"
    return None


def _has_logic(spec: ModelSpec, record: Record) -> bool:
    return spec.is_of_logic(record.ordinal, record.fingerprint)


def built_open(spec: ModelSpec, record: Record) -> bool:
    """Whether a partition was built before it had ended, and time, or the end of the numbers, has moved on since."""
    planned_at = record.planned_at or record.built_at
    line, along = line_scheme(spec.scheme), line_of(record.ordinal)
    if isinstance(line, RangeScheme) and record.planned_stop is not None and spec.planned_stop is not None:
        return spec.planned_stop > record.planned_stop and line.start(along + 1) > record.planned_stop
    if not isinstance(line, TimeScheme) or spec.planned_at is None or spec.planned_at <= planned_at:
        return False
    return along >= line.first_open(planned_at)


def _where(scheme: Scheme, reading: Reading) -> str:
    line = line_scheme(scheme)
    ends = reading.ends(scheme)
    first, last = (NULL_KEY if end == NULL_LINE else None if end is None else line.key(end) for end in ends)
    if first is None or last is None:
        along = f" from {first} on" if first else f" up to {last}" if last else ""
    else:
        along = f" in {first}" if first == last else f" between {first} and {last}"
    return along + (f" at {' and '.join(reading.slices_in_words())}" if reading.slices else "")


def _runs(spec: ModelSpec, records: ModelRecords, versions: InputVersions) -> Iterator[VerdictRun]:
    built = records.built
    pieces: list[tuple[Interval, Judgement | None]] = [(run, None) for run in built & spec.due]
    pieces += [(run, _retired(spec, run)) for run in built - spec.due]
    pieces += list(_unbuilt(spec, records, spec.due - built))
    pieces.sort(key=lambda piece: piece[0])
    for partitions, judgement in pieces:
        if judgement is not None:
            yield VerdictRun(partitions, judgement)
        else:
            yield from _merged(_built(spec, records, partitions, versions))


def _built(
    spec: ModelSpec, records: ModelRecords, partitions: Interval, versions: InputVersions
) -> Iterator[tuple[Interval, Judgement]]:
    """Each record and each settled run of adjacent built partitions, in order."""
    ordinal = partitions.start
    for run, settled in _within(records.runs, partitions):
        yield from _each(spec, records, range(ordinal, settled.start), versions)
        yield from _judge_run(spec, records, run, settled, versions)
        ordinal = settled.end
    yield from _each(spec, records, range(ordinal, partitions.end), versions)


def _within(runs: Sequence[RecordRun], partitions: Interval) -> Iterator[tuple[RecordRun, Interval]]:
    """The runs that partitions lie in, and which of them."""
    at = bisect_right(runs, partitions.start, key=lambda run: run.partitions.end)
    while at < len(runs) and (run := runs[at]).partitions.start < partitions.end:
        start, end = max(run.partitions.start, partitions.start), min(run.partitions.end, partitions.end)
        yield run, Interval(start, end)
        at += 1


def _each(
    spec: ModelSpec, records: ModelRecords, ordinals: Iterable[int], versions: InputVersions
) -> Iterator[tuple[Interval, Judgement]]:
    for ordinal in ordinals:
        yield (
            Interval(ordinal, ordinal + 1),
            _judge_built(spec, records, records.records[ordinal], versions),
        )


def _judge_run(
    spec: ModelSpec, records: ModelRecords, run: RecordRun, partitions: Interval, versions: InputVersions
) -> Iterator[tuple[Interval, Judgement]]:
    """As each of its records would be judged."""
    whole = IntervalSet.of(partitions)
    before = whole & spec.frozen
    running = (whole & records.running) - before
    watch = watchman(spec)
    watched = IntervalSet() if watch is None else (whole & IntervalSet.span(watch, watch + 1)) - before - running
    parts = [(part, Judgement(Verdict.FROZEN, _FROZEN_BEFORE, run.fingerprint)) for part in before]
    parts += [(part, Judgement(Verdict.RUNNING, _RUNNING, run.fingerprint)) for part in running]
    parts += [(part, _watching(spec, records, run, part.start, versions)) for part in watched]
    parts += [(part, _judge_settled(spec, run)) for part in whole - before - running - watched]
    yield from sorted(parts, key=lambda part: part[0])


def _judge_settled(spec: ModelSpec, run: RecordRun) -> Judgement:
    """Invariant: what settled the run has ruled out all other causes."""
    return _marked_or_logic(spec, run.partitions.start, run) or Judgement(Verdict.CURRENT, "", run.fingerprint)


def _watching(
    spec: ModelSpec, records: ModelRecords, run: RecordRun, ordinal: int, versions: InputVersions
) -> Judgement:
    judgement = _judge_settled(spec, run)
    if judgement.verdict is Verdict.CURRENT and (strange := strays_detail(spec, ordinal, records.checked, versions)):
        return Judgement(Verdict.STALE_INPUT, strange, run.fingerprint)
    return judgement


def _retired(spec: ModelSpec, partitions: Interval) -> Judgement:
    number = slice_of(partitions.start)
    if isinstance(spec.scheme, Grid) and number not in spec.scheme.due_slices:
        return Judgement(Verdict.RETIRED, "its value is not in the model's cut any more")
    return Judgement(Verdict.RETIRED, "outside the bounds of the model's cut")


def _unbuilt(spec: ModelSpec, records: ModelRecords, partitions: IntervalSet) -> Iterator[tuple[Interval, Judgement]]:
    missing = Judgement(Verdict.MISSING, "never built")
    for run in partitions & records.running:
        yield run, Judgement(Verdict.RUNNING, _RUNNING)
    failed: list[Interval] = []
    partitions -= records.running
    for failure in sorted(records.failures, key=lambda failure: failure.failed_at, reverse=True):
        hit = (failure.partitions & partitions) - IntervalSet.merge(failed)
        for run in hit:
            if spec.is_of_logic(run.start, failure.fingerprint):
                failed.append(run)
                yield run, Judgement(Verdict.FAILED, _first_line(failure.error))
    for run in partitions - IntervalSet.merge(failed):
        yield run, missing


def _judge_built(spec: ModelSpec, records: ModelRecords, record: Record, versions: InputVersions) -> Judgement:
    if record.ordinal in spec.frozen:
        return Judgement(Verdict.FROZEN, _FROZEN_BEFORE, record.fingerprint)
    if record.frozen is not None:
        why = f"frozen: {record.frozen}" if record.frozen else "frozen by hand"
        return Judgement(Verdict.FROZEN, why, record.fingerprint)
    if record.ordinal in records.running:
        return Judgement(Verdict.RUNNING, _RUNNING, record.fingerprint)
    judgement = _staleness(spec, records, record, versions)
    if judgement.verdict is Verdict.CURRENT and (
        strange := strays_detail(spec, record.ordinal, records.checked, versions)
    ):
        judgement = Judgement(Verdict.STALE_INPUT, strange, record.fingerprint)
    if judgement.verdict is Verdict.CURRENT or not records.failures:
        return judgement
    failure = records.failure(record.ordinal)
    if failure and failure.failed_at >= record.built_at and spec.is_of_logic(record.ordinal, failure.fingerprint):
        return Judgement(Verdict.FAILED, _first_line(failure.error), record.fingerprint)
    return judgement


def _staleness(spec: ModelSpec, records: ModelRecords, record: Record, versions: InputVersions) -> Judgement:
    if found := _marked_or_logic(spec, record.ordinal, record):
        return found
    if relisted := _relisted(spec, records, record):
        return Judgement(Verdict.STALE_LOGIC, relisted, record.fingerprint)
    if built_open(spec, record):
        return Judgement(Verdict.STALE_INPUT, "built before it had ended", record.fingerprint)
    if changed := changed_input(spec, record, versions):
        return Judgement(Verdict.STALE_INPUT, changed, record.fingerprint)
    return Judgement(Verdict.CURRENT, "", record.fingerprint)


def _marked_or_logic(spec: ModelSpec, ordinal: int, record: Record | RecordRun) -> Judgement | None:
    """What is stale whatever its inputs hold: told of a record, or of a run by one of its partitions."""
    if record.invalidated is not None:
        why = f"invalidated: {record.invalidated}" if record.invalidated else "invalidated by hand"
        return Judgement(Verdict.STALE_INPUT, why, record.fingerprint)
    if spec.keep_old_logic or spec.is_of_logic(ordinal, record.fingerprint):
        return None
    added = spec.added_since(ordinal, record.fingerprint)
    detail = f"built by logic {short(record.fingerprint)}, now {short(spec.fingerprint_at(ordinal))}"
    detail += f", {added_in_words(added)}" if added else ""
    return Judgement(Verdict.STALE_LOGIC, detail, record.fingerprint, added)


def _relisted(spec: ModelSpec, records: ModelRecords, record: Record) -> str | None:
    """How the rest of a list holds other values than it did when it was built, in words."""
    if not spec.has_list(record.ordinal, record.fingerprint):
        return "the list that it is the rest of changed"
    if _taken_in(spec, records, record):
        return "values that it holds now were partitions of their own since it was built"
    return None


def _taken_in(spec: ModelSpec, records: ModelRecords, record: Record) -> bool:
    """Whether rows of a partition were written by another of an earlier cut. Writing the partition ends those records,
    so where there is one it is newer: the list changed, and then changed back.
    """
    if not isinstance(spec.scheme, Grid):
        return False
    number = slice_of(record.ordinal)
    taken = spec.scheme.taken_in.get(number, ())
    return any(record.ordinal + (other - number) * STRIDE in records.records for other in taken)


def short(fingerprint: str) -> str:
    """The first characters of a fingerprint, for people.

    >>> short("v1:0123456789abcdef")
    '01234567'
    """
    return logic_of(fingerprint).rpartition(":")[2][:8]


def _merged(judged: Iterable[tuple[Interval, Judgement]]) -> Iterator[VerdictRun]:
    """Adjacent ones that are alike, as one."""
    whole: Interval | None = None
    current: Judgement | None = None
    for partitions, judgement in judged:
        if whole is not None and current is not None:
            if _alike(judgement, current) and partitions.start == whole.end:
                whole = Interval(whole.start, partitions.end)
                continue
            yield VerdictRun(whole, current)
        whole, current = partitions, judgement
    if whole is not None and current is not None:
        yield VerdictRun(whole, current)


def _alike(one: Judgement, other: Judgement) -> bool:
    """Whether two partitions may be told of together: the input that changed counts, not each one's window of it."""
    return (
        one.verdict is other.verdict
        and one.fingerprint == other.fingerprint
        and one.detail.partition("` changed")[0] == other.detail.partition("` changed")[0]
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "unknown error"

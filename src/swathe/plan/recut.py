"""A model whose cut changed: which of its new partitions are true already, so that only records have to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.reading import GridMapping
from swathe.partition.recut import covered
from swathe.plan.plan import Blocked, Reason, Work
from swathe.plan.record import Former, ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, InputVersions, Verdict, VerdictRun, judge
from swathe.plan.versions import Versions


def former_spec(spec: ModelSpec, former: Former) -> ModelSpec:
    """The model as it was cut then, with what it is now otherwise. All that was built is due."""
    inputs = tuple(
        replace(needed, mapping=GridMapping(needed.mapping.lines, former.scheme, needed.mapping.input))
        for needed in spec.inputs
    )
    return replace(
        spec, scheme=former.scheme, due=former.records.built, inputs=inputs, variants=(), frozen=IntervalSet()
    )


def rekeyed(spec: ModelSpec, former: Former, versions: InputVersions) -> IntervalSet:
    """The due partitions that consist of whole partitions of the former cut, of which all are current.

    Where partitions were each the same slice of a full refresh, so are their unions and their parts.
    """
    then = former_spec(spec, former)
    current = IntervalSet.from_ordinals(
        ordinal
        for run in judge(then, former.records, versions)
        if run.verdict is Verdict.CURRENT
        for ordinal in run.partitions
        if then.has_logic(ordinal, former.records.records[ordinal].fingerprint)
    )
    return covered(spec.scheme, former.scheme, current, spec.due)


def cut_changed(facts: ModelRecords) -> bool:
    """Whether all that was built was cut in another way, so that nothing says which partitions the rows are."""
    return bool(facts.other_units) and not facts.built


def blocked_by_cut(spec: ModelSpec, facts: ModelRecords) -> tuple[Blocked, ...]:
    before = " and ".join(f"`{unit}`" for unit in sorted(facts.other_units))
    detail = f"its cut changed from {before} to `{spec.scheme.unit}`: "
    if facts.other_frozen:
        detail += "partitions of the old cut are frozen, so change it back and `swathe thaw` them first"
    else:
        detail += f"`--full` builds it anew, all {spec.due.count:,}"
        if facts.other_seconds:
            detail += f" (what is there has {facts.other_rows:,} rows and took {facts.other_seconds:,.1f} s)"
    return tuple(Blocked(run, spec.name, detail) for run in spec.due)


def kept_partitions(
    spec: ModelSpec,
    facts: ModelRecords,
    former: Former | None,
    versions: Mapping[InputName, Versions],
    planned: Mapping[ModelName, IntervalSet],
) -> IntervalSet:
    """The partitions of which the rows can stay, and only records are to be written. Not those that read what is built
    first in this plan.
    """
    if former is None or facts.other_frozen:
        return IntervalSet()
    kept = rekeyed(spec, former, versions)
    for needed in spec.inputs:
        upstream = planned.get(ModelName(needed.name)) if needed.is_model else None
        if upstream:
            kept -= needed.mapping.readers(upstream, kept)
    return kept


def rekeying_work(
    spec: ModelSpec,
    facts: ModelRecords,
    verdicts: Sequence[VerdictRun],
    kept: IntervalSet,
    asked: IntervalSet,
) -> tuple[Work, ...]:
    """All that is kept, and what was asked for of the rest."""
    before = " and ".join(f"`{unit}`" for unit in sorted(facts.other_units))
    detail = f"its cut changed from {before} to `{spec.scheme.unit}`; the rows stay, and only records are written"
    found = [Work(run, Reason.RECUT, detail) for run in kept]
    found += [
        Work(part, Reason(run.verdict), run.judgement.detail, added=run.judgement.added)
        for run in verdicts
        if run.verdict in DUE
        for part in (IntervalSet.of(run.partitions) & asked) - kept
    ]
    return tuple(sorted(found, key=lambda entry: entry.partitions))


def readers_of(
    spec: ModelSpec, specs: Sequence[ModelSpec], former: Mapping[ModelName, Former]
) -> tuple[ModelSpec, ...]:
    """All models that read one, as their records are cut."""
    name = InputName(spec.name)
    found = [reader for reader in specs if any(entry.name == name and not entry.own for entry in reader.inputs)]
    return tuple(former_spec(reader, former[reader.name]) if reader.name in former else reader for reader in found)

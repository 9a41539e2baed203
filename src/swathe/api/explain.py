"""`plan --explain`: the whole chain of why for one partition. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from swathe.api.facts import every_record
from swathe.api.keys import covered_partitions
from swathe.api.plan import Choice, Planned, plan_in, sql_diff
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.errors import SelectionError, did_you_mean
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.scheme import WHOLE_KEY
from swathe.plan.causes import Facts, versions_now
from swathe.plan.explain import explain
from swathe.plan.explanation import Explanation, Input, Needs, NewLogic
from swathe.plan.parts import first_of
from swathe.plan.plan import ModelPlan, Plan, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.state.past import histories, source_past

Logics = tuple[ModelName, str, str]
"""A model, and the fingerprints of two of its logics."""


@frozen
class Asked:
    """Which partition of which model is to be explained, in the plan of which models: without any, of all."""

    model: str
    keys: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@frozen
class Explained:
    """Of the partitions that were asked for, the first one with work is explained: `others` are left out, of which
    `others_with_work` have work, too. `diffs` are of the logics in it; a pair is not there where nothing is known of
    one of them.
    """

    planned: Planned
    explanation: Explanation
    others: int
    others_with_work: int
    diffs: Mapping[Logics, tuple[str, ...]]


def explain_partition(options: ProjectOptions, asked: Asked) -> Explained:
    """Writes nothing. Raises SelectionError for a model or a partition that is none."""
    workspace = load(options)
    name = _model(workspace, asked)
    everything = workspace.select((), ())
    selected = workspace.select(asked.select, asked.exclude)
    if name not in selected:
        hint = f"without a selection it is explained in the plan of all models; or add `{name}` to it"
        raise SelectionError(f"`{name}` is not among the selected models", hint=hint)
    with open_warehouse(workspace, read_only=True) as warehouse:
        # All models are judged, and all sources looked at: the reason may lie in any of them.
        planned = plan_in(workspace, warehouse, everything, Choice(), reading=every_record, strict=False)
        if set(selected) != set(everything):
            planned = replace(planned, plan=_plan_of(planned, frozenset(selected)))
        facts = _facts(planned, warehouse, name)
    spec = facts.specs[name]
    covered = _covered(asked.keys, spec, facts)
    busy = _busy(next(model for model in planned.plan.models if model.spec.name == name)) & covered
    explanation = explain(facts, name, first_of(busy or covered))
    left = IntervalSet.span(explanation.ordinal, explanation.ordinal + 1)
    return Explained(planned, explanation, covered.count - 1, (busy - left).count, _diffs(planned, explanation))


def _model(workspace: Workspace, asked: Asked) -> ModelName:
    models = workspace.project.models
    if ModelName(asked.model) not in models:
        hint = did_you_mean(asked.model, models, otherwise="`swathe status` lists the models")
        raise SelectionError(f"there is no model `{asked.model}` (given with `--explain`)", hint=hint)
    return ModelName(asked.model)


def _plan_of(planned: Planned, selected: frozenset[ModelName]) -> Plan:
    now = planned.workspace.now
    return build_plan(planned.specs, planned.records, planned.sources, now, Request(selected), planned.formers)


def _busy(model: ModelPlan) -> IntervalSet:
    """The partitions that the plan has something to say of."""
    return model.partitions | IntervalSet.merge(entry.partitions for entry in model.blocked)


def _covered(keys: tuple[str, ...], spec: ModelSpec, facts: Facts) -> IntervalSet:
    """The partitions that there are among those that keys name. Raises SelectionError when there are none."""
    there = spec.due | facts.of(spec).built
    if not there:
        why = f"it waits for `{spec.waits_for[0]}`" if spec.waits_for else "none is due"
        raise SelectionError(f"`{spec.name}` has no partition yet", hint=f"{why}; `swathe status {spec.name}` shows it")
    if not keys:
        if there.count == 1:
            return there
        busy = _busy(facts.planned[spec.name])
        example = f"for example `--partition {spec.scheme.key(first_of(busy or there))}`"
        message = f"`--explain {spec.name}` needs a partition: there are {there.count:,}"
        raise SelectionError(message, hint=f"{example}, the first with work" if busy else example)
    known = replace(spec, due=there)
    named = [there if key == WHOLE_KEY else covered_partitions(key, known) for key in keys]
    found = IntervalSet.merge(run for partitions in named for run in partitions) & there
    if not found:
        first, last = (spec.scheme.key(end) for end in (there.intervals[0].start, there.intervals[-1].last))
        which = f"its only one is {first}" if there.count == 1 else f"they go from {first} to {last}"
        listed = " and ".join(f"`{key}`" for key in keys)
        hint = f"{which}; a partition of time is there once it has ended, on the clock of its column"
        raise SelectionError(f"{listed} {'is' if len(keys) == 1 else 'are'} no partition of `{spec.name}`", hint=hint)
    return found


def _facts(planned: Planned, warehouse: Warehouse, name: ModelName) -> Facts:
    workspace = planned.workspace
    specs = {spec.name: spec for spec in planned.specs}
    facts = Facts(
        specs,
        planned.records,
        versions_now(specs, planned.records, planned.sources, planned.plan),
        planned.plan,
    )
    if warehouse.store is None:
        return facts
    reach = {name, *workspace.project.definition.graph.upstream(name)}
    schemes = {other: specs[other].scheme for other in reach}
    history = histories(schemes, warehouse.session, warehouse.store)
    for other, why in _lost(planned, warehouse, reach):
        history[other] = replace(history[other], lost=why)
    sources = {
        entry.source.name: source_past(entry, warehouse.session, warehouse.store) for entry in planned.observations
    }
    return replace(facts, history=history, sources=sources)


def _lost(planned: Planned, warehouse: Warehouse, names: Iterable[ModelName]) -> Iterator[tuple[ModelName, str]]:
    """Models that have records which do not count, since they are not about a table that is there."""
    store = warehouse.store
    if store is None:
        return
    tables = store.tables.all()
    recorded = store.records({name: planned.cuts.of(name) for name in names})
    for name, facts in recorded.items():
        counted = planned.records.get(name) or ModelRecords(facts.unit)
        if counted.records or counted.other_units or not (facts.records or facts.other_units):
            continue
        relation = planned.workspace.project.models[name].relation
        before = tables.get(name, relation)
        if before != relation:
            now = f"`{relation.schema}.{relation.name}`"
            yield name, f"the model's table is {now} now, and was `{before.schema}.{before.name}`"
        else:
            yield name, f"there is no table `{relation.schema}.{relation.name}` any more"


def _diffs(planned: Planned, explanation: Explanation) -> dict[Logics, tuple[str, ...]]:
    texts = {(entry.model, entry.fingerprint): entry.sql for entry in planned.stored_logic}
    for name, model in planned.workspace.project.models.items():
        texts |= {(name, str(variant.logic.fingerprint)): variant.logic.sql for variant in model.variants}
    found = {}
    for change in _logics(explanation):
        before, after = texts.get((change.model, change.before)), texts.get((change.model, change.after))
        if before is not None and after is not None:
            found[change.model, change.before, change.after] = sql_diff(before, after)
    return found


def _logics(explanation: Explanation) -> Iterator[NewLogic]:
    for cause in explanation.causes:
        if isinstance(cause, NewLogic):
            yield cause
        parts = cause.parts if isinstance(cause, Input) else (cause.part,) if isinstance(cause, Needs) else ()
        for part in parts:
            if part.explanation is not None:
                yield from _logics(part.explanation)

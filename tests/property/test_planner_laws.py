"""What holds of every plan, over any graph of models and any facts about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from time import perf_counter
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from support.facts import (
    BUILT_AT,
    DAYS,
    MONTHS,
    NOW,
    WEEKS,
    WHOLE,
    model,
    of,
    plan,
    read,
    reads,
    record,
    records,
)
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import Scheme
from swathe.plan.planner import ModelPlan, Only, Plan, Request, build_plan
from swathe.plan.record import Failure, ModelRecords, Record
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import DUE, Verdict, changed_input
from swathe.plan.versions import Versions

SCHEMES: list[Scheme] = [DAYS, DAYS, DAYS, WEEKS, MONTHS, WHOLE]
LONGEST: dict[Scheme, int] = {DAYS: 70, WEEKS: 10, MONTHS: 3, WHOLE: 1}
RAW = InputName("raw.events")
T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """Models, upstream first, and all facts about them."""

    specs: tuple[ModelSpec, ...]
    facts: Mapping[ModelName, ModelRecords]
    sources: Mapping[InputName, Versions]

    def plan(self, request: Request | None = None) -> Plan:
        return plan(self.specs, self.facts, self.sources, request)

    def versions(self) -> dict[InputName, Versions]:
        return {**self.sources, **{InputName(name): facts.versions for name, facts in self.facts.items()}}


@st.composite
def runs(draw: st.DrawFn, longest: int) -> IntervalSet:
    """Some of the first ordinals, in few runs."""
    cuts = sorted(draw(st.lists(st.integers(0, longest), max_size=6)))
    return IntervalSet.merge(Interval(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b)


@st.composite
def specs_of(draw: st.DrawFn) -> tuple[ModelSpec, ...]:
    found: list[ModelSpec] = []
    for name in "abcde"[: draw(st.integers(1, 5))]:
        scheme = draw(st.sampled_from(SCHEMES))
        longest = LONGEST[scheme]
        begin = draw(st.integers(0, max(longest // 4, 0)))
        end = draw(st.integers(begin + 1, max(longest, begin + 1)))
        inputs = []
        for earlier in [*found, None]:
            if draw(st.booleans()):
                inputs.append(
                    reads(
                        str(earlier.name) if earlier else RAW,
                        lookback=draw(st.sampled_from([0, 0, 1, 5])),
                        whole=draw(st.integers(0, 4)) == 0,
                        reader=scheme,
                        cut=earlier.scheme if earlier else DAYS,
                        source=earlier is None,
                    )
                )
        found.append(
            model(
                name,
                range(begin, end),
                *inputs,
                scheme=scheme,
                lookback=draw(st.sampled_from([0, 0, 2])),
                frozen=draw(runs(longest)) if draw(st.integers(0, 3)) == 0 else IntervalSet(),
                keep_old_logic=draw(st.integers(0, 4)) == 0,
            )
        )
    return tuple(found)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Partitions that were built from what there is, from something else, with other logic, or not at all."""
    specs = draw(specs_of())
    now: dict[InputName, Versions] = {}
    if draw(st.booleans()):
        now[RAW] = Versions.of("day", draw(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 9)), max_size=8)))
    sources = dict(now)
    facts: dict[ModelName, ModelRecords] = {}
    for spec in specs:
        built = draw(runs(LONGEST[spec.scheme] + 2))
        stale, other = draw(runs(LONGEST[spec.scheme])), draw(runs(LONGEST[spec.scheme]))
        entries = []
        for ordinal in built.ordinals():
            inputs = read(spec, ordinal, now)
            if ordinal in stale:
                inputs = tuple(replace(entry, version=entry.version + 1) for entry in inputs)
            logic = "old" if ordinal in other else "L"
            entries.append(record(spec, ordinal, logic=logic, inputs=inputs))
        failures = [Failure(run, "L", "boom", BUILT_AT) for run in draw(runs(LONGEST[spec.scheme]))]
        facts[spec.name] = records(spec, *entries, failures=failures)
        now[InputName(spec.name)] = facts[spec.name].versions
    return World(specs, facts, sources)


@st.composite
def requests(draw: st.DrawFn, specs: Iterable[ModelSpec]) -> Request:
    listed = list(specs)
    names = [spec.name for spec in listed]
    models = set(names) if draw(st.booleans()) else draw(st.sets(st.sampled_from(names), min_size=1))
    partitions = None
    if draw(st.booleans()):
        partitions = {spec.name: draw(runs(LONGEST[spec.scheme])) for spec in listed if spec.name in models}
    return Request(frozenset(models), partitions, draw(st.sampled_from(Only)), draw(st.integers(0, 3)) == 0)


@st.composite
def asked_of(draw: st.DrawFn) -> tuple[World, Request]:
    world = draw(worlds())
    return world, draw(requests(world.specs))


def asked(spec: ModelSpec, request: Request) -> IntervalSet:
    return spec.due if request.partitions is None else spec.due & request.partitions.get(spec.name, IntervalSet())


def with_verdict(entry: ModelPlan, *wanted: Verdict) -> IntervalSet:
    return IntervalSet.merge(run.partitions for run in entry.verdicts if run.verdict in wanted)


def blocked(entry: ModelPlan) -> IntervalSet:
    return IntervalSet.merge(run.partitions for run in entry.blocked)


def by_reason(entry: ModelPlan) -> dict[str, IntervalSet]:
    found: dict[str, list[Interval]] = {}
    for piece in entry.work:
        found.setdefault(piece.reason, []).append(piece.partitions)
    return {reason: IntervalSet.merge(listed) for reason, listed in found.items()}


def disjoint(intervals: Iterable[Interval]) -> bool:
    listed = list(intervals)
    return IntervalSet.merge(listed).count == sum(map(len, listed))


def carried_out(world: World, planned: Plan, changes: int) -> World:
    """The facts after a run: each partition is built from what there is then; every `changes`-th has other content."""
    facts = dict(world.facts)
    for entry in planned.models:
        spec = entry.spec
        versions = World(world.specs, facts, world.sources).versions()
        held: dict[int, Record] = dict(facts[spec.name].records)
        for ordinal in entry.partitions.ordinals():
            before = held.get(ordinal)
            if before and ordinal in entry.maybe and changed_input(spec, before, versions) is None:
                continue
            content = (before.version if before else 1) + (ordinal % changes == 0)
            held[ordinal] = record(spec, ordinal, versions, version=content)
        facts[spec.name] = records(spec, *held.values())
    return replace(world, facts=facts)


law = settings(deadline=None, max_examples=100)


@law
@given(worlds(), st.integers(1, 3))
def test_after_everything_was_built_there_is_nothing_to_do(world: World, changes: int) -> None:
    done = carried_out(world, world.plan(), changes)
    again = done.plan()
    assert again.partitions == 0
    assert again.blocked == 0
    assert {run.verdict for entry in again.models for run in entry.verdicts} <= {
        Verdict.CURRENT, Verdict.FROZEN, Verdict.RETIRED,
    }  # fmt: skip


@law
@given(asked_of())
def test_work_is_due_and_was_asked_for_or_is_read_by_what_was(given_: tuple[World, Request]) -> None:
    world, request = given_
    planned = world.plan(request)
    needed = {spec.name: IntervalSet() for spec in world.specs}
    for entry in reversed(planned.models):
        spec, own = entry.spec, asked(entry.spec, request)
        assert spec.name in request.models
        assert not entry.partitions - spec.due
        for piece in entry.work:
            if piece.reason == "requested" or piece.maybe:
                assert not IntervalSet.of(piece.partitions) - own
            elif piece.reason != "lookback":
                assert not IntervalSet.of(piece.partitions) - own - needed[spec.name]
        for entry_input in spec.inputs:
            if entry_input.is_model and not entry_input.mapping.is_whole:
                wanted = own | needed[spec.name]
                read_there = IntervalSet.merge(found for run in wanted if (found := entry_input.mapping.reads(run)))
                needed[ModelName(entry_input.name)] |= read_there


@law
@given(asked_of())
def test_work_and_blocked_are_disjoint_and_in_order(given_: tuple[World, Request]) -> None:
    world, request = given_
    for entry in world.plan(request).models:
        assert disjoint(piece.partitions for piece in entry.work)
        assert [piece.partitions for piece in entry.work] == sorted(piece.partitions for piece in entry.work)
        assert disjoint(piece.partitions for piece in entry.blocked)
        assert not entry.partitions & blocked(entry)


@law
@given(asked_of())
def test_what_may_turn_out_to_be_current_is_current_now(given_: tuple[World, Request]) -> None:
    world, request = given_
    for entry in world.plan(request).models:
        assert not entry.maybe - with_verdict(entry, Verdict.CURRENT)
        certain = entry.partitions - entry.maybe
        lookback = IntervalSet.merge(piece.partitions for piece in entry.work if piece.reason == "lookback")
        if not request.full:
            assert not certain - lookback - with_verdict(entry, *DUE)
        assert not entry.partitions & with_verdict(entry, Verdict.FROZEN, Verdict.RETIRED, Verdict.RUNNING)


@law
@given(asked_of())
def test_verdicts_cover_what_is_due_or_built_once(given_: tuple[World, Request]) -> None:
    world, request = given_
    for entry in world.plan(request).models:
        spans = [run.partitions for run in entry.verdicts]
        assert spans == sorted(spans)
        assert disjoint(spans)
        assert IntervalSet.merge(spans) == entry.spec.due | world.facts[entry.spec.name].built


@law
@given(worlds())
def test_everything_that_is_not_true_is_in_the_plan(world: World) -> None:
    planned = world.plan()
    assert planned.blocked == 0
    for entry in planned.models:
        assert not with_verdict(entry, *DUE) - entry.partitions


@law
@given(asked_of())
def test_nothing_is_built_from_what_is_not_there(given_: tuple[World, Request]) -> None:
    world, request = given_
    planned = world.plan(request)
    there = {spec.name: world.facts[spec.name].built for spec in world.specs}
    for entry in planned.models:
        there[entry.spec.name] |= entry.partitions
    for entry in planned.models:
        for needed in entry.spec.inputs:
            upstream = next((spec for spec in world.specs if str(spec.name) == needed.name), None)
            if upstream is None:
                continue
            for ordinal in entry.partitions.ordinals():
                run = needed.mapping.reads(Interval(ordinal, ordinal + 1))
                read_there = upstream.due if run is None else upstream.due & IntervalSet.of(run)
                assert not read_there - there[upstream.name]


@law
@given(worlds())
def test_what_stays_reads_nothing_that_is_rebuilt(world: World) -> None:
    planned = world.plan()
    rebuilt = {InputName(entry.spec.name): entry.partitions for entry in planned.models}
    for entry in planned.models:
        stays = (with_verdict(entry, Verdict.CURRENT) & entry.spec.due) - entry.partitions
        for needed in entry.spec.inputs:
            hull = stays.hull()
            if hull is not None and needed.is_model:
                assert not needed.mapping.readers(rebuilt[needed.name], hull) & stays


@law
@given(asked_of(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(given_: tuple[World, Request], chance: Random) -> None:
    world, request = given_
    first = world.plan(request)
    mixed = World(
        tuple(replace(spec, inputs=tuple(shuffled(spec.inputs, chance))) for spec in other_order(world.specs, chance)),
        dict(shuffled(world.facts.items(), chance)),
        world.sources,
    )
    second = mixed.plan(request)
    for spec in world.specs:
        if spec.name not in request.models:
            continue
        one, other = of(first, spec.name), of(second, spec.name)
        assert by_reason(one) == by_reason(other)
        assert one.maybe == other.maybe
        assert blocked(one) == blocked(other)
        for verdict in Verdict:
            assert with_verdict(one, verdict) == with_verdict(other, verdict)


@law
@given(asked_of())
def test_asking_for_less_gives_no_more(given_: tuple[World, Request]) -> None:
    world, request = given_
    everything = Request(request.models, None, Only.ALL, request.full)
    more = {entry.spec.name: entry.partitions | blocked(entry) for entry in world.plan(everything).models}
    for entry in world.plan(request).models:
        assert not (entry.partitions | blocked(entry)) - more[entry.spec.name]


def shuffled(values: Iterable[T], chance: Random) -> list[T]:
    listed = list(values)
    chance.shuffle(listed)
    return listed


def other_order(specs: Iterable[ModelSpec], chance: Random) -> list[ModelSpec]:
    """Another order in which each model comes after those it reads."""
    waiting, found = shuffled(specs, chance), list[ModelSpec]()
    while waiting:
        done = {spec.name for spec in found}
        ready = next(
            spec for spec in waiting
            if all(not needed.is_model or ModelName(needed.name) in done for needed in spec.inputs)
        )  # fmt: skip
        waiting.remove(ready)
        found.append(ready)
    return found


def test_two_years_of_days_in_fifty_models_are_planned_at_once() -> None:
    """Not a benchmark: the cost must grow with models times partitions, not faster."""
    days = 730
    specs: list[ModelSpec] = []
    facts: dict[ModelName, ModelRecords] = {}
    sources = {RAW: Versions.of("day", ((day, day + 1) for day in range(days)))}
    now = dict(sources)
    for number in range(50):
        needs = [reads(str(spec.name), lookback=6 if number % 3 else 0) for spec in specs[-2:]]
        spec = model(f"m{number:02}", range(days), *(needs or [reads(RAW, source=True)]))
        specs.append(spec)
        facts[spec.name] = records(spec, *(record(spec, day, now) for day in range(days)))
        now[InputName(spec.name)] = facts[spec.name].versions
    changed = {RAW: Versions.of("day", ((day, day + 1 + (day == 300)) for day in range(days)))}
    request = Request(frozenset(spec.name for spec in specs))
    for entries, current in (({}, sources), (facts, sources), (facts, changed)):
        started = perf_counter()
        planned = build_plan(specs, entries, current, NOW, request)
        assert perf_counter() - started < 5
        assert planned.partitions == {0: 50 * days}.get(len(entries), planned.partitions)

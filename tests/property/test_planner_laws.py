"""What holds of every plan, over any graph of models and any facts about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from time import perf_counter
from typing import TypeVar

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support.facts import (
    BUILT_AT,
    DAYS,
    MONTHS,
    NOW,
    WEEKS,
    WHOLE,
    by,
    grid,
    model,
    of,
    plan,
    read,
    reads,
    record,
    records,
)
from swathe.model.definition import InputName, ModelName
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import (
    NULL_LINE,
    STRIDE,
    Grid,
    Scheme,
    Slice,
    all_partitions,
    by_slice,
    line_of,
    line_scheme,
    placed,
    slice_of,
)
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping as LineMapping
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import Line
from swathe.partition.values import NULL, REST, Listed
from swathe.plan.plan import ModelPlan, Only, Plan, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import Failure, ModelRecords, Record
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.strays import beside, beside_versions, strays_detail, watchman
from swathe.plan.verdict import DUE, Verdict, changed_input
from swathe.plan.versions import Versions

BLOCKS, TENS = RangeScheme("n", 10), RangeScheme("n", 4, 3)
SCHEMES: list[Line] = [DAYS, DAYS, DAYS, WEEKS, MONTHS, BLOCKS, TENS, WHOLE]
LONGEST: dict[Line, int] = {DAYS: 70, WEEKS: 10, MONTHS: 3, BLOCKS: 6, TENS: 15, WHOLE: 1}
GRID_LONGEST: dict[Line, int] = {**LONGEST, DAYS: 12}
RAW = InputName("raw.events")
T = TypeVar("T")
DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))


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


def longest(scheme: Scheme) -> int:
    return (GRID_LONGEST if isinstance(scheme, Grid) else LONGEST)[line_scheme(scheme)]


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """By values, across days or numbers or alone, with slices that are in no list any more."""
    line = draw(st.sampled_from([DAYS, DAYS, BLOCKS, TENS, WHOLE]))
    null_line = line is not WHOLE and draw(st.booleans())
    columns = draw(st.sampled_from(["k", "k", "m", "km", "" if null_line else "k"]))
    cuts = []
    for column in columns:
        values = draw(st.lists(st.sampled_from("abc"), max_size=2, unique=True))
        rest = draw(st.booleans())
        cuts.append(by(column, *values, rest=rest, null=draw(st.booleans()) or not (values or rest)))
    found = grid(*cuts, line=line, null_line=null_line)
    return found.known(map(found.spell, draw(st.lists(slices_of(found), max_size=2))))


def slices_of(scheme: Grid) -> st.SearchStrategy[Slice]:
    return st.tuples(*(st.sampled_from([*map(Listed, "abcd"), REST, NULL]) for _ in scheme.dimensions))


@st.composite
def areas(draw: st.DrawFn, scheme: Scheme, more: int = 0) -> IntervalSet:
    """Some of a table's partitions, in few rectangles."""
    if not isinstance(scheme, Grid):
        return draw(runs(longest(scheme) + more))
    found = IntervalSet()
    for _ in range(draw(st.integers(0, 2)) if scheme.slices else 0):
        lines = draw(runs(longest(scheme) + more))
        if scheme.null_line and draw(st.booleans()):
            lines |= IntervalSet.span(NULL_LINE, NULL_LINE + 1)
        for number in draw(st.sets(st.sampled_from(range(len(scheme.slices))))):
            found |= placed(number, lines)
    return found


def dimensions(scheme: Scheme) -> str:
    return "".join(dimension.column for dimension in scheme.dimensions) if isinstance(scheme, Grid) else ""


@st.composite
def needs(draw: st.DrawFn, name: str, scheme: Scheme, cut: Scheme, *, source: bool) -> InputSpec:
    pairs = [mine + theirs for mine in dimensions(scheme) for theirs in dimensions(cut)]
    return reads(
        name,
        lookback=draw(st.sampled_from([0, 0, 1, 5])),
        whole=draw(st.integers(0, 4)) == 0,
        reader=scheme,
        cut=cut,
        source=source,
        links=draw(st.sets(st.sampled_from(pairs))) if pairs else (),
    )


def own(needed: InputSpec, first: int) -> InputSpec:
    """The same of the model's own table."""
    mapping = needed.mapping
    assert isinstance(mapping.lines, LineMapping)
    return replace(needed, mapping=replace(mapping, lines=EarlierMapping(mapping.lines, first)))


@st.composite
def specs_of(draw: st.DrawFn, source: Scheme) -> tuple[ModelSpec, ...]:
    found: list[ModelSpec] = []
    for name in "abcde"[: draw(st.integers(1, 5))]:
        scheme: Scheme = draw(grids()) if draw(st.booleans()) else draw(st.sampled_from(SCHEMES))
        begin = draw(st.integers(0, longest(scheme) // 4))
        end = draw(st.integers(begin + 1, max(longest(scheme), begin + 1)))
        due = all_partitions(
            scheme, IntervalSet.span(0, 1) if line_scheme(scheme) == WHOLE else IntervalSet.span(begin, end)
        )
        inputs = []
        for earlier in [*found, None]:
            if draw(st.booleans()):
                cut = earlier.scheme if earlier else source
                inputs.append(draw(needs(str(earlier.name) if earlier else RAW, scheme, cut, source=earlier is None)))
        if line_scheme(scheme) != WHOLE and not getattr(scheme, "null_line", False) and draw(st.integers(0, 5)) == 0:
            inputs.append(own(draw(needs(name, scheme, scheme, source=False)), begin))
        found.append(
            model(
                name,
                due.ordinals(),
                *inputs,
                scheme=scheme,
                lookback=draw(st.sampled_from([0, 0, 2])),
                frozen=draw(areas(scheme)) if draw(st.integers(0, 3)) == 0 else IntervalSet(),
                keep_old_logic=draw(st.integers(0, 4)) == 0,
            )
        )
    return tuple(found)


@st.composite
def sources_of(draw: st.DrawFn) -> tuple[Scheme, Versions]:
    """A source by day, at times with a slice for each value that was found in it; in places without rows."""
    scheme: Scheme = DAYS
    if draw(st.booleans()):
        found = draw(st.lists(st.sampled_from([*map(Listed, "abcd"), NULL]), max_size=4))
        scheme = grid(by("k"), line=DAYS)
        scheme = scheme.known(scheme.spell((at,)) for at in found)
    lines = st.one_of(st.just(NULL_LINE), st.integers(0, longest(scheme)))
    places = st.lists(st.tuples(st.integers(0, 4), lines, st.integers(0, 9)), max_size=8)
    count = len(scheme.slices) if isinstance(scheme, Grid) else 1
    held = [(number * STRIDE + along, version) for number, along, version in draw(places) if number < count]
    return scheme, Versions.of(scheme.unit, held)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Partitions that were built from what there is, from something else, with other logic, or not at all."""
    source, measured = draw(sources_of())
    specs = draw(specs_of(source))
    now: dict[InputName, Versions] = {RAW: measured} if draw(st.booleans()) else {}
    sources = dict(now)
    facts: dict[ModelName, ModelRecords] = {}
    for spec in specs:
        built = draw(areas(spec.scheme, 2))
        stale, other = draw(areas(spec.scheme)), draw(areas(spec.scheme))
        entries = []
        for ordinal in built.ordinals():
            inputs = read(spec, ordinal, now)
            if ordinal in stale:
                inputs = tuple(replace(entry, version=entry.version + 1) for entry in inputs)
            logic = "old" if ordinal in other else None
            entries.append(record(spec, ordinal, logic=logic, inputs=inputs))
        failures = [
            Failure(IntervalSet.of(run), spec.fingerprint_at(run.start), "boom", BUILT_AT)
            for run in draw(areas(spec.scheme))
        ]
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
        partitions = {spec.name: draw(areas(spec.scheme)) for spec in listed if spec.name in models}
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
        checked = facts[spec.name].checked
        for ordinal in sorted(entry.partitions.ordinals(), key=line_of):
            if any(needed.own for needed in spec.inputs):
                versions[InputName(spec.name)] = records(spec, *held.values()).versions
            before = held.get(ordinal)
            if (
                before and ordinal in entry.maybe and changed_input(spec, before, versions) is None
                and strays_detail(spec, ordinal, checked, versions) is None
            ):  # fmt: skip
                continue
            if ordinal == watchman(spec):
                checked = beside_versions(spec, versions)
            for gone in overwritten(spec.scheme, ordinal):
                held.pop(gone, None)
            content = (before.version if before else 1) + (ordinal % changes == 0)
            held[ordinal] = record(spec, ordinal, versions, version=content)
        facts[spec.name] = records(spec, *held.values(), checked=checked)
    return replace(world, facts=facts)


def overwritten(scheme: Scheme, ordinal: int) -> list[int]:
    """The partitions whose rows are replaced when one is written."""
    if not isinstance(scheme, Grid):
        return [ordinal]
    here = slice_of(ordinal)
    return [ordinal + (number - here) * STRIDE for number in scheme.overwritten([here])]


law = settings(deadline=None, max_examples=2_000 if DEEP else 60)


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
        spec, mine = entry.spec, asked(entry.spec, request)
        assert spec.name in request.models
        assert not entry.partitions - spec.due
        if any(entry_input.own for entry_input in spec.inputs):
            wanted = by_slice(mine | needed[spec.name]).values()
            last = max((lines.intervals[-1].last for lines in wanted), default=NULL_LINE)
            needed[spec.name] |= IntervalSet.from_ordinals(o for o in spec.due.ordinals() if line_of(o) < last)
        for piece in entry.work:
            if piece.reason == "requested" or piece.maybe:
                assert not IntervalSet.of(piece.partitions) - mine
            elif piece.reason != "lookback":
                assert not IntervalSet.of(piece.partitions) - mine - needed[spec.name]
        for entry_input in spec.inputs:
            if entry_input.is_model and entry_input.mapping.is_bounded and not entry_input.own:
                wanted = mine | needed[spec.name]
                for run in wanted:
                    needed[ModelName(entry_input.name)] |= (
                        entry_input.mapping.reads(IntervalSet.of(run)) or IntervalSet()
                    )


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
                run = needed.mapping.reads(IntervalSet.span(ordinal, ordinal + 1))
                read_there = upstream.due if run is None else upstream.due & run
                assert not read_there - there[upstream.name]


def test_what_reads_a_blocked_partition_of_its_own_table_is_blocked_too() -> None:
    following = own(reads("a", lookback=1), 0)
    spec = model("a", range(4), following)
    failed = records(spec, failures=[Failure(IntervalSet.span(0, 1), "L", "boom", BUILT_AT)])
    planned = World((spec,), {spec.name: failed}, {}).plan(Request(frozenset({spec.name}), only=Only.MISSING))
    assert planned.partitions == 0
    assert blocked(planned.models[0]) == IntervalSet.span(1, 4)


@law
@given(worlds())
def test_what_stays_reads_nothing_that_is_rebuilt(world: World) -> None:
    planned = world.plan()
    rebuilt = {InputName(entry.spec.name): entry.partitions for entry in planned.models}
    for entry in planned.models:
        stays = (with_verdict(entry, Verdict.CURRENT) & entry.spec.due) - entry.partitions
        for needed in entry.spec.inputs:
            if needed.is_model:
                reached = needed.mapping.chain if needed.own else needed.mapping.readers
                assert not reached(rebuilt[needed.name], stays)


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


@law
@given(worlds(), st.data())
def test_exactly_what_reads_a_change_is_stale(world: World, data: st.DataObject) -> None:
    done = carried_out(world, world.plan(), 2)
    names = [InputName(spec.name) for spec in done.specs if done.facts[spec.name].records] + list(done.sources)
    assume(names)
    name = data.draw(st.sampled_from(names))
    if name in done.sources:
        held = done.sources[name]
        changed = data.draw(st.sampled_from(held.ordinals or (3,)))
        pairs = [*zip(held.ordinals, versions_of(held), strict=True), (changed, 1)]
        after = replace(done, sources={name: Versions.of(held.unit, pairs)})
    else:
        facts = done.facts[ModelName(name)]
        changed = data.draw(st.sampled_from(sorted(facts.records)))
        other = replace(facts.records[changed], version=facts.records[changed].version + 1)
        facts = replace(facts, records={**facts.records, changed: other})
        after = replace(done, facts={**done.facts, ModelName(name): facts})
    before = {entry.spec.name: entry for entry in done.plan().models}
    for entry in after.plan().models:
        current = with_verdict(before[entry.spec.name], Verdict.CURRENT)
        readers = IntervalSet.from_ordinals(
            ordinal
            for needed in entry.spec.inputs
            if needed.name == name
            for ordinal in current.ordinals()
            if needed.own is None or needed.mapping.reading(ordinal) is not None
            if (read := needed.mapping.reads(IntervalSet.span(ordinal, ordinal + 1))) is None or changed in read
        )
        watch = watchman(entry.spec)
        if (
            watch is not None
            and watch in current
            and any(needed.name == name and changed in beside(entry.spec, needed) for needed in entry.spec.inputs)
        ):
            readers |= IntervalSet.span(watch, watch + 1)
        assert with_verdict(entry, Verdict.STALE_INPUT) == readers
        assert with_verdict(entry, Verdict.CURRENT) == current - readers


def versions_of(versions: Versions) -> list[int]:
    return [after - before for before, after in pairwise(versions.prefix)]


@law
@given(grids(), st.integers(0, 11), st.data())
def test_what_was_taken_off_a_list_makes_the_rest_stale(scheme: Grid, line: int, data: st.DataObject) -> None:
    """A value's own partition was written after the rest of the list was: else its record would have ended then."""
    line = 0 if scheme.line == WHOLE else line
    spec = model("a", all_partitions(scheme, IntervalSet.span(line, line + 1)).ordinals(), scheme=scheme)
    built = data.draw(st.sets(st.sampled_from(range(len(scheme.slices))))) if scheme.slices else set()
    held = records(spec, *(record(spec, number * STRIDE + line) for number in built))
    done = World((spec,), {spec.name: held}, {})
    stale = with_verdict(done.plan().models[0], Verdict.STALE_LOGIC)
    for number in built & set(scheme.due_slices):
        over = (scheme.overwritten([number]) - {number}) & built
        assert (number * STRIDE + line in stale) == bool(over)
        assert all(other >= scheme.declared for other in over)


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
            if all(not needed.is_model or needed.own or ModelName(needed.name) in done for needed in spec.inputs)
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

"""Which records need no look at each of them. Any doubt leaves a block to be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from support.facts import BUILT_AT, DAYS, NOW, WEEKS, failure, model, ordinals, reads, shown, versions
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.blocks import BLOCK, Block, Content, ContentBlock, Overview, ReadBlock, Stretch
from swathe.plan.settle import Settled, Settlement
from swathe.plan.spec import ModelSpec

BASE, RAW = InputName("base"), InputName("raw.events")
AMOUNTS = frozenset({"amount"})
READER = replace(model("m", "0-9", reads("base")), planned_at=NOW.replace(tzinfo=None))


def block(first: int = 0, last: int = 9, **more: object) -> Block:
    made = Block(
        unit=DAYS.unit, part="", start=first & -BLOCK, fingerprint="v1", count=last - first + 1, first=first, last=last,
        row_count=100, held=last - first + 1, seconds=1.0, timed=10, planned_at=BUILT_AT, marked=0,
        frozen=0, stopped=0, digest=7,
    )  # fmt: skip
    return replace(made, **more)


def read(**more: object) -> ReadBlock:
    made = ReadBlock(part="", start=0, input=BASE, unit=DAYS.unit, columns=None, count=10, alike=10, digest=7)
    return replace(made, **more)


def overview(
    mine: tuple[Block, ...] = (block(),),
    read_of: tuple[ReadBlock, ...] = (read(),),
    theirs: tuple[Block, ...] = (block(),),
    contents: tuple[ContentBlock, ...] = (),
) -> Overview:
    name, base = ModelName("m"), ModelName("base")
    return Overview({name: mine, base: theirs}, {name: read_of}, {base: contents})


def settled(over: Overview, spec: ModelSpec = READER, **more: object) -> Settled:
    schemes = {ModelName("m"): spec.scheme, ModelName("base"): DAYS}
    found = Settlement(over, schemes, {}).settle(spec, more.pop("failures", ()), more.pop("known", {}))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_what_has_read_what_is_there_is_one_run() -> None:
    found = settled(overview())
    assert [run.partitions for run in found.runs] == [Interval(0, 10)]
    assert not found.others
    assert not found.wanted


def test_runs_that_follow_each_other_are_one() -> None:
    second = block(BLOCK, BLOCK + 4)
    first = block(0, BLOCK - 1)
    over = overview(
        (second, first),
        (read(count=BLOCK, alike=BLOCK), read(start=BLOCK, count=5, alike=5)),
        (first, second),
    )
    (run,) = settled(over).runs
    assert run.partitions == Interval(0, BLOCK + 5)
    assert (run.row_count, run.seconds, run.timed) == (200, 2.0, 20)


@pytest.mark.parametrize(
    "mine",
    [
        block(count=9),
        block(marked=1),
        block(frozen=1),
        block(planned_at=datetime(1970, 1, 5)),
        block(part="origin=EWR"),
    ],
    ids=["a hole", "a mark", "frozen", "built before it had ended", "of a slice"],
)
def test_a_block_that_is_not_even_is_looked_at(mine: Block) -> None:
    found = settled(overview((mine,)))
    assert not found.runs
    assert shown(found.others) == "0-9"


@pytest.mark.parametrize(
    "entries",
    [
        (read(digest=8),),
        (read(alike=9),),
        (read(count=9, alike=9),),
        (read(unit=WEEKS.unit),),
        (read(), read(columns=AMOUNTS)),
        (),
    ],
    ids=["other versions", "another place", "not all of them", "another cut", "over two sets", "never read"],
)
def test_a_block_that_has_read_otherwise_is_looked_at(entries: tuple[ReadBlock, ...]) -> None:
    assert not settled(overview(read_of=entries)).runs


def test_two_fingerprints_in_a_block_are_looked_at() -> None:
    halves = (block(0, 4), block(5, 9, fingerprint="v0"))
    assert shown(settled(overview(halves)).others) == "0-9"


def test_a_failure_is_looked_at() -> None:
    assert not settled(overview(), failures=(failure("3"),)).runs


def test_an_input_that_holds_more_in_the_block_is_asked_for() -> None:
    over = overview(theirs=(block(0, 10, digest=9),))
    found = settled(over)
    (stretch,) = found.wanted
    assert stretch == Stretch(BASE, None, Interval(0, 10))
    assert not found.runs
    assert settled(over, known={stretch: Content(7, 10)}).runs


def test_an_input_that_holds_nothing_there_has_nothing_to_compare() -> None:
    assert settled(overview(read_of=(read(digest=0),), theirs=())).runs
    assert not settled(overview(theirs=())).runs


def test_over_columns_all_that_holds_rows_must_be_measured() -> None:
    columns = replace(READER, inputs=tuple(replace(each, columns=AMOUNTS) for each in READER.inputs))
    entries = (read(columns=AMOUNTS, digest=5),)

    def measured(count: int) -> tuple[ContentBlock, ...]:
        return (ContentBlock(DAYS.unit, "", 0, AMOUNTS, Content(5, count)),)

    assert settled(overview(read_of=entries, contents=measured(10)), columns).runs
    assert not settled(overview(read_of=entries, contents=measured(9)), columns).runs
    assert not settled(overview(read_of=entries), columns).runs


def test_columns_that_were_not_regarded_are_looked_at() -> None:
    everything = READER  # reads whole rows now
    entries = (read(columns=AMOUNTS, digest=5),)
    contents = (ContentBlock(DAYS.unit, "", 0, AMOUNTS, Content(5, 10)),)
    assert not settled(overview(read_of=entries, contents=contents), everything).runs


def test_a_source_is_asked_for_where_it_is_watched() -> None:
    spec = replace(model("m", "0-9", reads(RAW, source=True)), planned_at=NOW.replace(tzinfo=None))
    over = overview(read_of=(read(input=RAW),))
    schemes = {ModelName("m"): DAYS, ModelName("base"): DAYS}
    unwatched = Settlement(over, schemes, {}).settle(spec, (), {})
    assert unwatched is not None
    assert unwatched.runs
    watched = Settlement(over, schemes, {RAW: versions(d1=1)}).settle(spec, (), {})
    assert watched is not None
    assert not watched.runs
    assert [stretch.input for stretch in watched.wanted] == [RAW]


def test_variants_and_own_rows_are_always_looked_at() -> None:
    variants = replace(READER, variants=((ordinals("3"), "v2"),))
    schemes = {ModelName("m"): DAYS, ModelName("base"): DAYS}
    assert Settlement(overview(), schemes, {}).settle(variants, (), {}) is None


def test_records_of_another_cut_are_none_of_these() -> None:
    found = settled(overview((block(unit=WEEKS.unit),)))
    assert (found.runs, found.others) == ((), IntervalSet())

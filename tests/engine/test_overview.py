"""Records summed up by the engine: the same as what is known of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from swathe.engine.adapter import Engine, Session
from swathe.model.definition import InputName, ModelName
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.reading import Reading
from swathe.partition.rectangle import NamedRectangle
from swathe.partition.scheme import TimeScheme
from swathe.plan.blocks import BLOCK, Content, Overview, Stretch
from swathe.plan.record import InputRecord, Record
from swathe.plan.versions import Versions
from swathe.state.overview import Overviews
from swathe.state.store import StateStore

NOW = datetime(2024, 6, 1)
BASE, READER = ModelName("base"), ModelName("reader")
DAYS = TimeScheme(Granularity.DAY)
AMOUNTS = frozenset({"amount"})
LARGEST = 2**63 - 1
EVERYTHING = NamedRectangle(Interval(-(2**62) - 1, 2**62), ("",))


@pytest.fixture
def store(engine: Engine, session: Session) -> StateStore:
    store = StateStore(engine, session, "swathe_state")
    store.ensure(NOW)
    return store


@pytest.fixture
def overviews(engine: Engine, session: Session, store: StateStore) -> Overviews:
    return Overviews(engine, session, store)


def write(store: StateStore, model: ModelName, versions: dict[int, int], read: InputName | None = None) -> None:
    """Records with these versions, each of which has read just these of its own place in an input."""
    records = [
        Record(
            at, "v1", 1 if version else 0, version, 0.5, NOW, "run",
            inputs=() if read is None else (InputRecord(read, DAYS.unit, Reading(Interval(at, at + 1)), version),),
        )
        for at, version in versions.items()
    ]  # fmt: skip
    store.write_records(model, DAYS, EVERYTHING, records, {AMOUNTS: {at: v for at, v in versions.items() if v}})


def digest_of(found: Overview) -> tuple[int, int]:
    """What the first block holds, and what was read for it."""
    return found.blocks[BASE][0].digest, found.reads[READER][0].digest


def test_what_was_read_has_the_digest_of_what_is_there(store: StateStore, overviews: Overviews) -> None:
    held = {1: 10, 2: 0, 3: LARGEST, 4: 1}
    write(store, BASE, held)
    write(store, READER, held, InputName(BASE))
    held_now, was_read = digest_of(overviews.read())
    assert held_now == was_read != 0


@pytest.mark.parametrize(
    "changed",
    [{1: 10, 2: 0, 3: LARGEST, 4: 2}, {1: 1, 2: 0, 3: LARGEST, 4: 10}, {1: 10, 2: 1, 3: LARGEST, 4: 0}, {1: 10, 4: 1}],
    ids=["one changed", "two change places", "one moved", "one is gone"],
)
def test_every_change_has_another_digest(store: StateStore, overviews: Overviews, changed: dict[int, int]) -> None:
    held = {1: 10, 2: 0, 3: LARGEST, 4: 1}
    write(store, READER, held, InputName(BASE))
    write(store, BASE, changed)
    held_now, was_read = digest_of(overviews.read())
    assert held_now != was_read


def test_blocks_begin_at_their_first_place_before_zero_as_well(store: StateStore, overviews: Overviews) -> None:
    write(store, BASE, {-1: 5, 0: 6, BLOCK - 1: 7, BLOCK: 8})
    found = {block.start: (block.first, block.last, block.count) for block in overviews.read().blocks[BASE]}
    assert found == {
        -BLOCK: (-1, -1, 1),
        0: (0, BLOCK - 1, 2),
        BLOCK: (BLOCK, BLOCK, 1),
    }


def test_a_block_tells_what_its_records_have_in_common(store: StateStore, overviews: Overviews) -> None:
    write(store, BASE, {1: 10, 2: 0, 3: 30})
    store.freeze(BASE, [NamedRectangle(Interval(3, 4), ("",))], "", NOW)
    (block,) = overviews.read().blocks[BASE]
    assert (block.count, block.held, block.row_count, block.seconds, block.timed) == (3, 2, 2, 1.5, 3)
    assert (block.marked, block.frozen, block.stopped) == (0, 1, 0)
    assert block.planned_at == NOW


def test_parts_of_lines_have_the_digests_of_blocks_of_their_own(store: StateStore, overviews: Overviews) -> None:
    write(store, BASE, {1: 10, 2: 20, 3: 30})
    write(store, READER, {1: 10, 2: 20}, InputName(BASE))
    whole = Stretch(InputName(BASE), None, Interval(1, 3))
    over = replace(whole, columns=AMOUNTS)
    nothing = replace(whole, lines=Interval(7, 9))
    units = {InputName(BASE): DAYS.unit}
    found = overviews.contents([whole, over, nothing], units, {})
    read = overviews.read().reads[READER][0].digest
    assert found == {whole: Content(read, 2), over: Content(read, 2), nothing: Content()}


def test_what_is_not_measured_everywhere_is_not_known(
    store: StateStore, overviews: Overviews, session: Session
) -> None:
    write(store, BASE, {1: 10, 2: 20})
    session.execute(f"DELETE FROM {store.table('column_versions')} WHERE ordinal = 2")
    over = Stretch(InputName(BASE), AMOUNTS, Interval(1, 3))
    assert overviews.contents([over], {InputName(BASE): DAYS.unit}, {}) == {}


def test_a_source_has_the_digests_of_a_model(store: StateStore, overviews: Overviews) -> None:
    write(store, READER, {1: 10, 2: LARGEST, 3: 0}, InputName("raw.events"))
    known = Versions.of(DAYS.unit, [(1, 4), (1, 6), (2, LARGEST), (9, 9)])
    stretch = Stretch(InputName("raw.events"), None, Interval(1, 4))
    found = overviews.contents([stretch], {}, {InputName("raw.events"): known})
    assert found[stretch].digest == overviews.read().reads[READER][0].digest
    assert known.pairs(IntervalSet.span(0, 9)) == [(1, 10), (2, LARGEST)]

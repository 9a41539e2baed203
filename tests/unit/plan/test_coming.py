"""Which planned partitions of an input may come out otherwise in what is read of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.facts import BUILT_AT, DAYS, ordinals, reads
from swathe.model.definition import ModelName
from swathe.partition.interval import Interval
from swathe.partition.reading import Reading
from swathe.plan.coming import Coming, Widened
from swathe.plan.record import InputRecord, ModelRecords, Record

UP = ModelName("up")
COMING = Coming({UP: ordinals("1-5")}, {UP: Widened(ordinals("1-4"), frozenset("c"))})


@pytest.mark.parametrize(
    ("read", "built_over", "expected"),
    [
        ("ab", "ab", "5"),
        ("", "", "5"),
        ("ac", "ac", "1-5"),  # one of the added columns, which another table of that name had
        (None, "ab", "1-5"),  # whole rows
        ("ab", None, "1-5"),  # whole rows, when it was built
        ("ab", "abc", "1-5"),
    ],
)
def test_what_is_only_widened_is_no_change_to_who_reads_none_of_it(
    read: str | None, built_over: str | None, expected: str
) -> None:
    needed = reads("up", columns=read)
    columns = None if built_over is None else frozenset(built_over)
    entry = InputRecord(needed.name, DAYS.unit, Reading(Interval(1, 2)), 1, columns)
    built = Record(1, "L", 1, 1, 0.0, BUILT_AT, "run", inputs=(entry,))
    facts = replace(ModelRecords(DAYS.unit), records={1: built})
    assert COMING.changed(needed, facts) == ordinals(expected)

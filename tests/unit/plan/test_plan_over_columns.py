"""Versions over the columns that are read: what changes a verdict, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.facts import built, column_set, model, ordinals, over, plan, reads, record, records, versions
from swathe.model.definition import InputName
from swathe.partition.grid import NULL_LINE
from swathe.plan.record import Beside, ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.strays import strays_detail
from swathe.plan.verdict import judge
from swathe.plan.versions import Versions, covers

RAW = InputName("raw")
READER = model("daily", "1-3", reads("raw", source=True, columns="ab"))
THEN = over(versions(d1=10, d2=20, d3=30), ab=versions(d1=11, d2=21, d3=31), a=versions(d1=12, d2=22, d3=32))


def stale(spec: ModelSpec, facts: ModelRecords, now: Versions) -> str:
    """The partitions that are stale by their input."""
    runs = judge(spec, facts, {RAW: now})
    hit = [ordinal for run in runs if run.verdict == "stale-input" for ordinal in run.partitions]
    return " ".join(map(str, hit))


class TestCovers:
    @pytest.mark.parametrize(
        ("read", "wanted", "expected"),
        [
            ("ab", "ab", True), ("abc", "ab", True), ("ab", "", True), ("", "", True), (None, "ab", True),
            (None, None, True), ("a", "ab", False), ("", "a", False), ("ab", None, False),
        ],
    )  # fmt: skip
    def test_what_is_known_of_more_columns_tells_of_fewer(
        self, read: str | None, wanted: str | None, expected: bool
    ) -> None:
        assert covers(column_set(read), column_set(wanted)) is expected


class TestVerdicts:
    def test_a_change_of_other_columns_is_none(self) -> None:
        facts = built(READER, "1-3", {RAW: THEN})
        now = over(versions(d1=10, d2=99, d3=99), ab=versions(d1=11, d2=21, d3=31))
        assert stale(READER, facts, now) == ""

    def test_a_change_of_the_columns_that_are_read_counts_though_whole_rows_were_not_measured(self) -> None:
        facts = built(READER, "1-3", {RAW: THEN})
        assert stale(READER, facts, over(ab=versions(d1=11, d2=99, d3=31))) == "2"

    def test_versions_are_of_the_columns_jointly(self) -> None:
        facts = built(READER, "1-3", {RAW: THEN})
        now = over(THEN, ab=versions(d1=11, d2=99, d3=31), a=versions(d1=12, d2=22, d3=32), b=versions())
        assert stale(READER, facts, now) == "2"

    def test_what_is_not_known_over_these_columns_may_have_changed(self) -> None:
        facts = built(READER, "1-3", {RAW: THEN})
        assert stale(READER, facts, over(THEN, a=versions(d1=12, d2=22, d3=32))) == "1 2 3"

    def test_a_record_about_whole_rows_is_compared_over_whole_rows(self) -> None:
        whole = model("daily", "1-3", reads("raw", source=True))
        facts = built(whole, "1-3", {RAW: THEN})
        now = over(versions(d1=10, d2=99, d3=30), ab=versions(d1=99, d2=99, d3=99))
        assert stale(READER, facts, now) == "2"

    def test_a_record_about_more_columns_is_compared_over_those(self) -> None:
        less = model("daily", "1-3", reads("raw", source=True, columns="a"))
        facts = built(READER, "1-3", {RAW: THEN})
        now = over(versions(), ab=versions(d1=11, d2=99, d3=31), a=versions(d1=12, d2=22, d3=99))
        assert stale(less, facts, now) == "2"

    def test_a_record_about_fewer_columns_tells_nothing_of_the_others(self) -> None:
        less = model("daily", "1-3", reads("raw", source=True, columns="a"))
        facts = built(less, "1-3", {RAW: THEN})
        assert stale(READER, facts, THEN) == "1 2 3"
        assert stale(model("daily", "1-3", reads("raw", source=True)), facts, THEN) == "1 2 3"

    def test_but_a_partition_of_earlier_logic_that_is_kept_is_about_what_that_read(self) -> None:
        less = model("daily", "1-3", reads("raw", source=True, columns="a"), fingerprint="OLD")
        facts = built(less, "1-3", {RAW: THEN})
        kept = replace(READER, keep_old_logic=True)
        assert stale(kept, facts, THEN) == ""
        assert stale(kept, facts, over(THEN, a=versions(d1=12, d2=99, d3=32))) == "2"

    def test_a_partition_with_a_query_of_its_own_reads_its_own_columns(self) -> None:
        (needed,) = READER.inputs
        branching = replace(
            READER, inputs=(replace(needed, variants=((ordinals("2"), column_set("a")),)),), variants=((ordinals("2"), "M"),)
        )  # fmt: skip
        facts = built(branching, "1-3", {RAW: THEN})
        assert [entry.columns for made in facts.records.values() for entry in made.inputs] == [
            column_set("ab"), column_set("a"), column_set("ab"),
        ]  # fmt: skip
        assert stale(branching, facts, THEN) == ""
        now = over(THEN, ab=versions(d1=99, d2=99, d3=31), a=versions(d1=12, d2=22, d3=32))
        assert stale(branching, facts, now) == "1"

    def test_no_columns_at_all_tell_how_many_rows_there_are(self) -> None:
        counter = model("daily", "1-3", reads("raw", source=True, columns=""))
        facts = built(counter, "1-3", {RAW: over(THEN, _=versions(d1=1, d2=2, d3=3))})
        assert stale(counter, facts, over(versions(), _=versions(d1=1, d2=2, d3=3))) == ""
        assert stale(counter, facts, over(versions(), _=versions(d1=1, d2=3, d3=3))) == "2"


class TestThroughModels:
    BASE = model("base", "1-3", reads("raw", source=True))

    def test_a_model_has_versions_over_columns_too(self) -> None:
        reader = model("daily", "1-3", reads("base", columns="a"))
        base = built(self.BASE, "1-3", {RAW: THEN})
        a = versions(d1=5, d2=6, d3=7)
        facts = {"base": replace(base, sets={column_set("a"): a})}
        facts["daily"] = built(reader, "1-3", {InputName("base"): facts["base"].versions})
        changed = [replace(made, version=made.version + 1) for made in base.records.values()]
        facts["base"] = replace(records(self.BASE, *changed), sets={column_set("a"): a})
        assert plan([self.BASE, reader], facts, {RAW: THEN}).partitions == 0
        facts["base"] = replace(facts["base"], sets={column_set("a"): versions(d1=5, d2=66, d3=7)})
        (work,) = next(entry for entry in plan([self.BASE, reader], facts, {RAW: THEN}).models if entry.work).work
        assert work.partitions.start == 2


class TestStrays:
    """Rows of the input without a day lie beside all partitions."""

    @staticmethod
    def without_day(version: int) -> Versions:
        return Versions.of("day", [(NULL_LINE, version)] if version else [])

    def is_odd(self, checked: Beside | None, now: Versions | None = None) -> bool:
        now = now or over(self.without_day(40), ab=self.without_day(41))
        return strays_detail(READER, 3, {RAW: checked} if checked else {}, {RAW: now}) is not None

    def test_are_compared_over_the_columns_that_were_looked_at(self) -> None:
        assert not self.is_odd(Beside(41, column_set("ab")))
        assert self.is_odd(Beside(42, column_set("ab")))
        assert not self.is_odd(Beside(40))
        assert self.is_odd(None)

    def test_are_looked_at_again_where_more_columns_count(self) -> None:
        assert self.is_odd(Beside(41, column_set("a")))
        now = over(self.without_day(40), a=self.without_day(7))
        assert self.is_odd(Beside(7, column_set("a")), now)

    def test_that_are_none_are_none(self) -> None:
        gone = over(self.without_day(0), ab=self.without_day(0))
        assert not self.is_odd(Beside(42, column_set("ab")), gone)
        assert not self.is_odd(None, gone)


def test_records_say_over_which_columns_they_are() -> None:
    made = record(READER, 2, {RAW: THEN})
    assert [(entry.columns, entry.version) for entry in made.inputs] == [(column_set("ab"), 21)]

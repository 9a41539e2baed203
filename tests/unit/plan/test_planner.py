"""From facts to ordered work."""

from dataclasses import replace
from typing import Any

import pytest

from support.facts import (
    MONTHS,
    NOW,
    WHOLE,
    blocked,
    built,
    failure,
    model,
    of,
    ordinals,
    plan,
    reads,
    record,
    records,
    versions,
    view,
    work,
)
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.plan import Only, Request
from swathe.plan.record import ModelRecords

RAW = InputName("raw.events")
SOURCE = {RAW: versions(d1=10, d2=20, d3=30)}
CHANGED = {RAW: versions(d1=10, d2=21, d3=30)}

BASE = model("base", "0-9", reads(RAW, source=True))
DAILY = model("daily", "0-9", reads("base"))
ROLLING = model("rolling", "0-9", reads("daily", lookback=2))
TOTAL = model("total", "0", reads("daily", whole=True, reader=WHOLE), scheme=WHOLE)
CHAIN = (BASE, DAILY, ROLLING, TOTAL)


def all_built() -> dict[str, ModelRecords]:
    """Every model of the chain, built when the source was `SOURCE`."""
    found: dict[str, ModelRecords] = {}
    now = dict(SOURCE)
    for spec in CHAIN:
        found[spec.name] = built(spec, "0" if spec is TOTAL else "0-9", now)
        now[InputName(spec.name)] = found[spec.name].versions
    return found


def request(*models: str, **more: Any) -> Request:
    return Request(frozenset(map(ModelName, models)), **more)


def only(choice: Only, *models: str) -> Request:
    return request(*(models or ("base", "daily", "rolling", "total")), only=choice)


def keys(**by_model: str) -> dict[ModelName, IntervalSet]:
    return {ModelName(name): ordinals(listed) for name, listed in by_model.items()}


class TestWork:
    def test_nothing_is_built(self) -> None:
        planned = plan(CHAIN, {}, SOURCE)
        assert [entry.spec.name for entry in planned.models] == ["base", "daily", "rolling", "total"]
        assert {entry.spec.name: work(planned, entry.spec.name) for entry in planned.models} == {
            "base": {"missing": "0-9"}, "daily": {"missing": "0-9"}, "rolling": {"missing": "0-9"}, "total": {"missing": "0"},
        }  # fmt: skip
        assert planned.partitions == 31
        assert planned.now == NOW

    def test_everything_is_built(self) -> None:
        planned = plan(CHAIN, all_built(), SOURCE)
        assert (planned.partitions, planned.statements, planned.blocked) == (0, 0, 0)

    def test_a_changed_day_goes_through_all_that_may_read_it(self) -> None:
        planned = plan(CHAIN, all_built(), CHANGED)
        assert work(planned, "base") == {"stale-input": "2"}
        assert work(planned, "daily") == {"stale-input?": "2"}
        assert work(planned, "rolling") == {"stale-input?": "2-4"}
        assert work(planned, "total") == {"stale-input?": "0"}
        assert of(planned, "daily").work[0].detail == "reads `base`, which is rebuilt first"
        assert of(planned, "daily").maybe == ordinals("2")

    def test_what_is_stale_for_itself_is_no_maybe(self) -> None:
        facts = all_built()
        facts["daily"] = built(DAILY, "0-1 3-9", {InputName("base"): facts["base"].versions})
        planned = plan(CHAIN[:2], facts, CHANGED)
        assert work(planned, "daily") == {"missing": "2"}

    def test_a_new_day_of_the_source_is_one_day_of_work(self) -> None:
        longer = tuple(
            model(spec.name, "0-10" if spec is not TOTAL else "0", *spec.inputs, scheme=spec.scheme) for spec in CHAIN
        )
        planned = plan(longer, all_built(), SOURCE)
        assert work(planned, "base") == {"missing": "10"}
        assert work(planned, "rolling") == {"missing": "10"}
        assert work(planned, "total") == {"stale-input?": "0"}

    def test_a_day_that_reads_two_rebuilt_models_is_in_the_plan_once(self) -> None:
        left, right = model("left", "0-9"), model("right", "0-9")
        both = model("both", "0-9", reads("left"), reads("right"))
        versions_of = {InputName(spec.name): built(spec, "0-9").versions for spec in (left, right)}
        facts = {spec.name: built(spec, "0-9", logic="old") for spec in (left, right)}
        planned = plan([left, right, both], facts | {both.name: built(both, "0-9", versions_of)})
        assert [(entry.partitions, entry.maybe) for entry in of(planned, "both").work] == [(Interval(0, 10), True)]

    def test_months_over_days(self) -> None:
        monthly = model("monthly", "0-2", reads("base", reader=MONTHS), scheme=MONTHS)
        base = model("base", "0-89", reads(RAW, source=True))
        facts = {"base": built(base, "0-89", SOURCE)}
        facts["monthly"] = built(monthly, "0-2", {InputName("base"): facts["base"].versions})
        planned = plan([base, monthly], facts, {RAW: versions(d1=10, d2=20, d3=30, d40=1)})
        assert work(planned, "base") == {"stale-input": "40"}
        assert work(planned, "monthly") == {"stale-input?": "1"}

    def test_a_view_is_made_again_when_its_logic_changes(self) -> None:
        loud = view("loud", "daily")
        facts = all_built() | {"loud": built(loud, "0", logic="old")}
        planned = plan([*CHAIN, loud], facts, CHANGED)
        assert work(planned, "loud") == {"stale-logic": "0"}
        assert work(plan([*CHAIN, loud], all_built() | {"loud": built(loud, "0")}, CHANGED), "loud") == {}

    def test_rows_and_seconds_are_estimated_from_what_is_built(self) -> None:
        facts = records(BASE, record(BASE, 1, row_count=10, seconds=2.0), record(BASE, 2, row_count=20, seconds=4.0))
        entry = of(plan([BASE], {"base": facts}), "base")
        assert (entry.rows_each, entry.seconds_each, entry.row_count) == (15.0, 3.0, 30)
        entry = of(plan([BASE]), "base")
        assert (entry.rows_each, entry.seconds_each, entry.row_count) == (None, None, 0)

    def test_statements_are_predicted_per_run_of_partitions(self) -> None:
        limited = model("base", "0-9", batch_limit=2)
        assert of(plan([BASE]), "base").statements == 2
        assert of(plan([limited]), "base").statements == 6
        assert of(plan([BASE], {"base": built(BASE, "5")}), "base").statements == 4


OF_ALL_KINDS = {
    "base": records(
        BASE,
        record(BASE, 0),
        record(BASE, 1, logic="old"),
        record(BASE, 2, invalidated=""),
        failures=[failure("3")],
    )
}


class TestRequest:
    def test_only_the_requested_models_are_planned(self) -> None:
        planned = plan(CHAIN, all_built(), CHANGED, request("daily"))
        assert [entry.spec.name for entry in planned.models] == ["daily"]
        assert work(planned, "daily") == {}

    def test_only_the_requested_partitions_are_worked_on(self) -> None:
        planned = plan([BASE], {}, {}, request("base", partitions=keys(base="3-4 20")))
        assert work(planned, "base") == {"missing": "3-4"}
        assert len(of(planned, "base").verdicts) == 1

    def test_a_requested_partition_takes_along_what_it_reads(self) -> None:
        planned = plan(
            CHAIN[:3], {}, {}, request("base", "daily", "rolling", partitions=keys(base="", daily="", rolling="5"))
        )
        assert work(planned, "rolling") == {"missing": "5"}
        assert work(planned, "daily") == {"missing": "3-5"}
        assert work(planned, "base") == {"missing": "3-5"}

    def test_what_it_takes_along_is_not_rebuilt_when_it_is_current(self) -> None:
        asked = keys(base="", daily="", rolling="5")
        planned = plan(CHAIN[:3], all_built(), SOURCE, request("base", "daily", "rolling", partitions=asked, full=True))
        assert (work(planned, "rolling"), work(planned, "daily"), work(planned, "base")) == ({"requested": "5"}, {}, {})

    def test_a_model_that_is_not_requested_is_not_taken_along(self) -> None:
        planned = plan(CHAIN[:3], {}, {}, request("daily", "rolling", partitions=keys(daily="", rolling="5")))
        assert blocked(planned, "daily") == {"base": "3-5"}

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            (Only.ALL, {"stale-logic": "1", "stale-input": "2", "failed": "3", "missing": "4-9"}),
            (Only.STALE, {"stale-logic": "1", "stale-input": "2"}),
            (Only.MISSING, {"missing": "4-9"}),
            (Only.FAILED, {"failed": "3"}),
        ],
    )
    def test_only(self, choice: Only, expected: dict[str, str]) -> None:
        assert work(plan([BASE], OF_ALL_KINDS, {}, only(choice, "base")), "base") == expected

    @pytest.mark.parametrize(
        ("choice", "maybe"),
        [(Only.ALL, {"stale-input?": "2"}), (Only.STALE, {"stale-input?": "2"}), (Only.MISSING, {}), (Only.FAILED, {})],
    )
    def test_only_what_is_asked_for_may_be_rebuilt(self, choice: Only, maybe: dict[str, str]) -> None:
        assert work(plan(CHAIN, all_built(), CHANGED, only(choice)), "daily") == maybe

    def test_full_takes_what_is_current_and_nothing_that_is_frozen_or_retired(self) -> None:
        spec = model("base", "0-5", frozen=ordinals("0-1"))
        planned = plan([spec], {"base": built(spec, "0-8")}, {}, request("base", full=True))
        assert work(planned, "base") == {"requested": "2-5"}
        assert of(planned, "base").work[0].detail == "rebuilt because `--full` was given"

    def test_full_leaves_alone_what_another_process_builds(self) -> None:
        facts = records(BASE, *(record(BASE, day) for day in range(10)), running=ordinals("4"))
        assert work(plan([BASE], {"base": facts}, {}, request("base", full=True)), "base") == {"requested": "0-3 5-9"}


class TestLookback:
    SPEC = model("base", "0-9", lookback=2)

    def test_built_partitions_before_a_new_one_are_built_again(self) -> None:
        assert work(plan([self.SPEC], {"base": built(self.SPEC, "0-7")}), "base") == {
            "lookback": "6-7",
            "missing": "8-9",
        }

    def test_before_each_new_run(self) -> None:
        assert work(plan([self.SPEC], {"base": built(self.SPEC, "0-3 5-8")}), "base") == {
            "lookback": "2-3 7-8", "missing": "4 9",
        }  # fmt: skip

    def test_not_before_what_is_only_stale(self) -> None:
        facts = records(self.SPEC, *(record(self.SPEC, day, logic="old" if day == 5 else None) for day in range(10)))
        assert work(plan([self.SPEC], {"base": facts}), "base") == {"stale-logic": "5"}

    def test_not_what_is_frozen_or_not_due(self) -> None:
        spec = model("base", "4-9", lookback=5, frozen=ordinals("4-5"))
        assert work(plan([spec], {"base": built(spec, "0-7")}), "base") == {"lookback": "6-7", "missing": "8-9"}


class TestBlocked:
    def test_by_partitions_that_are_not_there_and_not_planned(self) -> None:
        planned = plan(CHAIN, {"base": built(BASE, "0-4", SOURCE)}, SOURCE, request("daily"))
        assert work(planned, "daily") == {"missing": "0-4"}
        assert blocked(planned, "daily") == {"base": "5-9"}
        assert planned.blocked == 5

    def test_by_any_partition_of_a_window(self) -> None:
        facts = {"daily": built(DAILY, "0-2 4-9")}
        planned = plan(CHAIN, facts, SOURCE, request("rolling"))
        assert (work(planned, "rolling"), blocked(planned, "rolling")) == ({"missing": "0-2 6-9"}, {"daily": "3-5"})

    def test_by_two_models_each_partition_once(self) -> None:
        left, right = model("left", "0-9"), model("right", "0-9")
        both = model("both", "0-9", reads("left"), reads("right"))
        facts = {"left": built(left, "5-9"), "right": built(right, "0-1")}
        planned = plan([left, right, both], facts, {}, request("both"))
        assert blocked(planned, "both") == {"left": "0-4", "right": "5-9"}

    def test_through_a_chain(self) -> None:
        planned = plan(CHAIN, {}, SOURCE, request("daily", "rolling", "total"))
        assert planned.partitions == 0
        assert blocked(planned, "rolling") == {"daily": "0-9"}
        assert blocked(planned, "total") == {"daily": "0"}

    def test_nothing_blocks_what_is_built(self) -> None:
        facts = all_built() | {"base": records(BASE)}
        planned = plan(CHAIN, facts, SOURCE, request("rolling"))
        assert (work(planned, "rolling"), blocked(planned, "rolling")) == ({}, {})

    def test_stale_partitions_block_nothing(self) -> None:
        facts = {"base": built(BASE, "0-9", SOURCE, logic="old")}
        assert work(plan(CHAIN, facts, SOURCE, request("daily")), "daily") == {"missing": "0-9"}

    def test_partitions_outside_the_begin_of_what_is_read_are_not_waited_for(self) -> None:
        late = model("base", "5-9", reads(RAW, source=True))
        planned = plan([late, replace(ROLLING, inputs=(reads("base", lookback=2),))], {}, SOURCE)
        assert blocked(planned, "rolling") == {}
        assert work(planned, "rolling") == {"missing": "0-9"}

    def test_by_a_view_that_does_not_exist(self) -> None:
        loud = view("loud", "daily")
        louder = model("louder", "0-9", reads("daily"), after=(ModelName("loud"),))
        planned = plan([*CHAIN, loud, louder], all_built(), SOURCE, request("louder"))
        assert blocked(planned, "louder") == {"loud": "0-9"}
        planned = plan([*CHAIN, loud, louder], all_built(), SOURCE, request("loud", "louder"))
        assert work(planned, "louder") == {"missing": "0-9"}

    def test_by_a_build_elsewhere_of_what_is_not_there_yet(self) -> None:
        facts = {"base": records(BASE, *(record(BASE, day) for day in range(8)), running=ordinals("8-9"))}
        planned = plan(CHAIN, facts, {}, request("base", "daily"))
        assert work(planned, "base") == {}
        assert blocked(planned, "daily") == {"base": "8-9"}

    def test_a_cut_that_changed_is_never_a_silent_rebuild(self) -> None:
        recut = records(BASE, other_units=frozenset({"month"}))
        planned = plan(CHAIN[:2], {"base": recut}, SOURCE)
        assert work(planned, "base") == {}
        assert blocked(planned, "base") == {"base": "0-9"}
        assert (
            of(planned, "base").blocked[0].detail
            == "its cut changed from `month` to `day`: `--full` builds it anew, all 10"
        )
        assert work(plan(CHAIN[:1], {"base": recut}, SOURCE, request("base", full=True)), "base") == {"missing": "0-9"}

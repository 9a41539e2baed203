"""A plan in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from swathe.cli.json_output import ranges_json
from swathe.cli.plan_text import closing, estimated_seconds, grouped_work, kind_of
from swathe.model.definition import (
    Materialized,
    ModelConfig,
    ModelName,
    PartitionBy,
    RangeColumn,
    TimeColumn,
    ValuesColumn,
)
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import TimeScheme
from swathe.plan.plan import Blocked, ModelPlan, Plan, Reason, Work
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Judgement, Verdict, VerdictRun

NOW = datetime(2024, 3, 1, tzinfo=UTC)
SPEC = ModelSpec(
    ModelName("daily"), Materialized.PARTITIONED, TimeScheme(Granularity.DAY), "v1:0123456789", IntervalSet.span(0, 10)
)


def verdicts(*runs: tuple[int, int, Verdict]) -> tuple[VerdictRun, ...]:
    return tuple(VerdictRun(Interval(start, end), Judgement(verdict, "")) for start, end, verdict in runs)


def plan(*models: ModelPlan) -> Plan:
    return Plan(NOW, models)


def test_work_is_told_by_reason() -> None:
    work = [
        Work(Interval(0, 2), Reason.MISSING, "never built"),
        Work(Interval(3, 4), Reason.FAILED, "failed: boom"),
        Work(Interval(5, 6), Reason.MISSING, "never built"),
    ]
    groups = [(group.reason, group.detail, group.partitions) for group in grouped_work(work)]
    assert groups == [("missing", "never built", 3), ("failed", "boom", 1)]


def test_an_input_that_changed_in_many_places_is_told_once() -> None:
    work = [
        Work(Interval(0, 1), Reason.STALE_INPUT, "`flights` changed in 1970-01-01"),
        Work(Interval(4, 5), Reason.STALE_INPUT, "`flights` changed in 1970-01-05"),
    ]
    assert [group.detail for group in grouped_work(work)] == ["`flights` changed"]
    assert [group.detail for group in grouped_work(work[:1])] == ["`flights` changed in 1970-01-01"]


def test_what_may_turn_out_current_is_told_apart() -> None:
    work = [Work(Interval(0, 1), Reason.STALE_INPUT, "x"), Work(Interval(1, 2), Reason.STALE_INPUT, "x", maybe=True)]
    assert [group.maybe for group in grouped_work(work)] == [False, True]


def test_the_last_line_adds_up_the_work() -> None:
    work = (Work(Interval(3, 10), Reason.MISSING, "never built"),)
    model = ModelPlan(SPEC, verdicts((0, 3, Verdict.CURRENT), (3, 10, Verdict.MISSING)), work, (), 10.0, 2.0)
    assert closing(plan(model)).plain == "to do: 1 model, 7 partitions, 2 statements, about 14 s"


def test_there_is_no_estimate_while_a_model_has_no_history() -> None:
    work = (Work(Interval(0, 1), Reason.MISSING, "never built"),)
    known = ModelPlan(SPEC, (), work, (), 10.0, 2.0)
    assert estimated_seconds([known, ModelPlan(SPEC, (), work)]) is None
    assert estimated_seconds([known]) == 2.0


def test_everything_is_current_only_when_it_is() -> None:
    current = ModelPlan(SPEC, verdicts((0, 9, Verdict.CURRENT), (9, 10, Verdict.FROZEN)))
    assert closing(plan(current)).plain == "everything is current: 10 partitions of 1 model"
    stale = ModelPlan(SPEC, verdicts((0, 9, Verdict.CURRENT), (9, 10, Verdict.STALE_INPUT)))
    assert closing(plan(current, stale)).plain == "nothing to do in what was asked for; elsewhere 1 stale-input"


def test_blocked_partitions_are_not_hidden() -> None:
    blocked = Blocked(Interval(0, 2), ModelName("flights"), "reads partitions of `flights` that do not exist")
    model = ModelPlan(SPEC, verdicts((0, 2, Verdict.MISSING)), (), (blocked,))
    assert closing(plan(model)).plain == "nothing can be built: 2 partitions blocked"


def test_a_model_without_partitions_to_plan_is_neither_current_nor_work() -> None:
    current = ModelPlan(SPEC, verdicts((0, 9, Verdict.CURRENT)))
    unknown = ModelPlan(replace(SPEC, name=ModelName("by_carrier")), ())
    told = closing(plan(current, unknown), {ModelName("by_carrier"): ()})
    assert told.plain == "everything is current: 9 partitions of 1 model; 1 model can't be planned yet"
    alone = closing(plan(unknown), {ModelName("by_carrier"): ()})
    assert alone.plain == "nothing to do yet; 1 model can't be planned yet"


def test_no_model_at_all() -> None:
    assert closing(plan()).plain == "no model is selected"


def test_how_a_model_is_cut() -> None:
    by = PartitionBy((TimeColumn("flight_date", Granularity.DAY),))
    assert kind_of(ModelConfig(Materialized.PARTITIONED, by)) == "by day of flight_date"
    two = PartitionBy((RangeColumn("id", 0, 1000, 5000), ValuesColumn("origin", ("EWR",))))
    assert kind_of(ModelConfig(Materialized.PARTITIONED, two)) == "by 1,000 of id and origin"
    assert kind_of(ModelConfig(Materialized.TABLE)) == "table in one piece"
    assert kind_of(ModelConfig(Materialized.VIEW)) == "view"


def test_ranges_in_json_differ_in_verdict_or_fingerprint() -> None:
    runs = (
        VerdictRun(Interval(0, 2), Judgement(Verdict.STALE_INPUT, "`a` changed", "v1:a")),
        VerdictRun(Interval(2, 3), Judgement(Verdict.STALE_INPUT, "`b` changed", "v1:a")),
        VerdictRun(Interval(3, 4), Judgement(Verdict.STALE_INPUT, "`b` changed", "v1:b")),
        VerdictRun(Interval(6, 7), Judgement(Verdict.MISSING, "never built")),
    )
    assert [
        (entry["from"], entry["to"], entry["partitions"], entry["fingerprint"]) for entry in ranges_json(SPEC, runs)
    ] == [
        ("1970-01-01", "1970-01-03", 3, "v1:a"),
        ("1970-01-04", "1970-01-04", 1, "v1:b"),
        ("1970-01-07", "1970-01-07", 1, None),
    ]

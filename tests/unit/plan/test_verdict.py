"""Is a partition true? Facts in, verdicts out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.facts import (
    DAYS,
    MONTHS,
    WHOLE,
    built,
    failure,
    model,
    ordinals,
    reads,
    record,
    records,
    verdicts,
    versions,
)
from swathe.model.definition import InputName, Materialized, ModelConfig, PartitionBy, TimeColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval
from swathe.plan.record import InputRecord, ModelRecords
from swathe.plan.spec import due_partitions, frozen_partitions
from swathe.plan.verdict import Verdict, changed_input, judge, short

RAW = InputName("raw.events")
PLAIN = model("m", "0-9")
READER = model("m", "0-9", reads(RAW, source=True))
ROLLING = model("m", "0-9", reads(RAW, source=True, lookback=2))
BEFORE = {RAW: versions(d1=10, d2=20, d3=30, d4=40)}


def judged(spec: Any, facts: ModelRecords, now: Any = None) -> dict[str, str]:
    return verdicts(judge(spec, facts, now or {}))


class TestWhatIsThere:
    def test_nothing_is_built(self) -> None:
        assert judged(PLAIN, records(PLAIN)) == {"missing": "0-9"}

    def test_some_is_built(self) -> None:
        assert judged(PLAIN, built(PLAIN, "2-4 8")) == {"current": "2-4 8", "missing": "0-1 5-7 9"}

    def test_what_is_built_and_not_due_is_retired(self) -> None:
        assert judged(PLAIN, built(PLAIN, "9-11")) == {"current": "9", "missing": "0-8", "retired": "10-11"}
        assert judged(model("m", ""), built(PLAIN, "3")) == {"retired": "3"}

    def test_retired_whatever_it_was_built_from(self) -> None:
        assert judged(model("m", "5-9"), built(PLAIN, "3-5", logic="old")) == {
            "retired": "3-4", "stale-logic": "5", "missing": "6-9",
        }  # fmt: skip

    def test_runs_are_in_order_and_cover_all_that_is_due_or_built(self) -> None:
        runs = judge(PLAIN, built(PLAIN, "0-2 5 12"), {})
        assert [(run.partitions.start, run.partitions.last, str(run.verdict)) for run in runs] == [
            (0, 2, "current"), (3, 4, "missing"), (5, 5, "current"), (6, 9, "missing"), (12, 12, "retired"),
        ]  # fmt: skip


class TestLogic:
    def test_another_fingerprint_is_stale(self) -> None:
        facts = records(PLAIN, record(PLAIN, 1), record(PLAIN, 2, logic="v1:0123456789"))
        run = next(run for run in judge(PLAIN, facts, {}) if run.verdict is Verdict.STALE_LOGIC)
        assert run.partitions == Interval(2, 3)
        assert run.judgement.fingerprint == "v1:0123456789"
        assert run.judgement.detail == "built by logic 01234567, now L"

    def test_runs_of_different_fingerprints_are_told_apart(self) -> None:
        facts = records(PLAIN, *(record(PLAIN, day, logic="ab"[day % 2]) for day in range(4)))
        assert len([run for run in judge(PLAIN, facts, {}) if run.verdict is Verdict.STALE_LOGIC]) == 4

    def test_kept_logic_is_current(self) -> None:
        spec = model("m", "0-9", keep_old_logic=True)
        assert judged(spec, built(spec, "0-9", logic="old")) == {"current": "0-9"}

    def test_each_partition_has_the_logic_of_its_branch(self) -> None:
        spec = model("m", "0-9", variants=((ordinals("0-4"), "A"), (ordinals("5-9"), "B")))
        assert judged(spec, built(spec, "0-9")) == {"current": "0-9"}
        assert judged(spec, built(spec, "0-9", logic="A")) == {"current": "0-4", "stale-logic": "5-9"}

    def test_logic_of_an_earlier_canonical_form_is_known(self) -> None:
        spec = model("m", "0-9", same_logic={"v0:old": "L", "v0:other": "X"})
        facts = records(spec, record(spec, 1, logic="v0:old"), record(spec, 2, logic="v0:other"))
        assert judged(spec, facts) == {"current": "1", "stale-logic": "2", "missing": "0 3-9"}


class TestInputs:
    def test_what_was_read_is_as_it_was(self) -> None:
        assert judged(READER, built(READER, "0-9", BEFORE), BEFORE) == {"current": "0-9"}

    @pytest.mark.parametrize(
        ("now", "stale"),
        [
            (versions(d1=10, d2=21, d3=30, d4=40), "2"),
            (versions(d1=10, d3=30, d4=40), "2"),  # deleted
            (versions(d1=10, d2=20, d3=30, d4=40, d7=1), "7"),  # late
            (versions(d1=10, d2=30, d3=20, d4=40), "2-3"),  # exchanged
            (versions(d0=1, d1=9, d2=20, d3=30, d4=40), "0-1"),
        ],
    )
    def test_a_changed_day_makes_its_reader_stale(self, now: Any, stale: str) -> None:
        found = judged(READER, built(READER, "0-9", BEFORE), {RAW: now})
        assert found["stale-input"] == stale

    def test_a_changed_day_makes_all_stale_that_read_it(self) -> None:
        now = {RAW: versions(d1=10, d2=21, d3=30, d4=40)}
        assert judged(ROLLING, built(ROLLING, "0-9", BEFORE), now)["stale-input"] == "2-4"

    def test_the_detail_names_the_input_and_its_partitions(self) -> None:
        now = {RAW: versions(d2=21)}
        assert changed_input(READER, record(READER, 2, BEFORE), now) == "`raw.events` changed in 1970-01-03"
        changed = changed_input(ROLLING, record(ROLLING, 4, BEFORE), now)
        assert changed == "`raw.events` changed between 1970-01-03 and 1970-01-05"

    def test_a_window_that_is_derived_otherwise_now_changes_nothing(self) -> None:
        assert judged(ROLLING, built(READER, "0-9", BEFORE), BEFORE) == {"current": "0-9"}
        assert judged(READER, built(ROLLING, "0-9", BEFORE), BEFORE) == {"current": "0-9"}

    def test_an_input_that_is_not_watched_makes_nothing_stale(self) -> None:
        assert judged(READER, built(READER, "0-9", BEFORE), {}) == {"current": "0-9"}

    def test_an_input_that_was_not_watched_then_makes_all_stale(self) -> None:
        assert judged(READER, built(READER, "0-9"), BEFORE) == {"stale-input": "0-9"}

    def test_an_input_that_is_no_longer_read_makes_nothing_stale(self) -> None:
        assert judged(PLAIN, built(READER, "0-9", BEFORE), {RAW: versions(d1=99)}) == {"current": "0-9"}

    def test_an_input_that_is_cut_otherwise_now(self) -> None:
        now = {RAW: versions("month", d0=100)}
        assert (
            changed_input(READER, record(READER, 2, BEFORE), now) == "`raw.events` is cut by month, and was cut by day"
        )

    def test_a_whole_input_counts_as_a_whole(self) -> None:
        spec = model("m", "0-9", reads(RAW, source=True, whole=True))
        assert judged(spec, built(spec, "0-9", BEFORE), BEFORE) == {"current": "0-9"}
        assert judged(spec, built(spec, "0-9", BEFORE), {RAW: versions(d9=1)}) == {"stale-input": "0-9"}

    def test_a_month_reads_its_days(self) -> None:
        spec = model("m", "0-2", reads(RAW, source=True, reader=MONTHS), scheme=MONTHS)
        january = {RAW: versions(d5=50, d40=400)}
        assert judged(spec, built(spec, "0-2", january), january) == {"current": "0-2"}
        assert judged(spec, built(spec, "0-2", january), {RAW: versions(d5=50, d40=401)})["stale-input"] == "1"

    def test_neighbours_that_are_stale_by_one_input_are_one_run(self) -> None:
        runs = judge(ROLLING, built(ROLLING, "0-9", BEFORE), {RAW: versions(d1=1, d2=2, d3=3, d4=4)})
        assert [str(run.verdict) for run in runs] == ["current", "stale-input", "current"]

    def test_invalidated_by_hand(self) -> None:
        facts = records(PLAIN, record(PLAIN, 1, invalidated="wrong rates"), record(PLAIN, 2, invalidated=""))
        details = [run.judgement.detail for run in judge(PLAIN, facts, {}) if run.verdict is Verdict.STALE_INPUT]
        assert details == ["invalidated: wrong rates", "invalidated by hand"]


class TestFailures:
    def test_never_built_and_failed(self) -> None:
        facts = records(PLAIN, failures=[failure("3-4", error="boom\nLINE 1")])
        assert judged(PLAIN, facts) == {"failed": "3-4", "missing": "0-2 5-9"}
        [run] = [run for run in judge(PLAIN, facts, {}) if run.verdict is Verdict.FAILED]
        assert run.judgement.detail == "boom"

    def test_a_failure_of_other_logic_says_nothing(self) -> None:
        assert judged(PLAIN, records(PLAIN, failures=[failure("3", logic="old")])) == {"missing": "0-9"}

    def test_the_newest_failure_counts(self) -> None:
        facts = records(PLAIN, failures=[failure("3", error="first"), failure("3-4", error="second", hours_later=2)])
        details = {run.judgement.detail for run in judge(PLAIN, facts, {}) if run.verdict is Verdict.FAILED}
        assert details == {"second"}

    def test_a_stale_partition_whose_rebuild_failed(self) -> None:
        facts = records(PLAIN, record(PLAIN, 3, logic="old"), failures=[failure("3")])
        assert judged(PLAIN, facts)["failed"] == "3"

    def test_a_partition_that_was_built_after_its_failure(self) -> None:
        facts = records(PLAIN, record(PLAIN, 3, logic="old"), failures=[failure("3", hours_later=-1)])
        assert judged(PLAIN, facts)["stale-logic"] == "3"

    def test_a_current_partition_is_current_whatever_failed(self) -> None:
        facts = records(PLAIN, record(PLAIN, 3), failures=[failure("3")])
        assert judged(PLAIN, facts)["current"] == "3"

    def test_an_error_without_words(self) -> None:
        [run] = [
            run
            for run in judge(PLAIN, records(PLAIN, failures=[failure("3", error=" \n")]), {})
            if run.verdict is Verdict.FAILED
        ]
        assert run.judgement.detail == "unknown error"


class TestFrozenAndRunning:
    def test_frozen_by_config_whatever_changed(self) -> None:
        spec = model("m", "0-9", frozen=ordinals("0-4"))
        assert judged(spec, built(spec, "0-9", logic="old")) == {"frozen": "0-4", "stale-logic": "5-9"}

    def test_frozen_by_config_and_never_built_is_missing(self) -> None:
        spec = model("m", "0-9", frozen=ordinals("0-4"))
        assert judged(spec, built(spec, "3")) == {"frozen": "3", "missing": "0-2 4-9"}

    def test_frozen_by_hand(self) -> None:
        facts = records(PLAIN, record(PLAIN, 1, logic="old", frozen="audited"), record(PLAIN, 2, logic="old"))
        assert judged(PLAIN, facts) == {"frozen": "1", "stale-logic": "2", "missing": "0 3-9"}

    def test_running_elsewhere(self) -> None:
        facts = records(PLAIN, record(PLAIN, 1), record(PLAIN, 2, logic="old"), running=ordinals("2-3"))
        assert judged(PLAIN, facts) == {"current": "1", "running": "2-3", "missing": "0 4-9"}


class TestWhole:
    SPEC = model("t", "0", reads(RAW, source=True, whole=True, reader=WHOLE), scheme=WHOLE)

    def test_a_table_in_one_piece(self) -> None:
        assert judged(self.SPEC, records(self.SPEC)) == {"missing": "0"}
        assert judged(self.SPEC, built(self.SPEC, "0", BEFORE), BEFORE) == {"current": "0"}
        assert judged(self.SPEC, built(self.SPEC, "0", BEFORE), {RAW: versions(d1=11)}) == {"stale-input": "0"}

    def test_its_detail_names_no_partitions(self) -> None:
        entry = record(self.SPEC, 0, BEFORE)
        assert changed_input(self.SPEC, entry, {RAW: versions(d1=11)}) == "`raw.events` changed"


class TestDue:
    BY_DAY = PartitionBy((TimeColumn("day", Granularity.DAY),))

    def config(self, **more: Any) -> ModelConfig:
        by = more.pop("partition_by", self.BY_DAY)
        return ModelConfig(Materialized.PARTITIONED, by, begin=datetime(2024, 1, 1), **more)

    def keys(self, config: ModelConfig, now: datetime) -> tuple[str, str, int] | None:
        due = due_partitions(config, now)
        scheme = config.scheme
        return (scheme.key(due.intervals[0].start), scheme.key(due.intervals[-1].last), due.count) if due else None

    @pytest.mark.parametrize(
        ("now", "keys"),
        [
            (datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC), None),
            (datetime(2024, 1, 2, tzinfo=UTC), ("2024-01-01", "2024-01-01", 1)),
            (datetime(2024, 3, 1, 5, tzinfo=UTC), ("2024-01-01", "2024-02-29", 60)),
            (datetime(2023, 1, 1, tzinfo=UTC), None),
        ],
    )
    def test_a_day_is_due_when_it_has_ended(self, now: datetime, keys: tuple[str, str, int] | None) -> None:
        assert self.keys(self.config(), now) == keys

    def test_in_its_own_zone(self) -> None:
        tokyo = self.config(partition_by=PartitionBy((TimeColumn("day", Granularity.DAY, "Asia/Tokyo"),)))
        new_york = self.config(partition_by=PartitionBy((TimeColumn("day", Granularity.DAY, "America/New_York"),)))
        now = datetime(2024, 1, 5, 16, tzinfo=UTC)
        assert self.keys(tokyo, now) == ("2024-01-01", "2024-01-05", 5)
        assert self.keys(new_york, now + timedelta(hours=12)) == ("2024-01-01", "2024-01-04", 4)

    def test_the_end_is_exclusive_and_never_beyond_now(self) -> None:
        config = self.config(end=datetime(2024, 1, 10))
        assert self.keys(config, datetime(2025, 1, 1, tzinfo=UTC)) == ("2024-01-01", "2024-01-09", 9)
        assert self.keys(config, datetime(2024, 1, 4, 12, tzinfo=UTC)) == ("2024-01-01", "2024-01-03", 3)

    def test_months_and_hours(self) -> None:
        now = datetime(2024, 3, 15, 7, 30, tzinfo=UTC)
        by_month = self.config(partition_by=PartitionBy((TimeColumn("month", Granularity.MONTH),)))
        by_hour = self.config(partition_by=PartitionBy((TimeColumn("at", Granularity.HOUR),)))
        assert self.keys(by_month, now) == ("2024-01", "2024-02", 2)
        assert self.keys(by_hour, now) == ("2024-01-01T00", "2024-03-15T06", 74 * 24 + 7)

    def test_a_table_in_one_piece_is_always_due(self) -> None:
        assert due_partitions(ModelConfig(Materialized.TABLE), datetime(1999, 1, 1, tzinfo=UTC)) == ordinals("0")

    def test_what_is_frozen_lies_before_the_moment(self) -> None:
        frozen = frozen_partitions(self.config(frozen_before=datetime(2024, 1, 4)), DAYS)
        assert [DAYS.key(day) for day in frozen.ordinals()] == ["2024-01-01", "2024-01-02", "2024-01-03"]
        assert not frozen_partitions(self.config(), DAYS)


def test_the_first_characters_of_a_fingerprint() -> None:
    assert short("v1:0123456789abcdef") == "01234567"
    assert short("abc") == "abc"


def test_a_source_that_was_cut_otherwise_then() -> None:
    old = record(READER, 2, inputs=(InputRecord(RAW, "hour", Interval(48, 72), 20),))
    assert changed_input(READER, old, BEFORE) == "`raw.events` is cut by day, and was cut by hour"
